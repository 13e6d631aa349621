"""What one controller does with a person's number changes nothing for that person elsewhere, nor for other controllers."""

import pytest
from stage_double import Row
from stage_office import PHONE

from dsar.contract import Role, Scope
from dsar.domain.case import State
from dsar.domain.identity import IdentityKind, ProofKind

AS_A = Scope(Role.PROCESSOR, "a")
MANY = 8  # more than a person's year in the profile


@pytest.fixture
async def calls(office):
    system = await office.system("calls")
    system.person("c", ("phone", PHONE))
    return system.add(
        Row("c", "a1", tenant="a", collection="calls"), Row("c", "b1", tenant="b", collection="calls")
    )


async def files(office, controller_id, tenant, right="access"):
    """The controller files a request for that number, on its own word."""
    reference = await office.ask(
        right,
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=controller_id,
        tenant=tenant,
        actor=f"controller:{controller_id}",
    )
    return await office.case(reference)


async def types(office, case):
    return [event.type for event in await office.events(case.id)]


async def test_what_a_controller_files_for_a_person_is_no_abuse_of_that_persons(office, calls):
    """However often it does: the person's own request, and another controller's, are not held against them."""
    a, b = await office.business("Acme Oy", "a"), await office.business("Beta Oy", "b")
    for _ in range(MANY):
        await files(office, a, "a")
    own = await office.case(await office.asked_and_proven("access", email="", phone=PHONE))
    assert "abuse.flagged" not in await types(office, own)
    reference = await office.ask(
        "access",
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        controller_id=b,
        tenant="b",
        actor=f"controller:{b}",
    )
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    assert "abuse.flagged" not in await types(office, await office.case(reference))


async def test_an_erasure_or_objection_for_one_controller_touches_nothing_of_anothers_nor_of_ours(
    office, calls, sql
):
    a, _ = await office.business("Acme Oy", "a"), await office.business("Beta Oy", "b")
    calls.add(Row("c", "own", collection="calls"))
    for right in ("erasure", "objection"):
        case = await files(office, a, "a", right)
        await office.instruct(a, case.id, "fulfil")
        assert (await office.one(case.id)).state is not State.AWAITING_CONTROLLER
    assert {row.record_id for row in calls.rows} == {"b1", "own"}
    assert {scope for _, scope in calls.asked if isinstance(scope, Scope)} == {AS_A}
    assert await sql.fetch("SELECT 1 FROM suppression") == [], "the operator's own list is the person's alone"
