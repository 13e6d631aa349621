"""A controller files a request for its caller: on its own word of who it is, or for us to prove."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import JSONBody
from msgspec import Struct

from dsar.domain.case import AnswerTo
from dsar.domain.controllers import ControllerActor, KeyScope
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import ProofKind
from dsar.domain.rights import Relation
from dsar.engine import Service
from dsar.intake import Filed, RawSubmission, Submission, read
from dsar.store import Connection, controllers
from dsar.web.auth import needs
from dsar.web.given import GivenController, GivenService
from dsar.web.once import REQUIRED, file_once


class NewRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request on a caller's behalf, GDPR 28(3)(e).

    `identity` is `our_word`, and the controller answers for who it is, or `ask_the_person`: codes go to the addresses,
    and nothing is done before one comes back. `instruction` saves the second call; `answer_to` goes with it.
    """

    rights: tuple[str, ...]
    phone: str = ""
    email: str = ""
    received_at: datetime | None = None
    language: str = ""
    identity: Literal["our_word", "ask_the_person"] = "our_word"
    instruction: Literal["fulfil"] | None = None
    answer_to: AnswerTo | None = None


class Clocks(Struct, frozen=True):
    """The two dates of a case: until when we help, and the controller's own, counted from the receipt."""

    case: UUID
    assist_due_date: date | None
    statutory_due_date: date | None


class Created(Struct, frozen=True):
    """The new request and its cases, each with its two dates."""

    reference: str
    cases: list[UUID]
    clocks: list[Clocks]


@post(
    "/api/v1/controller/requests",
    status_code=201,
    tags=["controller"],
    opt={"scope": KeyScope.CREATE_REQUESTS, "once": REQUIRED},
)
async def create(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewRequest],
    service: GivenService,
) -> Response[Created]:
    """File a request on a caller's behalf; without an instruction it waits for one."""
    if data.instruction is not None:
        await needs(request, KeyScope.INSTRUCT)
    if data.answer_to is not None and data.instruction is None:
        raise InvalidInput(FieldError("answer_to", "comes without an instruction.", "It goes with fulfil."))
    submission = await _read(service, controller, data)
    answer_to = (data.answer_to or AnswerTo.CONTROLLER) if data.instruction else None

    async def say(tx: Connection, filed: Filed) -> None:
        await service.instructing.filed(tx, [case.id for case in filed.cases], controller.name, answer_to)

    owner = f"controller:{controller.id}"
    return await file_once(request, service, owner, submission, _created, status=201, required=True, also=say)


async def _read(service: Service, controller: ControllerActor, data: NewRequest) -> Submission:
    raw = RawSubmission(
        rights=data.rights,
        relations=(Relation.CALLER.value,),
        email=data.email,
        phone=data.phone,
        language=data.language,
    )
    async with service.db.as_controller(controller.id) as connection:
        own = await controllers.one(connection, controller.id)
    return read(
        raw,
        service.profile.profile,
        service.now(),
        channel="controller_api",
        received_at=data.received_at,
        actor=controller.name,
        proof=ProofKind.CONTROLLER if data.identity == "our_word" else None,
        controller_id=controller.id,
        tenant=own.tenant,
    )


def _created(filed: Filed) -> Created:
    clocks = [Clocks(case.id, case.assist_due_date, case.due.statutory_due_date) for case in filed.cases]
    return Created(filed.request.reference, [case.id for case in filed.cases], clocks)


HANDLERS = [create]
