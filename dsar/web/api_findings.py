"""What was found, paged straight from sealed segments: for reviewers, and each look is an entry in the history."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from dsar.domain.withholding import Certainty
from dsar.review.browsing import PAGE_SIZE_MAX, Page, Query, Wanted
from dsar.review.counting import Summary
from dsar.web.auth import REVIEWERS
from dsar.web.given import GivenService, GivenStaff

ROLE = {"role": REVIEWERS}
FINDINGS = "/api/v1/cases/{case_id:uuid}/findings"


class Search(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for: `q` is found in any text or number, whatever its case. All that is set must fit."""

    q: Query
    system: str | None = None
    category: str | None = None
    collection: str | None = None
    match: Literal["sure", "unsure"] | None = None
    withheld: bool | None = None
    certainty: Certainty | None = None
    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_SIZE_MAX)] = 50


@get(FINDINGS, tags=["staff"], opt=ROLE)
async def list_findings(
    staff: GivenStaff,
    case_id: FromPath[UUID],
    service: GivenService,
    system: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
    collection: FromQuery[str | None] = None,
    match: FromQuery[Literal["sure", "unsure"] | None] = None,
    withheld: FromQuery[bool | None] = None,
    certainty: FromQuery[Certainty | None] = None,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> Page:
    """What was found, with what of it would not leave."""
    wanted = Wanted(
        system=system,
        category=category,
        collection=collection,
        match=match,
        withheld=withheld,
        certainty=certainty,
    )
    return await service.findings.browsing.page(staff, case_id, wanted, after, limit)


@post(f"{FINDINGS}/search", status_code=200, tags=["staff"], opt=ROLE)
async def search_findings(
    staff: GivenStaff, case_id: FromPath[UUID], data: JSONBody[Search], service: GivenService
) -> Page:
    """Search within what was found; what is looked for is personal data, and stands in no address."""
    wanted = Wanted(
        system=data.system,
        category=data.category,
        collection=data.collection,
        match=data.match,
        withheld=data.withheld,
        certainty=data.certainty,
        q=data.q,
    )
    return await service.findings.browsing.page(staff, case_id, wanted, data.after, data.limit)


@get(f"{FINDINGS}/summary", tags=["staff"], opt=ROLE)
async def sum_findings(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> Summary:
    """How much was found, and how much of it would not leave."""
    return await service.findings.leaving.summary(case_id)


HANDLERS = [list_findings, search_findings, sum_findings]
