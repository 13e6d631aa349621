"""A system that is taken out or changed in the middle of a case: a named gap or a person's task, never a broken case."""

import asyncio

import pytest
from stage_double import DoubleSystem, Row
from stage_office import EMAIL, PHONE

from dsar.contract import OrderKind, Role, Throttled, Unauthorised, Unreachable
from dsar.domain.case import State
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import systems
from dsar.store.systems import OtherConnector, SystemRow


def anna(system, subject="anna", *ids):
    system.person(subject, ("email", EMAIL))
    return system.add(*(Row(subject, record_id, {"name": "Anna"}) for record_id in ids or ("c1",)))


@pytest.fixture
async def crm(office):
    return anna(await office.system("crm"))


async def take_out(office, key="crm"):
    await office.service.configuring.take_out("staff:test", key)


async def put_raw(office, settings=b'{"name": "crm"}', **changed):
    """As a change that nobody probed would leave it: by an older version, or by hand."""
    row = SystemRow(
        key="crm",
        connector="double",
        title="System crm",
        settings=office.service.vault.seal(settings, "system"),
        roles=(Role.CONTROLLER, Role.PROCESSOR),
        orders=(OrderKind.ERASE, OrderKind.SUPPRESS),
        attempts_max=3,
        retry_delay_seconds=1.0,
        **changed,
    )
    async with office.db.write() as tx:
        await systems.put(tx, row, office.clock())


async def waiting_for_approval(office):
    reference = await office.asked_and_proven("erasure")
    case = await office.case(reference)
    assert case.state is State.IN_REVIEW
    return reference, case


async def approve(office, case):
    await office.service.deciding.approve(await office.staff(), case.id)


async def test_a_connector_that_is_not_installed_any_more_leaves_its_search_to_a_person(office, crm, sql):
    await sql.execute("UPDATE system SET connector = 'gone', version = version + 1")
    reference = await office.asked_and_proven("access")
    step = await office.step((await office.case(reference)).id, StepKind.SEARCH)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, "Refused")
    assert "not installed" in step.detail["text"]


@pytest.mark.parametrize("said", [b"{}", b'{"name": 7}', b"no JSON"], ids=["lacking", "wrong", "garbled"])
async def test_settings_that_no_longer_fit_leave_the_search_to_a_person(office, crm, said):
    await put_raw(office, said)
    reference = await office.asked_and_proven("access")
    step = await office.step((await office.case(reference)).id, StepKind.SEARCH)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, "Refused")


async def test_a_system_that_holds_no_data_of_that_role_any_more_is_a_named_gap(office, crm):
    crm.faults["find"].append(Throttled("wait", until=office.clock()))
    reference = await office.asked_and_proven("access")
    await office.system("crm", roles=(Role.PROCESSOR,))
    await office.work_for(seconds=30)
    case = await office.case(reference)
    step = await office.step(case.id, StepKind.SEARCH)
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.GAP)
    assert crm.operations().count("find") == 1
    assert "System crm" in await office.letter(case.id)


async def test_a_system_taken_out_while_its_search_waits_is_a_gap_that_the_letter_names_by_its_title(
    office, crm
):
    crm.faults["find"].append(Throttled("wait", until=office.clock()))
    reference = await office.asked_and_proven("access")
    await take_out(office)
    await office.work_for(seconds=30)
    case = await office.case(reference)
    assert case.state is State.DELIVERED
    assert "System crm" in await office.letter(case.id)


async def test_a_step_under_way_ends_on_the_session_it_began_with(office, crm):
    gate = crm.hold("export")
    reference = await office.ask("access")
    await office.prove(reference)
    working = asyncio.create_task(office.work())
    await crm.entered["export"].wait()
    await take_out(office)
    gate.set()
    await working
    case = await office.case(reference)
    assert await office.record_ids(case.id) == ["c1"]
    assert (await office.step(case.id, StepKind.SEARCH)).outcome is StepOutcome.FOUND


async def test_a_system_taken_out_between_search_and_approval_leaves_the_erasure_to_a_person(office, crm):
    _reference, case = await waiting_for_approval(office)
    await take_out(office)
    await office.work()
    await approve(office, case)
    await office.work()
    task = await office.step(case.id, StepKind.BY_HAND, "erase:crm")
    assert task.state is StepState.MANUAL
    assert crm.ids() == ["c1"]


async def test_a_system_taken_out_between_approval_and_order_is_a_named_gap(office, crm):
    _reference, case = await waiting_for_approval(office)
    await approve(office, case)
    await take_out(office)
    await office.work()
    order = await office.step(case.id, StepKind.ORDER)
    assert (order.state, order.outcome) == (StepState.DONE, StepOutcome.GAP)
    assert crm.ids() == ["c1"]
    assert "System crm" in await office.letter(case.id)


async def test_a_system_that_takes_no_such_orders_any_more_leaves_them_to_a_person(office, crm):
    _reference, case = await waiting_for_approval(office)
    await approve(office, case)
    await office.system("crm", orders=(OrderKind.SUPPRESS,))
    await office.work()
    order = await office.step(case.id, StepKind.ORDER)
    assert (order.state, crm.orders) == (StepState.MANUAL, [])


