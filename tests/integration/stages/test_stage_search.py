"""Systems are searched side by side; each ends as found, as searched through, as a task or as a named gap."""

import pytest
from stage_double import Row, large
from stage_office import EMAIL, PHONE

from dsar.contract import Record, Refused, Role, Scope, Throttled, Unauthorised, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import NotNow
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import health, systems
from dsar.vault.segments import StoredAttachment


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL), ("phone", PHONE)).add(
        Row("a", "r1", {"note": "x"}), Row("a", "r2")
    )


@pytest.fixture
async def shop(office):
    system = await office.system("shop")
    return system.person("s", ("email", EMAIL)).add(Row("s", "s1"))


async def test_everything_of_every_system_is_collected_with_its_provenance(office, crm, shop):
    # GDPR 15(1)(g)
    crm.add(Row("a", "file", collection="calls", file=b"RIFF" * 5000))
    case = await office.case(await office.asked_and_proven("access"))
    items = await office.collected(case.id)
    assert {item.origin.record_id for item in items if isinstance(item, Record)} == {"r1", "r2", "s1"}
    (stored,) = [item for item in items if isinstance(item, StoredAttachment)]
    key = office.service.vault.case_key(case.wrapped_key)
    pieces = [piece async for piece in office.service.blobs.get_opened(stored.blob_key, key, "attachment")]
    assert b"".join(pieces) == b"RIFF" * 5000
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)


async def test_a_search_stays_in_the_scope_of_its_case(office, crm):
    crm.add(Row("a", "of-a-tenant", tenant="t"))
    case = await office.case(await office.asked_and_proven("access"))
    assert {scope for operation, scope in crm.asked if operation in {"find", "export"}} == {
        Scope(Role.CONTROLLER)
    }
    assert "of-a-tenant" not in await office.record_ids(case.id)


async def test_a_system_that_holds_only_callers_is_not_searched_for_our_own_people(office, crm):
    calls = await office.system("calls", roles=(Role.PROCESSOR,))
    await office.asked_and_proven("access")
    assert calls.asked == []
    assert crm.asked


async def test_no_match_is_an_outcome_of_its_own_and_all_of_them_mean_nothing_is_held(office):
    # GDPR 15(1): held or not, and only from completed searches
    await office.system("crm")
    await office.system("shop")
    case = await office.case(await office.asked_and_proven("access"))
    assert {step.outcome for step in await office.steps(case.id, StepKind.SEARCH)} == {StepOutcome.NO_MATCH}
    assert case.outcome is Outcome.NOTHING_HELD
    assert "we hold nothing about you" in await office.letter(case.id)


async def test_no_match_is_not_a_gap_and_a_gap_is_not_no_match(office, crm):
    broken = await office.system("broken", on_failure="gap")
    broken.faults["find"].extend([Unreachable("no answer")] * 3)
    await office.system("empty")
    reference = await office.asked_and_proven("access")
    await office.work_for(minutes=2)
    case = await office.case(reference)
    outcomes = {step.key: step.outcome for step in await office.steps(case.id, StepKind.SEARCH)}
    assert outcomes == {"crm": StepOutcome.FOUND, "broken": StepOutcome.GAP, "empty": StepOutcome.NO_MATCH}
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert (await office.event(case.id, "case.answered")).data["gaps"] == ["System broken"]
    letter = await office.letter(case.id)
    assert "we could not reach System broken" in letter
    assert "System empty: searched through" in letter


async def test_a_system_that_knows_nobody_by_what_was_proven_is_not_told_as_searched(office, crm):
    callers = await office.system("callers")
    callers.finds_by = frozenset({"phone"})
    case = await office.case(await office.asked_and_proven("access"))
    assert (await office.step(case.id, StepKind.SEARCH, "callers")).outcome is StepOutcome.NOT_SEARCHABLE
    assert ("find", case.scope) not in callers.asked
    assert case.outcome is Outcome.FULFILLED
    letter = await office.letter(case.id)
    assert "System callers: not searched" in letter
    assert "System callers: telephone number" in letter


async def test_nothing_found_where_not_every_system_could_be_searched_does_not_claim_more(office):
    await office.system("crm")
    callers = await office.system("callers")
    callers.finds_by = frozenset({"phone"})
    case = await office.case(await office.asked_and_proven("access"))
    assert case.outcome is Outcome.NOTHING_HELD
    letter = await office.letter(case.id)
    assert "nothing about you was found" in letter
    assert "hold nothing" not in letter
    assert "Where we could not look" in letter


