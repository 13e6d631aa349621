"""What comes after the answer: gaps that close, in a supplement of their own, and what they can never do."""

import io
import json
import zipfile

import pytest
from stage_double import Row, large
from stage_office import EMAIL, PHONE

from dsar.contract import Refused, Throttled, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import NotNow
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import deliveries

SILENT = Unreachable("no answer")


@pytest.fixture
async def crm(office):
    crm = await office.system("crm")
    return crm.person("a", ("email", EMAIL)).add(Row("a", "r1", {"name": "Anna"}))


@pytest.fixture
async def shop(office):
    """A system that fails once and is a gap then."""
    shop = await office.system("shop", on_failure="gap", attempts_max=1)
    shop.person("a", ("email", EMAIL)).add(Row("a", "s1", {"order": "one"}), Row("a", "s2", {"order": "two"}))
    return shop


async def answered(office, right="access", **more):
    """A case whose answer is out."""
    reference = await office.asked_and_proven(right, **more)
    await office.work_for(minutes=1)
    case = await office.case(reference)
    assert case.state is State.DELIVERED
    return case


async def retried(office, case, key="shop"):
    step = await office.step(case.id, StepKind.SEARCH, key)
    await office.service.tasks.retry(await office.staff(f"For {key}"), case.id, step.id)
    await office.work()
    return await office.step(case.id, StepKind.SEARCH, key)


async def settled(office):
    """Past the time in which what comes back together is put together."""
    office.clock.turn(minutes=11)
    await office.work()


async def bundles(office, case_id):
    """The archives by number, each as name -> bytes."""
    case = await office.one(case_id)
    key = office.service.vault.case_key(case.wrapped_key)
    async with office.db.read() as connection:
        rows = await deliveries.bundles_of_case(connection, case_id)
    found = {}
    for row in rows:
        stream = office.service.blobs.get_opened(row.blob_key, key, "bundle")
        with zipfile.ZipFile(io.BytesIO(b"".join([part async for part in stream]))) as opened:
            found[row.number] = {name: opened.read(name) for name in opened.namelist()}
    return found


def records(archive):
    """The ids of the records in an archive's data."""
    return sorted(
        record["origin"]["record_id"]
        for name, raw in archive.items()
        if name.startswith("data/") and name.endswith(".json")
        for record in json.loads(raw)
    )


async def links(office):
    """The download links that went to the person, the newest first."""
    return [
        word for message in office.messages(EMAIL) for word in message.text.split() if "/download/" in word
    ]


# The gap closes


@pytest.mark.parametrize("right", ["access", "portability"])
async def test_a_gap_is_named_in_letter_manifest_and_page(office, crm, shop, right):
    shop.faults["find"].append(SILENT)
    case = await answered(office, right)
    archive = (await bundles(office, case.id))[1]
    assert "we could not reach System shop" in await office.letter(case.id)
    assert json.loads(archive["manifest.json"])["gaps"] == ["shop"]
    assert b"System shop" in archive["index.html"]
    assert (await office.event(case.id, "case.answered")).data["missing"] == ["shop"]


async def test_a_supplement_carries_only_what_came_after_and_says_that_the_gap_is_closed(office, crm, shop):
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    first = (await bundles(office, case.id))[1]
    assert (await retried(office, case)).outcome is StepOutcome.FOUND
    await settled(office)
    both = await bundles(office, case.id)
    assert records(both[1]) == ["r1"]
    assert records(both[2]) == ["s1", "s2"]
    assert both[1] == first
    letter = await office.letter(case.id)
    assert "System shop: 2 records and files" in letter
    assert "Nothing is missing any more" in letter
    sent = await office.event(case.id, "supplement.sent")
    assert sent.data == {"number": 2, "closed": ["shop"], "missing": [], "records": 2}
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert await office.broken() is None


async def test_the_person_gets_a_link_of_its_own_and_the_earlier_one_stays(office, crm, shop):
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    await retried(office, case)
    await settled(office)
    newest, earlier = await links(office)
    assert newest != earlier
    for link in (newest, earlier):
        offered = await office.service.fetching.offered(link.rsplit("/", 1)[1])
        assert [archive.number for archive in offered.archives] == [1, 2]


