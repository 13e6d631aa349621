"""A system that fails, is throttled, or no longer lets us in: who is told, who waits, and what goes on by itself."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from stage_double import Row
from stage_office import EMAIL

from dsar.contract import Throttled, Unauthorised, Unreachable
from dsar.domain.case import State
from dsar.domain.health import OPENS_AFTER, PROBE_FIRST
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import health, systems

STAFF = "privacy@example.com"


def anna(system):
    return system.person("anna", ("email", EMAIL)).add(Row("anna", "c1", {"name": "Anna"}))


async def shown(office, key="crm"):
    async with office.db.read() as connection:
        (one,) = [one for one in await health.shown(connection, office.clock()) if one.key == key]
    return one


async def history(office, key="crm"):
    async with office.db.read() as connection:
        return [(event.type, event.actor) for event in reversed(await health.events(connection, key))]


async def stop_notices(office):
    async with office.db.read() as connection:
        rows = await connection.fetch(
            "SELECT case_id, facts, to_staff FROM outbox WHERE template = 'system_stopped'"
        )
    return [(row["case_id"], row["facts"], row["to_staff"]) for row in rows]


async def silence(office, crm, times=OPENS_AFTER):
    """Let it fail so often, one case after another."""
    for _ in range(times):
        crm.faults["find"].append(Unreachable("no answer"))
    reference = await office.asked_and_proven("access")
    await office.work_for(seconds=90)
    return reference


@pytest.fixture
async def crm(office):
    return anna(await office.system("crm", attempts_max=20))


async def test_a_system_that_fails_five_times_in_a_row_is_asked_by_nobody_but_a_probe(office, crm):
    for _ in range(20):
        crm.faults["find"].append(Unreachable("no answer"))
    reference = await office.asked_and_proven("access")
    await office.work_for(seconds=120)
    assert crm.operations().count("find") == OPENS_AFTER
    assert (await shown(office)).circuit_opened_at is not None
    case = await office.case(reference)
    step = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (step.state, step.attempt) == (StepState.READY, OPENS_AFTER)
    assert step.detail["reason"] == "Withheld"


async def test_a_good_probe_lets_what_waited_go_on(office, crm):
    reference = await silence(office, crm)
    assert (await office.case(reference)).state is State.SEARCHING
    await office.service.probing.look()
    assert (await shown(office)).circuit_opened_at is None
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED
    assert [type_ for type_, _ in await history(office)] == ["configured", "circuit.opened", "circuit.closed"]


async def test_a_probe_that_fails_leaves_it_unasked_and_comes_again_less_and_less_often(office, crm):
    await silence(office, crm)
    waits = []
    for _ in range(6):
        crm.faults["probe"].append(Unreachable("no answer"))
        found = await office.service.probing.probe("crm")
        assert not found["ok"]
        row = await shown(office)
        assert row.circuit_opened_at is not None
        waits.append(row.probe_due_at - office.clock())
        office.clock.at = row.probe_due_at
    assert waits == sorted(waits)
    assert waits[0] >= PROBE_FIRST
    assert waits[-1] <= timedelta(minutes=15)


async def test_a_case_does_not_wait_for_ever_for_a_silent_system(office):
    crm = anna(await office.system("crm", attempts_max=20, on_failure="gap"))
    reference = await silence(office, crm)
    await office.unwatched()
    crm.faults["probe"].extend(Unreachable("no answer") for _ in range(500))
    for _ in range(60):
        office.clock.turn(hours=1)
        await office.service.probing.look()
        await office.work()
    case = await office.case(reference)
    step = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.GAP)
    assert "System crm" in await office.letter(case.id)


async def test_as_the_due_date_comes_near_nobody_waits_longer_than_an_hour(office, crm):
    await silence(office, crm)
    office.clock.turn(days=28)
    async with office.db.read() as connection:
        reference = await connection.fetchval("SELECT reference FROM request")
    await office.work()
    office.clock.turn(minutes=61)
    await office.work()
    case = await office.case(reference)
    assert (await office.step(case.id, StepKind.SEARCH, "crm")).state is StepState.MANUAL


async def test_staff_hears_once_that_a_system_is_silent_although_it_comes_and_goes(office, crm):
    await silence(office, crm)
    await office.service.probing.tell()
    await office.service.probing.tell()
    ((case_id, facts, to_staff),) = await stop_notices(office)
    assert (facts["system"], facts["key"], facts["why"], to_staff) == ("System crm", "crm", "silent", True)
    assert (await office.event(case_id, "system.stopped")).data == {"system": "crm", "why": "silent"}
    await office.service.probing.look()
    await office.work()
    await silence(office, crm)
    assert (await shown(office)).circuit_opened_at is not None
    await office.service.probing.tell()
    assert len(await stop_notices(office)) == 1, "within six hours"


async def test_staff_hears_once_of_a_system_that_no_longer_lets_us_in(office, crm):
    crm.faults["find"].append(Unauthorised("HTTP 401"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    for _ in range(3):
        await office.service.probing.tell()
    await office.work()
    ((case_id, facts, _),) = await stop_notices(office)
    assert case_id == case.id
    assert facts == {"system": "System crm", "key": "crm", "why": "paused", "reason": "HTTP 401"}
    profile = office.service.profile.profile
    (mail,) = [
        m for m in office.messages(profile.alarms.mail or profile.operator.contact) if "crm" in m.subject
    ]
    assert "HTTP 401" in mail.text
    assert EMAIL not in mail.text


async def test_nobody_probes_a_paused_system_by_itself(office, crm):
    crm.faults["find"].append(Unauthorised("HTTP 401"))
    await office.asked_and_proven("access")
    office.clock.turn(days=1)
    await office.service.probing.look()
    assert "probe" not in crm.operations()


async def test_a_paused_system_that_is_let_in_again_takes_up_every_task_that_its_door_made(office, crm):
    crm.faults["find"].append(Unauthorised("HTTP 401"))
    first = await office.asked_and_proven("access")
    second = await office.asked_and_proven("access")
    for reference in (first, second):
        case = await office.case(reference)
        assert (await office.step(case.id, StepKind.SEARCH, "crm")).state is StepState.MANUAL
    await office.service.configuring.resume("staff:test", "crm")
    await office.work()
    for reference in (first, second):
        assert (await office.case(reference)).state is State.DELIVERED
    assert await history(office) == [
        ("configured", "operator"),
        ("paused", "service"),
        ("resumed", "staff:test"),
    ]


async def test_new_credentials_take_up_the_tasks_and_old_ones_that_fail_late_make_none_and_pause_nothing(
    office, crm
):
    crm.faults["find"].append(Unauthorised("HTTP 401"))
    first = await office.asked_and_proven("access")
    case = await office.case(first)
    assert (await office.step(case.id, StepKind.SEARCH, "crm")).state is StepState.MANUAL
    await office.system("crm", attempts_max=20)
    await office.work()
    assert (await office.case(first)).state is State.DELIVERED

    crm.entered.clear()
    gate = crm.hold("find")
    crm.faults["find"].append(Unauthorised("HTTP 401"))
    second = await office.ask("access")
    await office.prove(second)
    working = asyncio.create_task(office.work())
    await crm.entered["find"].wait()
    await office.system("crm", attempts_max=20)  # new credentials, while the old ones are being refused
    gate.set()
    await working
    assert (await shown(office)).paused_reason is None
    office.clock.turn(seconds=1)
    await office.work()
    assert (await office.case(second)).state is State.DELIVERED


async def test_what_one_step_is_told_to_wait_holds_the_others_back(office, crm):
    until = office.clock() + timedelta(minutes=7)
    crm.faults["find"].append(Throttled("slow down", until=until))
    first = await office.asked_and_proven("access")
    second = await office.asked_and_proven("access")
    assert crm.operations().count("find") == 1
    case = await office.case(second)
    step = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (step.attempt, step.due_at, step.detail["reason"]) == (0, until, "Withheld")
    office.clock.turn(minutes=7)
    await office.work()
    for reference in (first, second):
        assert (await office.case(reference)).state is State.DELIVERED


async def test_a_vendor_that_always_asks_to_wait_is_given_up_at_last(office, crm):
    reference = await office.ask("access")
    await office.prove(reference)
    await office.unwatched()
    for _ in range(60):
        crm.faults["find"].append(Throttled("slow down", until=office.clock() + timedelta(hours=1)))
        await office.work()
        office.clock.turn(hours=1)
    await office.work()
    case = await office.case(reference)
    assert (await office.step(case.id, StepKind.SEARCH, "crm")).state is StepState.MANUAL


async def test_a_failing_export_goes_on_at_the_last_mark_it_reached(office, crm):
    crm.add(Row("anna", "c2"), Row("anna", "c3"))
    crm.fault_at_item = (3, Throttled("slow down", until=office.clock() + timedelta(minutes=1)))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    assert await office.record_ids(case.id) == ["c1", "c2"]
    office.clock.turn(minutes=2)
    await office.work()
    assert await office.record_ids(case.id) == ["c1", "c2", "c3"]


async def test_a_probe_keeps_what_it_found_and_one_of_two_workers_does_it(office, crm):
    await asyncio.gather(office.service.probing.look(), office.service.probing.look())
    assert crm.operations().count("probe") == 1
    row = await shown(office)
    assert row.probe["ok"]
    assert row.probe["drifted"] == 0
    assert row.probed_at == office.clock()
    assert row.probe_due_at == office.clock() + timedelta(hours=1)


async def test_a_fault_of_the_connectors_own_is_found_and_its_text_shown_to_nobody(office, crm):
    crm.faults["probe"].append(ValueError(EMAIL))
    found = await office.service.probing.probe("crm")
    assert found["error"] == "ValueError"
    assert EMAIL not in str(found)


async def test_the_history_of_a_system_is_added_to_and_never_changed(office, crm, sql):
    for statement in ("UPDATE system_event SET actor = 'x'", "DELETE FROM system_event"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await sql.execute(statement)
    async with office.db.read() as connection:
        assert (await systems.one(connection, "crm")) is not None
