"""A caller whose calls stand in the stores of two businesses, and what the businesses and the person are told."""

import pytest
from stage_double import Row
from stage_office import PHONE

from dsar.contract import OrderKind
from dsar.domain.case import State
from dsar.domain.controllers import ControllerActor


@pytest.fixture
async def calls(office):
    system = await office.system("calls", orders=(OrderKind.ERASE,))
    system.person("c", ("phone", PHONE))
    return system.add(
        Row("c", "a1", tenant="a", collection="calls"),
        Row("c", "a2", tenant="a", collection="calls"),
        Row("c", "b1", tenant="b", collection="calls"),
    )


@pytest.fixture
async def businesses(office):
    return {
        "a": await office.business("Acme Oy", "a", numbers=["+358912345678"]),
        "b": await office.business("Beta Oy", "b"),
        "z": await office.business("Zeta Oy", "z"),
    }


def acts_for(controller_id):
    """A member of the business, as its page has them."""
    return ControllerActor(controller_id, "member:test")


async def caller(office, right="access", phone=PHONE, **more):
    given = {"email": ""} | more
    return await office.asked_and_proven(right, relations=("caller",), phone=phone, **given)


async def told(office, controller_id):
    """The types of all messages to a controller, in their order."""
    async with office.db.read() as connection:
        rows = await connection.fetch(
            "SELECT template, facts FROM outbox WHERE controller_id = $1 ORDER BY id", controller_id
        )
    return [(row["template"], row["facts"].get("state")) for row in rows]


async def letters(office, request, template):
    """How many letters of a kind were written about any case of a request."""
    async with office.db.read() as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM outbox o JOIN case_file c ON c.id = o.case_id JOIN request r ON r.id = c.request_id"
            " WHERE r.reference = $1 AND o.template = $2",
            request,
            template,
        )


async def cut(office, reference):
    """The businesses' cases of a request, by tenant."""
    return {case.tenant: case for case in await office.cases(reference) if case.tenant is not None}


def waits(case):
    return case.state is State.AWAITING_CONTROLLER
