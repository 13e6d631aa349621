"""A connected system is restored from a backup: whoever was erased since is erased once more, and nobody else."""

from datetime import timedelta

from stage_backup import Backup, again, crm, erased, reasons
from stage_double import Row
from stage_office import EMAIL, PHONE
from test_stage_erasure import approved

from dsar.domain.case import State
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepState
from dsar.fanout.repeating import Reason

__all__ = ["again", "crm", "erased"]


async def test_what_a_restored_backup_brought_back_is_erased_and_the_closed_cases_history_says_so(
    office, crm, erased, again
):
    # GDPR 17, 5(2)
    backup, case = erased
    backup.restore()
    report = (await again(backup))["crm"]
    assert crm.ids() == []
    assert (report.remembered, report.looked_through, report.again, report.changed) == (1, 1, 1, 2)
    assert report.well
    event = await office.event(case.id, "erasure.repeated")
    assert event.data == {"system": "crm", "changed": 2, "kept": 0, "unexpected": 0, "proof": "verified"}
    assert await office.broken() is None
    assert (await office.one(case.id)).state is State.CLOSED


async def test_a_second_run_erases_nothing(office, crm, erased, again):
    backup, case = erased
    backup.restore()
    await again(backup)
    crm.orders.clear()
    report = (await again(backup))["crm"]
    assert (report.again, report.tasks, crm.orders) == (0, [], [])
    assert [event.type for event in await office.events(case.id)].count("erasure.repeated") == 1


async def test_a_dry_run_counts_and_changes_nothing(office, crm, erased, again, sql):
    backup, _ = erased
    backup.restore()
    report = (await again(backup, dry_run=True))["crm"]
    assert (report.again, report.changed, crm.orders, crm.ids()) == (1, 0, [], ["r1", "r2"])
    assert await sql.fetchval("SELECT count(*) FROM tombstone WHERE erased_again_at IS NOT NULL") == 0
    assert (await again(backup))["crm"].again == 1


async def test_whoever_came_back_before_the_backup_is_left_alone(office, crm, again):
    """Erased, then a customer again, and only then the backup: it holds what nobody asked to have erased."""
    await approved(office)
    office.clock.turn(days=10)
    crm.add(Row("a", "new"))
    backup = Backup(office, crm)
    backup.restore()
    assert await again(backup) == {}
    assert await again(backup, system_key="crm")
    assert crm.ids() == ["new"]


async def test_whoever_is_erased_a_second_time_after_coming_back_is_erased_again(office, crm, again):
    first = await approved(office)
    office.clock.turn(days=10)
    crm.add(Row("a", "new"))
    backup = Backup(office, crm)
    second = await approved(office)
    assert crm.ids() == []
    backup.restore()
    assert (await again(backup))["crm"].again == 1
    assert crm.ids() == []
    types = {case.id: [e.type for e in await office.events(case.id)] for case in (first, second)}
    assert "erasure.repeated" not in types[first.id]
    assert "erasure.repeated" in types[second.id]


async def test_two_erasures_undone_by_one_backup_are_one_order_in_both_histories(office, crm, again):
    backup = Backup(office, crm)
    first = await approved(office)
    office.clock.turn(days=10)
    crm.add(Row("a", "new"))
    second = await approved(office)
    backup.restore()
    report = (await again(backup))["crm"]
    assert (report.remembered, report.again, len(crm.orders)) == (
        2,
        1,
        2,
    )  # the marketing stop, and the erasure
    for case in (first, second):
        assert (await office.event(case.id, "erasure.repeated")).data["changed"] == 2


