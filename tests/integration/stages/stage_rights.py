"""A profile with every right, and shorthands for what people decide on them."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import OrderKind
from dsar.domain.asking import Asked
from dsar.domain.resolution import Resolution
from dsar.domain.work import StepKind, StepState

PROFILE = Path(__file__).with_name("rights.toml")
ALL = tuple(OrderKind)
TOLD = ("Print House Oy", "Freight Oy")


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, profile=str(PROFILE))


@pytest.fixture
async def crm(office):
    system = await office.system("crm", orders=ALL)
    return system.person("a", ("email", EMAIL), ("phone", PHONE)).add(
        Row("a", "r1", {"name": "Ana Virtanen", "city": "Turku"})
    )


@pytest.fixture
async def actor(office):
    return await office.staff("Riitta Reviewer")


async def decide(office, actor, case, **resolution):
    """A decision as the API reads it: through its JSON."""
    read = msgspec.convert(resolution, Resolution)
    decision = await office.service.resolving.resolve(actor, getattr(case, "id", case), read)
    await office.work()
    return decision


async def ask(office, actor, case, **asked):
    clock = await office.service.asking.ask(actor, getattr(case, "id", case), msgspec.convert(asked, Asked))
    await office.work()
    return clock


def correction(system="crm", collection="contacts", **values):
    return {"system": system, "collection": collection, "values": values}


async def tasks(office, case_id):
    """The open tasks of a case by their keys."""
    found = await office.steps(case_id, StepKind.BY_HAND)
    return {step.key: step for step in found if step.state is StepState.MANUAL}


async def finish(office, actor, case_id, key, outcome="done"):
    step = (await tasks(office, case_id))[key]
    await office.service.tasks.finish(actor, case_id, step.id, outcome, "seen to")
    await office.work()


async def told_all(office, actor, case_id):
    for name in TOLD:
        await finish(office, actor, case_id, f"tell:{name}")


async def letters(office, case_id):
    """Every letter of a case, opened: kind and text, oldest first."""
    case = await office.one(case_id)
    key = office.service.vault.case_key(case.wrapped_key)
    async with office.db.read() as connection:
        rows = await connection.fetch(
            "SELECT kind, sealed, sha256 FROM letter WHERE case_id = $1 ORDER BY created_at, id",
            UUID(str(case_id)),
        )
    return [(row["kind"], key.open(row["sealed"], "letter"), row["sha256"]) for row in rows]


def types(events):
    return [event.type for event in events]
