"""What staff withholds or lets go, each with a ground and an author; undone, and tried before it is done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.domain.withholding import About, Effect, Place, Selector, Target, WithholdingGround
from dsar.review.previewing import Preview, TooManyPreviews
from dsar.review.redacting import Made, Wish
from dsar.web.auth import REVIEWERS
from dsar.web.given import GivenService, GivenStaff
from dsar.web.once import TAKEN, once

ROLE = {"role": REVIEWERS}
WAIT_SECONDS = 10  # until a preview has most likely ended
REDACTIONS = "/api/v1/cases/{case_id:uuid}/redactions"


class ShownDecision(Struct, frozen=True, kw_only=True):
    """One decision; `about` is the item that it names, null where a rule finds it."""

    id: UUID
    effect: Effect
    target: Target
    ground: WithholdingGround
    law: str
    about: About | None
    place: Place | None
    selector: Selector | None
    why: str
    by: UUID
    at: datetime
    undone_by: UUID | None
    undone_at: datetime | None


def shown(made: Made) -> ShownDecision:
    """As staff sees it."""
    row, words = made.row, made.words
    return ShownDecision(
        id=row.id,
        effect=row.effect,
        target=row.target,
        ground=row.ground,
        law=row.ground.law,
        about=words.about,
        place=words.place,
        selector=words.selector,
        why=words.why,
        by=row.staff_id,
        at=row.created_at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )


@get(REDACTIONS, tags=["staff"], opt=ROLE)
async def list_redactions(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> list[ShownDecision]:
    """All that staff decided to withhold or to let go, in order; what was undone too."""
    return [shown(made) for made in await service.findings.redacting.page(case_id)]


@post(REDACTIONS, status_code=201, tags=["staff"], opt={**ROLE, "once": TAKEN})
async def redact(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    case_id: FromPath[UUID],
    data: JSONBody[Wish],
    service: GivenService,
) -> Response[ShownDecision]:
    """Withhold a place, an item or what a rule finds, or let it go against a rule."""
    ready = await service.findings.redacting.ready(staff, case_id, data)

    async def keep(tx: Any) -> ShownDecision:
        return shown(await service.findings.redacting.keep(tx, staff, ready))

    return await once(request, service, staff.name, keep, required=False)


@post(f"{REDACTIONS}/preview", status_code=200, tags=["staff"], opt=ROLE)
async def preview(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Wish], service: GivenService
) -> Preview:
    """What a decision would change, counted, before it is taken: one at a time for each person."""
    try:
        return await service.findings.previewing.of(staff, case_id, data)
    except TooManyPreviews as error:
        said = "a preview of yours, or as many as may, run just now"
        raise HTTPException(said, status_code=429, headers={"retry-after": str(WAIT_SECONDS)}) from error


@delete(f"{REDACTIONS}/{{redaction_id:uuid}}", status_code=204, tags=["staff"], opt=ROLE)
async def undo(
    staff: GivenStaff, case_id: FromPath[UUID], redaction_id: FromPath[UUID], service: GivenService
) -> None:
    """Take a decision back; it stays on record."""
    await service.findings.redacting.undo(staff, case_id, redaction_id)


HANDLERS = [list_redactions, redact, preview, undo]
