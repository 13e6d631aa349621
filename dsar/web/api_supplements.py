"""What an answer lacks, seen to by staff: `/api/v1/cases/{id}/leave-open`."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath

from dsar.web.given import GivenService, GivenStaff


@post("/api/v1/cases/{case_id:uuid}/leave-open", status_code=204, tags=["staff"])
async def leave_open(staff: GivenStaff, case_id: FromPath[UUID], service: GivenService) -> None:
    """Answer without the systems that are still searched; what they hold follows in a supplement."""
    await service.supplementing.leave_open(staff, case_id)


HANDLERS = [leave_open]