async def test_a_system_taken_out_before_the_check_is_a_named_gap_although_it_erased(office, crm):
    reference, case = await waiting_for_approval(office)
    await approve(office, case)
    crm.faults["find"].append(Throttled("wait", until=office.clock()))
    await office.work()
    assert crm.ids() == []
    await take_out(office)
    await office.work_for(seconds=60)
    check = await office.step(case.id, StepKind.VERIFY)
    assert (check.state, check.outcome) == (StepState.DONE, StepOutcome.GAP)
    assert (await office.case(reference)).state is State.DELIVERED


async def test_a_system_taken_out_before_the_answer_is_called_by_its_title_still(office, crm):
    gate = crm.hold("export")
    reference = await office.ask("access")
    await office.prove(reference)
    working = asyncio.create_task(office.work())
    await crm.entered["export"].wait()
    await take_out(office)
    gate.set()
    await working
    case = await office.case(reference)
    assert case.state is State.DELIVERED
    assert "System crm" in await office.letter(case.id)


async def test_an_export_that_other_settings_began_is_begun_anew_without_loss_or_repeat(office, crm):
    crm.add(Row("anna", "c2"), Row("anna", "c3"))
    crm.fault_at_item = (3, Throttled("slow down", until=office.clock()))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    assert await office.record_ids(case.id) == ["c1", "c2"]
    crm.rows = [row for row in crm.rows if row.record_id != "c1"]  # the new settings leave it out
    await office.system("crm")
    await office.work_for(seconds=30)
    assert await office.record_ids(case.id) == ["c2", "c3"]
    assert (await office.case(reference)).state is State.DELIVERED


async def test_settings_that_lead_to_another_database_never_erase_whoever_has_that_number_there(office, crm):
    _reference, case = await waiting_for_approval(office)
    await approve(office, case)
    other = office.connector.systems["crm"] = DoubleSystem("crm")
    other.person("anna", ("email", "bea@example.com")).add(Row("anna", "b1", {"name": "Bea"}))
    await put_raw(office)
    await office.work()
    order = await office.step(case.id, StepKind.ORDER)
    assert (order.state, order.detail["reason"]) == (StepState.MANUAL, "Refused")
    assert other.ids() == ["b1"]
    assert other.orders == []


async def test_settings_changed_to_the_same_data_let_the_order_through(office, crm):
    reference, case = await waiting_for_approval(office)
    await approve(office, case)
    await office.system("crm", concurrency=2)
    await office.work()
    assert crm.ids() == []
    assert (await office.case(reference)).state is State.DELIVERED


async def test_a_key_stays_its_connectors_for_ever(office, crm):
    await take_out(office)
    row = SystemRow(key="crm", connector="other", title="x", settings=b"", roles=(), orders=())
    with pytest.raises(OtherConnector, match="another key"):
        async with office.db.write() as tx:
            await systems.put(tx, row, office.clock())


async def test_a_system_put_back_goes_on_with_its_waiting_steps(office, crm):
    crm.faults["find"].append(Throttled("wait", until=office.clock().replace(hour=12)))
    reference = await office.asked_and_proven("access")
    await take_out(office)
    await office.system("crm")
    await office.work_for(hours=4)
    case = await office.case(reference)
    assert await office.record_ids(case.id) == ["c1"]


async def test_a_look_up_whose_call_store_was_taken_out_asks_the_others(office):
    calls = await office.system("calls", roles=(Role.PROCESSOR,))
    await office.system("other", roles=(Role.PROCESSOR,))
    calls.person("caller", ("phone", PHONE)).add(Row("caller", "k1", tenant="acme"))
    await office.business("Acme", "acme")
    await take_out(office, "calls")
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    assert "tenants" not in calls.operations()
    assert all(case.state is not State.ROUTING for case in await office.cases(reference))


async def test_a_system_changed_again_and_again_while_many_cases_run_breaks_none_of_them(office, crm):
    """Each act takes rows of its own in its own order: whoever waits for another must not be waited for."""
    references = []
    for number in range(12):
        crm.person(f"p{number}", ("email", f"p{number}@example.com")).add(Row(f"p{number}", f"r{number}"))
        reference = await office.ask("access", email=f"p{number}@example.com")
        await office.prove(reference, to=f"p{number}@example.com")
        references.append(reference)
    crm.faults["find"].extend([Unauthorised("HTTP 401"), Unreachable("no answer"), None] * 4)

    async def meddle():
        for _ in range(8):
            await office.system("crm", attempts_max=20)
            await office.service.probing.look()
            await office.service.configuring.resume("staff:test", "crm")
            await asyncio.sleep(0)

    await asyncio.gather(office.work(), office.work(), meddle())
    await office.system("crm", attempts_max=20)
    await office.work_for(minutes=5)
    for number, reference in enumerate(references):
        case = await office.case(reference)
        assert case.state is State.DELIVERED
        assert await office.record_ids(case.id) == [f"r{number}"]
    assert await office.broken() is None


async def test_a_worker_that_dies_over_an_export_of_old_settings_leaves_no_record_twice(office, crm, sql):
    crm.add(Row("anna", "c2"), Row("anna", "c3"))
    crm.fault_at_item = (3, Throttled("slow down", until=office.clock()))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    await office.system("crm")
    await office.work_for(seconds=30)
    assert await office.record_ids(case.id) == ["c1", "c2", "c3"]
    assert await sql.fetchval("SELECT count(*) FROM segment WHERE case_id = $1", case.id) == 1