async def test_only_gaps_never_read_as_nothing_held(office):
    broken = await office.system("broken", on_failure="gap", attempts_max=1)
    broken.faults["find"].append(Unreachable("no answer"))
    case = await office.case(await office.asked_and_proven("access"))
    assert case.outcome is Outcome.FULFILLED_IN_PART
    letter = await office.letter(case.id)
    assert "hold nothing" not in letter
    assert "We cannot yet say whether we hold personal data" in letter
    assert "We do." not in letter


async def test_an_unreachable_system_is_tried_again_and_stops_no_other(office, crm, shop):
    crm.faults["find"].extend([Unreachable("no answer")] * 2)
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    assert (await office.step(case.id, StepKind.SEARCH, "shop")).outcome is StepOutcome.FOUND
    waiting = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (waiting.state, waiting.attempt) == (StepState.READY, 1)
    assert waiting.due_at > office.clock()
    assert case.state is State.SEARCHING
    await office.work_for(minutes=1)
    assert sorted(await office.record_ids(case.id)) == ["r1", "r2", "s1"]


async def test_an_unreachable_system_whose_failure_is_a_persons_ends_as_a_task_and_nothing_is_answered(
    office, crm, shop
):
    crm.faults["find"].extend([Unreachable("no answer")] * 3)
    reference = await office.asked_and_proven("access")
    await office.work_for(minutes=10)
    case = await office.case(reference)
    task = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (task.state, task.detail["reason"]) == (StepState.MANUAL, "Unreachable")
    assert case.state is State.SEARCHING
    actor = await office.staff()
    await office.service.tasks.retry(actor, case.id, task.id)
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED
    assert sorted(await office.record_ids(case.id)) == ["r1", "r2", "s1"]