async def test_whoever_came_back_after_the_repetition_is_told_and_left_alone(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    await again(backup)
    crm.add(Row("a", "new"))
    report = (await again(backup))["crm"]
    assert (crm.ids(), reasons(report), report.well) == (["new"], [Reason.CAME_BACK], False)


async def test_whoever_comes_for_the_first_time_after_the_look_through_is_left_alone(office, crm, again):
    """Erased since the backup, but not in it: a later run must not take what they bring when they come back."""
    crm.rows.clear()
    backup = Backup(office, crm)
    crm.add(Row("a", "r1"))
    await approved(office)
    backup.restore()
    assert (await again(backup))["crm"].well
    crm.add(Row("a", "new"))
    report = (await again(backup))["crm"]
    assert (crm.ids(), reasons(report)) == (["new"], [Reason.CAME_BACK])


async def test_a_backup_restored_a_second_time_is_dealt_with_when_the_operator_says_so(
    office, crm, erased, again
):
    backup, case = erased
    backup.restore()
    await again(backup)
    first = set(crm.effects)
    backup.restore()
    assert reasons((await again(backup))["crm"]) == [Reason.CAME_BACK]
    assert crm.ids() == ["r1", "r2"]
    assert (await again(backup, restored_at=office.clock() - timedelta(minutes=2)))["crm"].again == 1
    assert crm.ids() == []
    assert len(set(crm.effects) - first) == 2, "other keys: the first time's orders would do nothing more"
    assert [event.type for event in await office.events(case.id)].count("erasure.repeated") == 2


async def test_a_backup_of_the_time_between_a_restore_and_its_repetition_brings_it_back_once_more(
    office, crm, erased, again
):
    backup, _ = erased
    backup.restore()
    between = Backup(office, crm)
    await again(backup)
    between.restore()
    report = (await again(between, restored_at=office.clock()))["crm"]
    assert (report.again, crm.ids()) == (1, [])


async def filed_by(office, controller_id, tenant):
    """A controller has its own caller's data erased, on its own word."""
    reference = await office.ask(
        "erasure",
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=controller_id,
        tenant=tenant,
        actor=f"controller:{controller_id}",
    )
    case = await office.case(reference)
    await office.instruct(controller_id, case.id, "fulfil", answer_to="controller")
    return await office.case(reference)


async def test_a_tenants_erasure_is_repeated_in_its_own_part_alone(office, again):
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(
        Row("c", "a1", tenant="acme"), Row("c", "b1", tenant="beta"), Row("c", "own")
    )
    acme = await office.business("Acme Oy", "acme")
    backup = Backup(office, calls)
    case = await filed_by(office, acme, "acme")
    assert calls.ids() == ["b1", "own"]
    backup.restore()
    report = (await again(backup))["calls"]
    assert (report.again, calls.ids()) == (1, ["b1", "own"])
    assert (await office.event(case.id, "erasure.repeated")).data["changed"] == 1
    assert [kind for kind, _ in calls.orders] == ["Erase"], "a caller's marketing is no business of ours"


async def test_an_identity_is_known_again_however_the_restored_system_writes_it(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    crm.in_capitals = True
    assert (await again(backup))["crm"].again == 1
    assert crm.ids() == []


async def test_somebody_elses_namesake_is_never_touched(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    crm.person("n", ("email", "annavirtanen@example.com")).add(Row("n", "theirs"))
    await again(backup)
    assert crm.ids() == ["theirs"]


async def test_a_person_with_two_proven_identities_is_erased_by_one_order(office, crm, again):
    crm.subjects["a"].refs.add(("phone", PHONE))
    backup = Backup(office, crm)
    reference = await office.asked_and_proven("erasure", email=EMAIL, phone=PHONE)
    case = await approved(office, reference)
    backup.restore()
    report = (await again(backup))["crm"]
    assert (report.remembered, report.looked_through, report.again) == (1, 2, 1)
    assert [kind for kind, _ in crm.orders] == ["Suppress", "Suppress", "Erase"]
    assert (await office.event(case.id, "erasure.repeated")).data["changed"] == 2


async def test_after_a_repetition_the_system_is_looked_at_again_as_after_the_erasure(
    office, crm, erased, again, sql
):
    # GDPR 5(2)
    backup, case = erased
    office.clock.turn(days=40)
    await office.work()
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0, "the looks after the erasure are over"
    backup.restore()
    await again(backup)
    looks = [step for step in await office.steps(case.id, StepKind.RECHECK) if "cause" in step.payload]
    assert sorted(step.payload["day"] for step in looks) == [1, 7, 30]
    backup.restore()
    office.clock.turn(days=1, hours=1)
    await office.work()
    (task,) = [
        step for step in await office.steps(case.id, StepKind.RECHECK) if step.state is StepState.MANUAL
    ]
    assert task.detail["unexpected"] == 2
    assert crm.ids() == ["r1", "r2"], "nothing is erased without somebody's word"
