"""What would leave, and who approved exactly that."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from dsar.review.leaving import Release
from dsar.web.auth import REVIEWERS
from dsar.web.given import GivenService, GivenStaff


@get("/api/v1/cases/{case_id:uuid}/release", tags=["staff"], opt={"role": REVIEWERS})
async def one_release(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> Release:
    """What would leave, what stays out and why, and who has to approve it."""
    return await service.findings.leaving.shown(case_id)


HANDLERS = [one_release]