async def test_where_staff_has_ended_the_link_none_is_made_by_what_comes_after_the_answer(
    office, crm, shop, sql
):
    # Staff may have ended it because somebody else reads the mailbox.
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    (old,) = await links(office)
    await office.service.reissuing.revoke("staff:s", case.id, await sql.fetchval("SELECT id FROM download"))
    await retried(office, case)
    await settled(office)
    assert sorted(await bundles(office, case.id)) == [1, 2]
    assert await links(office) == [old]
    assert await office.event(case.id, "message.held_back")
    async with office.db.write() as tx:
        await office.service.reissuing.make(tx, "staff:s", case.id, None)
    await office.work()
    offered = await office.service.fetching.offered((await links(office))[0].rsplit("/", 1)[1])
    assert [archive.number for archive in offered.archives] == [1, 2]


async def test_a_system_that_held_nothing_closes_its_gap_by_a_letter_alone(office, crm, shop):
    shop.rows.clear()
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    assert (await retried(office, case)).outcome is StepOutcome.NO_MATCH
    await settled(office)
    assert list(await bundles(office, case.id)) == [1]
    assert (
        "System shop: searched through by now, and nothing more about you was found"
        in await office.letter(case.id)
    )
    assert len(await links(office)) == 2


async def test_a_system_that_knows_nobody_by_what_was_proven_is_not_told_as_searched(office, crm, shop):
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    shop.finds_by = frozenset({"phone"})
    assert (await retried(office, case)).outcome is StepOutcome.NOT_SEARCHABLE
    await settled(office)
    letter = await office.letter(case.id)
    assert "Where we could not look" in letter
    for untrue in ("searched through by now", "Nothing is missing any more"):
        assert untrue not in letter


async def test_gaps_that_close_together_are_told_together_and_the_rest_is_still_named(office, crm, shop):
    attic = await office.system("attic", on_failure="gap", attempts_max=1)
    attic.person("a", ("email", EMAIL)).add(Row("a", "t1"))
    await office.system("cellar", on_failure="gap", attempts_max=1)
    for key in ("shop", "attic", "cellar"):
        office.connector.systems[key].faults["find"].append(SILENT)
    case = await answered(office)
    await retried(office, case, "shop")
    await retried(office, case, "attic")
    await settled(office)
    both = await bundles(office, case.id)
    assert records(both[2]) == ["s1", "s2", "t1"]
    assert json.loads(both[2]["manifest.json"])["gaps"] == ["cellar"]
    assert "we could not reach System cellar" in await office.letter(case.id)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    await retried(office, case, "cellar")
    await settled(office)
    assert "Nothing is missing any more" in await office.letter(case.id)
    assert [e.data["number"] for e in await office.events(case.id) if e.type == "supplement.sent"] == [2, 3]


async def test_a_system_that_fails_again_stays_a_gap_and_nothing_is_sent(office, crm, shop):
    shop.faults["find"].extend([SILENT, SILENT])
    case = await answered(office)
    assert (await retried(office, case)).outcome is StepOutcome.GAP
    await settled(office)
    assert list(await bundles(office, case.id)) == [1]
    assert len(await links(office)) == 1


async def test_what_went_out_is_not_collected_again(office, crm, shop):
    """The search goes on from its mark: of three large records the first two were in the answer."""
    shop.rows.clear()
    shop.add(*(Row("a", f"s{n}", large(f"s{n}", 1200)) for n in (1, 2, 3)))
    shop.fault_at_item = (3, SILENT)
    case = await answered(office)
    before = await bundles(office, case.id)
    assert records(before[1]) == ["r1", "s1", "s2"]
    await retried(office, case)
    await settled(office)
    assert records((await bundles(office, case.id))[2]) == ["s3"]


async def test_settings_that_changed_meanwhile_take_nothing_from_the_answer(office, crm, shop, sql):
    """What is collected anew by other settings is another system's, and what went out stays as it went."""
    shop.rows.clear()
    shop.add(*(Row("a", f"s{n}", large(f"s{n}", 1200)) for n in (1, 2)))
    shop.fault_at_item = (2, SILENT)
    case = await answered(office)
    await sql.execute("UPDATE system SET version = version + 1 WHERE key = 'shop'")
    await retried(office, case)
    await settled(office)
    numbers = await sql.fetch("SELECT bundle_number FROM segment WHERE system_key = 'shop' ORDER BY seq")
    assert [row["bundle_number"] for row in numbers] == [1, 2, 2]
    assert records((await bundles(office, case.id))[2]) == ["s1", "s2"]


# A system that is still at work, and a person's open task