async def test_a_task_that_a_person_ends_as_a_gap_is_named_in_the_answer(office, crm, shop):
    crm.faults["find"].append(Refused("not this way"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    task = await office.step(case.id, StepKind.SEARCH, "crm")
    assert task.state is StepState.MANUAL
    await office.service.tasks.finish(
        await office.staff(), case.id, task.id, "gap", "Anna Virtanen's file is lost"
    )
    await office.work()
    case = await office.case(reference)
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert "System crm" in await office.letter(case.id)


async def test_a_throttled_system_is_asked_when_it_says_and_no_attempt_is_burnt(office, crm):
    from datetime import timedelta

    until = office.clock() + timedelta(minutes=7)
    crm.faults["find"].extend([Throttled("slow down", until=until)])
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    waiting = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (waiting.state, waiting.attempt, waiting.due_at) == (StepState.READY, 0, until)
    office.clock.turn(minutes=7)
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED


async def test_a_system_that_throttles_for_ever_is_asked_again_within_the_day(office, crm):
    from datetime import timedelta

    crm.faults["find"].append(Throttled("slow down", until=office.clock() + timedelta(days=90)))
    case = await office.case(await office.asked_and_proven("access"))
    assert (await office.step(case.id, StepKind.SEARCH, "crm")).due_at == office.clock() + timedelta(days=1)


async def test_a_refusal_is_a_persons_task_at_once(office, crm, shop):
    crm.faults["export"].append(Refused("this subject cannot be exported"))
    case = await office.case(await office.asked_and_proven("access"))
    task = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (task.state, task.attempt, task.detail["reason"]) == (StepState.MANUAL, 1, "Refused")
    assert case.state is State.SEARCHING


async def test_a_system_that_lets_us_in_no_more_is_paused_and_not_asked_until_a_person_resumes_it(
    office, crm, shop
):
    crm.faults["find"].append(Unauthorised("the key is not good any more"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    task = await office.step(case.id, StepKind.SEARCH, "crm")
    assert (task.state, task.detail["reason"]) == (StepState.MANUAL, "Unauthorised")
    async with office.db.read() as connection:
        assert "not good" in (await systems.one(connection, "crm")).paused_reason
    asked = len(crm.asked)
    later = await office.case(await office.asked_and_proven("access", email="other@example.com"))
    assert len(crm.asked) == asked, "a paused system was asked"
    assert (await office.step(later.id, StepKind.SEARCH, "crm")).state is StepState.MANUAL
    actor = await office.staff()
    await office.service.tasks.retry(actor, case.id, task.id)
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED
    async with office.db.read() as connection:
        assert (await systems.one(connection, "crm")).paused_reason is None


async def test_a_system_taken_out_in_the_middle_of_a_case_is_a_named_gap(office, crm, shop):
    crm.faults["find"].append(Unreachable("no answer"))
    reference = await office.asked_and_proven("access")
    async with office.db.write() as tx:
        await health.take_out(tx, "crm", "staff:test", office.clock())
    await office.work_for(minutes=1)
    case = await office.case(reference)
    assert (await office.step(case.id, StepKind.SEARCH, "crm")).outcome is StepOutcome.GAP
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert "crm" in await office.letter(case.id)


async def test_a_system_whose_settings_or_connector_are_broken_is_a_persons_task(office, crm, shop, sql):
    await sql.execute("UPDATE system SET connector = 'uninstalled' WHERE key = 'crm'")
    case = await office.case(await office.asked_and_proven("access"))
    task = await office.step(case.id, StepKind.SEARCH, "crm")
    assert task.state is StepState.MANUAL
    assert "not installed" in task.detail["text"]


async def test_no_system_at_all_is_a_persons_task_and_not_an_answer(office):
    case = await office.case(await office.asked_and_proven("access"))
    assert case.state is State.IN_REVIEW
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    assert (task.key, task.state) == ("no_systems", StepState.MANUAL)


# Resumption


@pytest.fixture
def often(monkeypatch):
    """Marks are written down after each half a megabyte."""
    monkeypatch.setattr("dsar.fanout.collecting.FLUSH_BYTES", 512 * 1024)


@pytest.mark.parametrize("broken_at", [1, 7, 8, 13, 20])
async def test_an_export_that_breaks_off_goes_on_after_its_mark_without_loss_or_repetition(
    office, crm, often, broken_at
):
    crm.rows = [Row("a", f"r{number:02d}", large(f"r{number:02d}", 100)) for number in range(20)]
    crm.fault_at_item = (broken_at, Unreachable("the line broke"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    waiting = await office.step(case.id, StepKind.SEARCH, "crm")
    assert waiting.state is StepState.READY
    await office.work_for(minutes=1)
    assert (await office.case(reference)).state is State.DELIVERED
    assert sorted(await office.record_ids(case.id)) == [f"r{number:02d}" for number in range(20)]


async def test_an_export_that_breaks_off_far_in_does_not_begin_again(office, crm, often, sql):
    crm.rows = [Row("a", f"r{number:02d}", large(f"r{number:02d}", 100)) for number in range(20)]
    crm.fault_at_item = (15, Unreachable("the line broke"))
    reference = await office.asked_and_proven("access")
    cursor = await sql.fetchval("SELECT cursor FROM step WHERE key = 'crm'")
    assert int(cursor.partition("|")[2]) >= 6
    assert await sql.fetchval("SELECT sum(records) FROM segment") == int(cursor.partition("|")[2])
    finds = crm.operations().count("find")
    await office.work_for(minutes=1)
    assert crm.operations().count("find") == finds
    assert (await office.case(reference)).state is State.DELIVERED


async def test_two_subjects_of_one_system_are_collected_each_once_though_the_second_breaks_off(
    office, crm, often
):
    crm.rows = []
    for subject in ("a", "b"):
        crm.person(subject, ("email", EMAIL))
        crm.add(
            *(Row(subject, f"{subject}{number:02d}", large(f"{subject}{number}", 100)) for number in range(9))
        )
    crm.faults["export"].extend([None, Unreachable("between the two")])
    reference = await office.asked_and_proven("access")
    await office.work_for(minutes=1)
    case = await office.case(reference)
    assert sorted(await office.record_ids(case.id)) == sorted(row.record_id for row in crm.rows)


async def test_what_a_stale_worker_collected_does_not_stand_beside_what_its_successor_collects(
    office, crm, often, sql
):
    """The worker hangs in an export, its lease runs out, another takes the step; then the first one goes on."""
    import asyncio
    from datetime import timedelta

    crm.rows = [Row("a", f"r{number:02d}", large(f"r{number:02d}", 100)) for number in range(20)]
    gate = crm.hold("export")
    reference = await office.ask("access")
    await office.prove(reference)
    stale = asyncio.create_task(office.service.engine().drain())
    await crm.entered["export"].wait()
    office.clock.turn(seconds=31)
    await sql.execute("UPDATE step SET state = 'ready', leased_until = NULL WHERE state = 'running'")
    crm.gates.clear()
    await office.work()
    gate.set()
    await stale
    case = await office.case(reference)
    assert case.state is State.DELIVERED
    assert sorted(await office.record_ids(case.id)) == [f"r{number:02d}" for number in range(20)]
    assert office.clock() - case.received_at == timedelta(seconds=31)


# Matches that are not sure


@pytest.fixture
async def unsure(office, crm):
    return crm.person("b", ("email", EMAIL), sure=False).add(Row("b", "of-b", {"note": "perhaps not hers"}))


async def undecided(office, case):
    (match,) = [match for match in await office.matches(case.id) if not match.sure]
    return match


async def test_a_match_that_is_not_sure_waits_for_a_person_and_is_not_collected_meanwhile(office, unsure):
    case = await office.case(await office.asked_and_proven("access"))
    assert case.state is State.IN_REVIEW
    assert (await office.event(case.id, "review.needed")).data == {"for": "matches"}
    assert sorted(await office.record_ids(case.id)) == ["r1", "r2"]
    with pytest.raises(NotNow):
        await office.service.deciding.approve(await office.staff(), case.id)


async def test_an_accepted_match_is_collected_and_answered(office, unsure):
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    match = await undecided(office, case)
    await office.service.deciding.decide_match(await office.staff(), case.id, match.id, "accepted")
    await office.work()
    assert sorted(await office.record_ids(case.id)) == ["of-b", "r1", "r2"]
    assert (await office.case(reference)).state is State.DELIVERED
    assert (await office.letter(case.id)).count("System crm") == 1


async def test_a_rejected_match_is_not_collected_and_the_rest_is_answered(office, unsure):
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    match = await undecided(office, case)
    await office.service.deciding.decide_match(await office.staff(), case.id, match.id, "rejected")
    await office.work()
    assert sorted(await office.record_ids(case.id)) == ["r1", "r2"]
    assert (await office.case(reference)).outcome is Outcome.FULFILLED


@pytest.mark.parametrize("right", ["access", "erasure"])
async def test_a_person_whose_only_match_was_somebody_elses_is_told_that_nothing_is_held(office, right):
    crm = await office.system("crm", orders=())
    crm.person("b", ("email", EMAIL), sure=False).add(Row("b", "of-b"))
    reference = await office.asked_and_proven(right)
    case = await office.case(reference)
    actor = await office.staff()
    await office.service.deciding.decide_match(actor, case.id, (await undecided(office, case)).id, "rejected")
    await office.work()
    if right == "erasure":
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    case = await office.case(reference)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.NOTHING_HELD)
    letter = await office.letter(case.id)
    assert "we hold nothing about you" in letter
    assert "you were found" not in letter


async def test_a_match_is_decided_once(office, unsure):
    case = await office.case(await office.asked_and_proven("access"))
    match, actor = await undecided(office, case), await office.staff()
    await office.service.deciding.decide_match(actor, case.id, match.id, "rejected")
    with pytest.raises(NotNow):
        await office.service.deciding.decide_match(actor, case.id, match.id, "accepted")
    sure = next(match for match in await office.matches(case.id) if match.sure)
    with pytest.raises(NotNow):
        await office.service.deciding.decide_match(actor, case.id, sure.id, "rejected")


async def test_a_match_of_another_case_is_not_decided_from_this_one(office, unsure):
    first = await office.case(await office.asked_and_proven("access"))
    second = await office.case(await office.asked_and_proven("access"))
    match = await undecided(office, second)
    with pytest.raises(NotNow):
        await office.service.deciding.decide_match(await office.staff(), first.id, match.id, "accepted")
    assert (await undecided(office, second)).decision is None


async def test_a_match_accepted_while_its_system_is_still_tried_is_collected_once(office, unsure):
    """The system broke off after its search; a person decides before it is asked again."""
    unsure.faults["export"].append(Unreachable("the line broke"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    assert case.state is State.SEARCHING
    match = await undecided(office, case)
    await office.service.deciding.decide_match(await office.staff(), case.id, match.id, "accepted")
    await office.work_for(minutes=1)
    assert sorted(await office.record_ids(case.id)) == ["of-b", "r1", "r2"]
    assert (await office.case(reference)).state is State.DELIVERED


async def test_an_accepted_match_of_an_erasure_is_erased_and_a_rejected_one_is_not(office, unsure):
    unsure.person("c", ("email", EMAIL), sure=False).add(Row("c", "of-c"))
    reference = await office.asked_and_proven("erasure")
    case = await office.case(reference)
    actor = await office.staff()
    decisions = {"b": "accepted", "c": "rejected"}
    import msgspec

    from dsar.contract import Ref

    key = office.service.vault.case_key(case.wrapped_key)
    for match in await office.matches(case.id):
        if not match.sure:
            ref = msgspec.json.decode(key.open(match.sealed_ref, "ref"), type=Ref)
            await office.service.deciding.decide_match(actor, case.id, match.id, decisions[ref.value])
    await office.work()
    await office.service.deciding.approve(actor, case.id)
    await office.work()
    assert unsure.ids() == ["of-c"]
    assert (await office.case(reference)).outcome is Outcome.FULFILLED


async def test_a_request_that_staff_entered_with_a_check_of_their_own_needs_no_code(office, crm):
    from datetime import timedelta

    said_at = office.clock() - timedelta(days=3)
    reference = await office.ask("access", channel="telephone", proof=ProofKind.STAFF, received_at=said_at)
    case = await office.case(reference)
    assert (case.state, case.received_at) == (State.DELIVERED, said_at)
    assert await office.record_ids(case.id) == ["r1", "r2"]
