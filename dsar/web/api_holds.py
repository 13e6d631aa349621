"""Legal holds set by hand: what a dispute needs is not erased until somebody lifts the hold, GDPR 17(3)(e)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from dsar.domain.legal_holds import LegalHold
from dsar.domain.placing import NewLegalHold
from dsar.web.given import GivenService, GivenStaff

PAGE_SIZE_MAX = 200


class ShownHold(Struct, frozen=True, kw_only=True):
    """A hold. Whom one on a person is about, nobody can read from it."""

    id: UUID
    kind: str
    case_id: UUID | None
    system: str | None
    collection: str | None
    tenant: str | None
    reason: str
    owner: UUID
    review_on: date
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: UUID | None


class HoldPage(Struct, frozen=True):
    """A page of holds; `next` is the cursor of the following one."""

    holds: list[ShownHold]
    next: str | None


def shown(hold: LegalHold) -> ShownHold:
    """As staff sees it."""
    return ShownHold(
        id=hold.id,
        kind=hold.kind.value,
        case_id=hold.case_id,
        system=hold.system_key,
        collection=hold.collection,
        tenant=hold.tenant,
        reason=hold.reason,
        owner=hold.owner,
        review_on=hold.review_on,
        created_at=hold.created_at,
        lifted_at=hold.lifted_at,
        lifted_by=hold.lifted_by,
    )


@post("/api/v1/holds", status_code=201, tags=["staff"])
async def place(staff: GivenStaff, data: JSONBody[NewLegalHold], service: GivenService) -> dict[str, UUID]:
    """Set a legal hold on a person, a case or a collection; its owner is who sets it."""
    return {"id": await service.holding.place(staff, data)}


@get("/api/v1/holds", tags=["staff"])
async def list_holds(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    service: GivenService,
    due: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    lifted: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> HoldPage:
    """Holds that stand, oldest first; with `due` those to be reviewed by now, with `lifted` also those that ended."""
    found = await service.holding.page(due=due, standing=not lifted, after=after, page_size=limit)
    return HoldPage([shown(hold) for hold in found], str(found[-1].id) if len(found) == limit else None)


@post("/api/v1/holds/{hold_id:uuid}/lift", status_code=204, tags=["staff"])
async def lift(staff: GivenStaff, hold_id: FromPath[UUID], service: GivenService) -> None:
    """Lift a hold; what it kept is then erased by itself."""
    await service.holding.lift(staff, hold_id)


HANDLERS = [place, list_holds, lift]
