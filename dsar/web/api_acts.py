"""Staff's acts on a case: each is an entry in its history, with who did it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.review.planning import AS_IT_STANDS, Approval
from dsar.routing import Withdrawn
from dsar.web.auth import REVIEWERS, needs_role
from dsar.web.given import GivenService, GivenStaff


class Assign(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom; null takes the case from everybody."""

    staff_id: UUID | None


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A note."""

    text: str


class MatchDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """`accepted` or `rejected`."""

    decision: str


class Refusal(Struct, frozen=True, forbid_unknown_fields=True):
    """A ground of the closed list, and the reasons in words for the person."""

    ground: str
    reasons: str


class Extension(Struct, frozen=True, forbid_unknown_fields=True):
    """`complexity` or `number_of_requests`, and the reasons in words for the person."""

    reason: str
    reasons: str


class TakenBack(Struct, frozen=True, forbid_unknown_fields=True):
    """How the person took the request back; kept as a sealed note."""

    how: str


@post("/api/v1/cases/{case_id:uuid}/assign", status_code=204, tags=["staff"])
async def assign(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Assign], service: GivenService
) -> None:
    """Give the case to somebody."""
    await service.tasks.assign(staff, case_id, data.staff_id)


@post("/api/v1/cases/{case_id:uuid}/notes", status_code=201, tags=["staff"])
async def note(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Text], service: GivenService
) -> dict[str, UUID]:
    """Note something; it is sealed with the case."""
    return {"id": await service.tasks.note(staff, case_id, data.text)}


@post("/api/v1/cases/{case_id:uuid}/matches/{match_id:uuid}", status_code=204, tags=["staff"])
async def decide_match(
    staff: GivenStaff,
    case_id: FromPath[UUID],
    match_id: FromPath[UUID],
    data: JSONBody[MatchDecision],
    service: GivenService,
) -> None:
    """Decide a match that is not sure."""
    await service.deciding.decide_match(staff, case_id, match_id, data.decision)


@post("/api/v1/cases/{case_id:uuid}/approve", status_code=204, tags=["staff"])
async def approve(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    case_id: FromPath[UUID],
    service: GivenService,
    data: JSONBody[Approval | None] = None,
) -> None:
    """Let what was found go on to its answer; an erasure as its plan says, a copy as its content is named."""
    if data is not None and data.content is not None:
        await needs_role(request, *REVIEWERS)
    await service.deciding.approve(staff, case_id, data or AS_IT_STANDS)


@post("/api/v1/cases/{case_id:uuid}/refuse", status_code=204, tags=["staff"])
async def refuse(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Refusal], service: GivenService
) -> None:
    """Refuse, GDPR 12(4)."""
    await service.deciding.refuse(staff, case_id, data.ground, data.reasons)


@post("/api/v1/cases/{case_id:uuid}/withdraw", status_code=200, tags=["staff"])
async def withdraw(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[TakenBack], service: GivenService
) -> Withdrawn:
    """Take a person's request back, with the cases that were cut from it; their controllers are told."""
    return await service.withdrawing.by_person(staff.id, case_id, data.how)


@post("/api/v1/cases/{case_id:uuid}/extend", status_code=200, tags=["staff"])
async def extend(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Extension], service: GivenService
) -> dict[str, Any]:
    """Take two further months, GDPR 12(3); answers with the clock."""
    clock: dict[str, Any] = msgspec.to_builtins(
        await service.deciding.extend(staff, case_id, data.reason, data.reasons)
    )
    return clock


HANDLERS = [assign, note, decide_match, approve, refuse, withdraw, extend]
