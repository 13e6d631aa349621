"""The customer-controllers' API: their cases, instructions and bundles. Row-level security holds beneath it."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.domain.identity import ProofKind
from dsar.domain.rights import Relation
from dsar.intake import Filed, RawSubmission, read
from dsar.routing import Instructed
from dsar.store import cases, controllers, findings, identities
from dsar.store.cases import CaseRow
from dsar.store.identities import IdentityRow
from dsar.vault.keys import CaseKey
from dsar.web.given import GivenController, GivenService
from dsar.web.once import file_once
from dsar.web.public import archive

PAGE_SIZE_MAX = 200


class ControllerCase(Struct, frozen=True, kw_only=True):
    """A case as its controller sees it. `statutory_due_date` is its own clock, counted from our receipt."""

    id: UUID
    reference: str
    right: str
    state: str
    outcome: str | None
    received_at: datetime
    assist_due_date: date | None
    statutory_due_date: date | None
    closed_at: datetime | None


class ControllerCaseDetail(ControllerCase, frozen=True, kw_only=True):
    """With who asks, so that the controller can find the person, and what was collected.

    Once the case's key is destroyed nobody is named any more.
    """

    identities: list[dict[str, Any]]
    counts: list[dict[str, Any]]


class CasePage(Struct, frozen=True):
    """A page of cases; `next` is the cursor of the following one."""

    cases: list[ControllerCase]
    next: str | None


class NewRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request on a caller's behalf: the controller's own word proves the identity, GDPR 28(3)(e)."""

    rights: tuple[str, ...]
    phone: str = ""
    email: str = ""
    received_at: datetime | None = None
    language: str = ""


class Created(Struct, frozen=True):
    """The new request and its cases."""

    reference: str
    cases: list[UUID]


def _shown(row: CaseRow) -> ControllerCase:
    return ControllerCase(
        id=row.id,
        reference=row.reference,
        right=row.right.value,
        state=row.state.value,
        outcome=row.outcome.value if row.outcome else None,
        received_at=row.received_at,
        assist_due_date=row.assist_due_date,
        statutory_due_date=row.statutory_due_date,
        closed_at=row.closed_at,
    )


@get("/api/v1/controller/cases", tags=["controller"], opt={"scope": KeyScope.READ_CASES})
async def list_cases(
    controller: GivenController,
    service: GivenService,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> CasePage:
    """The controller's cases, oldest first."""
    async with service.db.as_controller(controller.id) as connection:
        rows = await cases.of_controller(connection, controller.id, after, limit)
    return CasePage([_shown(row) for row in rows], str(rows[-1].id) if len(rows) == limit else None)


@get("/api/v1/controller/cases/{case_id:uuid}", tags=["controller"], opt={"scope": KeyScope.READ_CASES})
async def one_case(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService
) -> ControllerCaseDetail:
    """One case, with who asks. Another controller's looks as if it were not there."""
    async with service.db.as_controller(controller.id) as connection:
        case = await cases.one(connection, case_id)
        rows = await identities.of_case(connection, case_id)
        counts = await findings.counts_of_case(connection, case_id)
    who = _identities(service.vault.case_key(case.wrapped_key), rows) if case.wrapped_key is not None else []
    return ControllerCaseDetail(
        id=case.id,
        reference=case.reference,
        right=case.right.value,
        state=case.state.value,
        outcome=case.outcome.value if case.outcome else None,
        received_at=case.received_at,
        assist_due_date=case.assist_due_date,
        statutory_due_date=case.statutory_due_date,
        closed_at=case.closed_at,
        identities=who,
        counts=counts,
    )


def _identities(key: CaseKey, rows: list[IdentityRow]) -> list[dict[str, Any]]:
    return [
        {
            "kind": row.kind.value,
            "value": key.open(row.sealed, "identity").decode(),
            "proof": row.proof.value if row.proof else None,
        }
        for row in rows
        if row.proven_at is not None
    ]


@post(
    "/api/v1/controller/cases/{case_id:uuid}/instruction",
    status_code=200,
    tags=["controller"],
    opt={"scope": KeyScope.INSTRUCT},
)
async def instruct(
    controller: GivenController, case_id: FromPath[UUID], data: JSONBody[Instructed], service: GivenService
) -> dict[str, str]:
    """Instruct the processor, GDPR 28(3)(a)."""
    case = await service.instructing.instruct(controller, case_id, data)
    return {"id": str(case.id), "state": case.state.value}


@post(
    "/api/v1/controller/requests",
    status_code=201,
    tags=["controller"],
    opt={"scope": KeyScope.CREATE_REQUESTS},
)
async def create(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewRequest],
    service: GivenService,
) -> Response[Created]:
    """File a request on a caller's behalf; it still waits for the controller's instruction."""
    raw = RawSubmission(
        rights=data.rights,
        relations=(Relation.CALLER.value,),
        email=data.email,
        phone=data.phone,
        language=data.language,
    )
    owner = f"controller:{controller.id}"
    async with service.db.read() as connection:
        own = await controllers.one(connection, controller.id)
    submission = read(
        raw,
        service.profile.profile,
        service.now(),
        channel="controller_api",
        received_at=data.received_at,
        actor=controller.name,
        proof=ProofKind.CONTROLLER,
        controller_id=controller.id,
        tenant=own.tenant,
    )

    def answer(filed: Filed) -> Created:
        return Created(filed.request.reference, [case.id for case in filed.cases])

    return await file_once(request, service, owner, submission, answer, status=201, required=True)


@get(
    "/api/v1/controller/cases/{case_id:uuid}/bundle",
    tags=["controller"],
    opt={"scope": KeyScope.READ_BUNDLES},
)
async def bundle(controller: GivenController, case_id: FromPath[UUID], service: GivenService) -> Stream:
    """The archive of a case that was fulfilled."""
    found, reference, stream = await service.fetching.bundle_for_controller(controller, case_id)
    return archive(stream, reference, found.bytes)


HANDLERS = [list_cases, one_case, instruct, create, bundle]
