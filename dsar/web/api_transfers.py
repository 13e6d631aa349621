"""Answers that go straight to another controller, GDPR 20(2): `/api/v1/cases/{id}/transfers`."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from dsar.delivery.transferring import Listed
from dsar.web.given import GivenService, GivenStaff


@get("/api/v1/cases/{case_id:uuid}/transfers", tags=["staff"])
async def list_transfers(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> list[Listed]:
    """What a person had sent to another provider; the host but for its end stays the person's."""
    return await service.transferring.of_case(case_id)


@post("/api/v1/cases/{case_id:uuid}/transfers/{transfer_id:uuid}/cancel", status_code=204, tags=["staff"])
async def cancel_transfer(
    staff: GivenStaff, case_id: FromPath[UUID], transfer_id: FromPath[UUID], service: GivenService
) -> None:
    """Call one back that has not left yet."""
    await service.transferring.cancel(staff.name, case_id, transfer_id)


HANDLERS = [list_transfers, cancel_transfer]
