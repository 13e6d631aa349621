"""A supplement leaves as an answer does: seen by as many people as the profile wants, and as they saw it."""

from pathlib import Path

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL
from test_stage_supplement import SILENT, bundles, records, retried, settled

from dsar.domain.case import State
from dsar.domain.errors import NotNow
from dsar.domain.withholding import Effect, Selector, WithholdingGround
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.review.planning import Approval
from dsar.review.redacting import Wish
from dsar.store import content, supplements

SOUND = b"RIFF" + bytes(2000)
WAV = Row("a", "s9", collection="calls", file=SOUND)


@pytest.fixture
def settings(settings, tmp_path):
    text = Path(__file__).with_name("rights.toml").read_text()
    text = text.replace('approval = ["erasure"]', 'approval = ["access"]')
    profile = tmp_path / "seen.toml"
    profile.write_text(f'{text}\n[review]\ntwo_people = ["audio"]\n')
    return msgspec.structs.replace(settings, profile=str(profile))


async def withheld(office, actor, case, pointer):
    """A rule by hand that withholds a field wherever it stands."""
    rule = Selector(system="shop", pointer=pointer)
    wish = Wish(effect=Effect.WITHHOLD, ground=WithholdingGround.TRADE_SECRET, selector=rule)
    redacting = office.service.findings.redacting
    ready = await redacting.ready(actor, case.id, wish)
    async with office.db.write() as tx:
        await redacting.keep(tx, actor, ready)


@pytest.fixture
async def case(office):
    """An answer that went out with a gap, once one person had approved it; then the gap is searched again."""
    crm, shop = await office.system("crm"), await office.system("shop", on_failure="gap", attempts_max=1)
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1", {"name": "Anna"}))
    shop.person("a", ("email", EMAIL)).add(Row("a", "s1", {"order": "one"}))
    shop.faults["find"].append(SILENT)
    case = await office.case(await office.asked_and_proven("access"))
    await approve(office, await office.staff("Ansa"), case)
    assert (await office.one(case.id)).state is State.DELIVERED
    return case


async def approve(office, actor, case, number=1):
    """Approve what would leave now, named as it is shown."""
    case = await office.one(case.id)
    async with office.db.read() as connection:
        known = await content.of_case(connection, case, office.service.profile, number)
    await office.service.deciding.approve(actor, case.id, Approval(content=known.digest.hex()))
    await office.work()


async def waiting(office, case):
    async with office.db.read() as connection:
        return await supplements.waiting(connection, await office.one(case.id))


async def test_nothing_that_came_late_leaves_before_somebody_has_approved_it(office, case):
    await retried(office, case)
    await settled(office)
    assert await waiting(office, case) == 2
    assert list(await bundles(office, case.id)) == [1]
    assert (await office.one(case.id)).state is State.DELIVERED, "the status page goes on saying: answered"
    actor = await office.staff("Bea")
    await approve(office, actor, case, 2)
    await settled(office)
    assert records((await bundles(office, case.id))[2]) == ["s1"]
    assert (await office.event(case.id, "supplement.approved")).actor == actor.name
    assert await waiting(office, case) is None


async def test_the_approval_of_the_answer_is_none_of_the_supplement(office, case):
    await retried(office, case)
    actor = await office.staff("Bea")
    with pytest.raises(NotNow, match="not what would leave"):
        await approve(office, actor, case, 1)


async def test_a_recording_that_comes_late_takes_two_different_people(office, case):
    office.connector.systems["shop"].add(WAV)
    await retried(office, case)
    bea, otso = await office.staff("Bea"), await office.staff("Otso")
    await approve(office, bea, case, 2)
    await settled(office)
    assert list(await bundles(office, case.id)) == [1]
    with pytest.raises(NotNow, match="by you already"):
        await approve(office, bea, case, 2)
    await approve(office, otso, case, 2)
    await settled(office)
    assert list(await bundles(office, case.id)) == [1, 2]


async def test_a_supplement_without_sound_takes_one_person_though_the_answer_took_two(office):
    crm, shop = await office.system("crm"), await office.system("shop", on_failure="gap", attempts_max=1)
    crm.person("a", ("email", EMAIL)).add(WAV)
    shop.person("a", ("email", EMAIL)).add(Row("a", "s1"))
    shop.faults["find"].append(SILENT)
    case = await office.case(await office.asked_and_proven("access"))
    for name in ("Bea", "Otso"):
        await approve(office, await office.staff(name), case)
    await retried(office, case)
    await approve(office, await office.staff("Ansa"), case, 2)
    await settled(office)
    assert list(await bundles(office, case.id)) == [1, 2]


async def test_what_comes_between_approval_and_writing_is_approved_anew(office, case, sql):
    await retried(office, case)
    bea = await office.staff("Bea")
    known = await digest(office, case, 2)
    await office.service.deciding.approve(bea, case.id, Approval(content=known))
    await sql.execute(
        "INSERT INTO segment (step_id, seq, case_id, system_key, collection, category, portable, records, attachments, "
        "bytes, sealed, created_at) SELECT step_id, 99, case_id, system_key, collection, category, portable, records, "
        "attachments, bytes, sealed, created_at FROM segment WHERE system_key = 'shop'"
    )
    await settled(office)
    assert list(await bundles(office, case.id)) == [1]
    assert await waiting(office, case) == 3
    dropped = await office.step(case.id, StepKind.SUPPLEMENT, "2")
    assert (dropped.state, dropped.outcome) == (StepState.DONE, StepOutcome.DROPPED)


async def digest(office, case, number):
    async with office.db.read() as connection:
        known = await content.of_case(connection, await office.one(case.id), office.service.profile, number)
    return known.digest.hex()


async def test_the_task_of_an_approval_is_ended_by_the_approval_alone(office, case):
    await retried(office, case)
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    with pytest.raises(NotNow, match="approve it"):
        await office.service.tasks.finish(await office.staff("Bea"), case.id, task.id, "done", "fine by me")


async def test_what_was_withheld_for_the_answer_is_withheld_from_what_comes_after_it(office):
    crm, shop = await office.system("crm"), await office.system("shop", on_failure="gap", attempts_max=1)
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    shop.person("a", ("email", EMAIL)).add(
        Row("a", "s1", {"order": "one", "margin": "38 %", "weight": "7 kg"})
    )
    shop.faults["find"].append(SILENT)
    case = await office.case(await office.asked_and_proven("access"))
    ansa = await office.staff("Ansa")
    await withheld(office, ansa, case, "/margin")
    await approve(office, ansa, case)
    await retried(office, case)
    await withheld(office, ansa, case, "/weight")
    await approve(office, ansa, case, 2)
    await settled(office)
    everything = b"".join((await bundles(office, case.id))[2].values())
    assert b"one" in everything
    for value in (b"38 %", b"7 kg"):
        assert value not in everything