async def test_an_answer_goes_out_without_a_system_that_is_still_at_work_which_follows_by_itself(
    office, crm, shop
):
    later = office.clock().replace(day=9)
    shop.faults["find"].append(Throttled("come back", until=later))
    case = await office.case(await office.asked_and_proven("access"))
    assert case.state is State.SEARCHING
    actor = await office.staff()
    await office.service.supplementing.leave_open(actor, case.id)
    await office.work()
    case = await office.one(case.id)
    assert case.state is State.DELIVERED
    letter = await office.letter(case.id)
    assert "we are still searching System shop" in letter
    assert "could not reach" not in letter
    assert json.loads((await bundles(office, case.id))[1]["manifest.json"])["gaps"] == ["shop"]
    await office.work_for(days=8)
    assert records((await bundles(office, case.id))[2]) == ["s1", "s2"]
    assert (await office.event(case.id, "search.left_open")).actor == actor.name


async def test_a_task_that_was_open_stays_one_and_what_its_person_says_closes_the_gap(office, crm, shop):
    shop.faults["find"].append(Refused("not this way"))
    case = await office.case(await office.asked_and_proven("access"))
    actor = await office.staff()
    await office.service.supplementing.leave_open(actor, case.id)
    await office.work()
    task = await office.step(case.id, StepKind.SEARCH, "shop")
    assert ((await office.one(case.id)).state, task.state) == (State.DELIVERED, StepState.MANUAL)
    await office.service.tasks.finish(actor, case.id, task.id, "no_match", "looked through it")
    await settled(office)
    assert "System shop: searched through by now" in await office.letter(case.id)


async def test_only_a_copy_that_is_being_searched_can_leave_a_system_open(office, crm, shop):
    actor = await office.staff()
    case = await answered(office)
    with pytest.raises(NotNow, match="searches nothing"):
        await office.service.supplementing.leave_open(actor, case.id)
    shop.faults["find"].append(Throttled("wait", until=office.clock().replace(day=20)))
    erasure = await office.case(await office.asked_and_proven("erasure"))
    with pytest.raises(NotNow, match="searches nothing"):
        await office.service.supplementing.leave_open(actor, erasure.id)


# What it must not do


async def test_an_unsure_match_of_a_late_search_waits_for_a_person(office, crm, shop):
    shop.subjects["a"].sure = False
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    await retried(office, case)
    await settled(office)
    assert list(await bundles(office, case.id)) == [1]
    (match,) = [row for row in await office.matches(case.id) if row.system_key == "shop"]
    await office.service.deciding.decide_match(await office.staff("Otso"), case.id, match.id, "accepted")
    await office.work()
    await settled(office)
    assert records((await bundles(office, case.id))[2]) == ["s1", "s2"]


async def test_after_closing_a_gap_can_be_closed_by_a_new_request_alone(office, crm, shop):
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    office.clock.turn(days=31)
    await office.work_for(days=8)
    assert (await office.one(case.id)).state is State.CLOSED
    with pytest.raises(NotNow, match="new request"):
        await retried(office, case)


async def test_a_case_stays_open_for_as_long_as_its_supplement_can_be_fetched(office, crm, shop):
    shop.faults["find"].append(SILENT)
    case = await answered(office)
    office.clock.turn(days=29)
    await retried(office, case)
    await settled(office)
    office.clock.turn(days=29)
    await office.work()
    assert (await office.one(case.id)).state is State.DELIVERED
    office.clock.turn(days=2)
    await office.work()
    assert (await office.one(case.id)).state is State.CLOSED


async def test_a_search_that_ended_well_is_not_begun_anew(office, crm, shop):
    case = await answered(office)
    with pytest.raises(NotNow, match="not waiting"):
        await retried(office, case)


async def test_a_supplement_to_a_business_is_told_by_its_webhook(office, sql):
    calls, archive = (
        await office.system("calls"),
        await office.system("shop", on_failure="gap", attempts_max=1),
    )
    calls.person("c", ("phone", PHONE)).add(Row("c", "c1", tenant="acme", collection="calls"))
    archive.person("c", ("phone", PHONE)).add(Row("c", "o1", tenant="acme", collection="calls"))
    business = await office.business("Acme Oy", "acme", url="https://acme.example/hook")
    reference = await office.asked_and_proven("access", relations=("caller",), phone=PHONE)
    case = await office.case_of(reference, "acme")
    archive.faults["find"].append(SILENT)
    await office.instruct(business, case.id, "fulfil")
    assert (await office.one(case.id)).state is State.DELIVERED
    await retried(office, case)
    await settled(office)
    rows = await sql.fetch("SELECT facts FROM outbox WHERE template = 'bundle.ready' ORDER BY id")
    assert [json.loads(row["facts"]).get("number") for row in rows] == [None, 2]
    assert records((await bundles(office, case.id))[2]) == ["o1"]
    assert (await sql.fetchval("SELECT count(*) FROM download WHERE case_id = $1", case.id)) == 0
