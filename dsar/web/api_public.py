"""The public API: one request as JSON."""

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from dsar.intake import RawSubmission, read
from dsar.web.given import GivenService


class Accepted(Struct, frozen=True):
    """The same for everybody, known or not. The codes go to the addresses given."""

    reference: str
    verify_url: str
    status_url: str


@post("/api/v1/requests", status_code=202, tags=["public"])
async def create_request(data: JSONBody[RawSubmission], service: GivenService) -> Accepted:
    """Take a request. Nothing is searched, released or erased before a code proves an address."""
    submission = read(data, service.profile.profile, service.now(), channel="api")
    filed = await service.desk.take(submission)
    base, reference = service.settings.public_url, filed.request.reference
    return Accepted(reference, f"{base}/verify/{reference}", f"{base}/requests/{reference}")


HANDLERS = [create_request]
