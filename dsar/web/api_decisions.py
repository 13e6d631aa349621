"""Staff's decisions on rights, its questions to the person, and the record that California asks for."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.domain.asking import Asked
from dsar.domain.clock import Due
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.request_record import RequestRecord, record_of
from dsar.domain.resolution import Resolution
from dsar.domain.text import Words
from dsar.store import cases, events, findings, requests, steps
from dsar.store.steps import StepRow
from dsar.web.given import GivenService, GivenStaff


class Lifting(Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a restriction ends, and why, in words for the person."""

    lifted_on: date
    reasons: Words


class Reasons(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in words for the person."""

    reasons: Words


class Checked(Struct, frozen=True, forbid_unknown_fields=True):
    """How an identity was checked; never a copy of what was shown."""

    how: Words


@post("/api/v1/cases/{case_id:uuid}/decision", status_code=201, tags=["staff"])
async def resolve(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Resolution], service: GivenService
) -> dict[str, UUID]:
    """Decide on a rectification, restriction, objection or automated decision."""
    return {"id": await service.resolving.resolve(staff, case_id, data)}


@post("/api/v1/cases/{case_id:uuid}/lift-restriction", status_code=204, tags=["staff"])
async def lift(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Lifting], service: GivenService
) -> None:
    """End a restriction on a day to come; the person is told first, GDPR 18(3)."""
    await service.resolving.lift(staff, case_id, data.lifted_on, data.reasons)


@post("/api/v1/cases/{case_id:uuid}/facts", status_code=200, tags=["staff"])
async def ask(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Asked], service: GivenService
) -> Due:
    """Ask the person, or note what came back; answers with the clock."""
    return await service.asking.ask(staff, case_id, data)


@post("/api/v1/cases/{case_id:uuid}/identity-checked", status_code=204, tags=["staff"])
async def identity_checked(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Checked], service: GivenService
) -> None:
    """Vouch for the person after a check; the search begins."""
    await service.asking.check_identity(staff, case_id, data.how)


@post("/api/v1/cases/{case_id:uuid}/not-identified", status_code=204, tags=["staff"])
async def not_identified(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Reasons], service: GivenService
) -> None:
    """Refuse for want of an identity, GDPR 12(2); only after a way to identify was offered."""
    await service.asking.not_identified(staff, case_id, data.reasons)


@get("/api/v1/cases/{case_id:uuid}/record", tags=["staff"])
async def record(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> RequestRecord:
    """The six fields that California has a business keep for 24 months, 11 CCR 7101(b)."""
    async with service.db.read() as connection:
        case = await cases.one(connection, case_id)
        request = await requests.one(connection, case.request_id)
        history = await events.of_case(connection, case_id)
        kept = [hold.ground for hold in await findings.holds_of_case(connection, case_id)]
        done = await steps.of_case(connection, case_id)
    if case.regime != "CCPA":
        raise InvalidInput(
            FieldError("case", "is not counted by California's law.", "Its history is its record.")
        )
    return record_of(case, request.channel, history, [*kept, *_withheld(done)])


def _withheld(done: Sequence[StepRow]) -> Iterator[str]:
    for step in done:
        yield from (left["ground"] for left in step.detail.get("withheld", ()))


HANDLERS = [resolve, lift, ask, identity_checked, not_identified, record]
