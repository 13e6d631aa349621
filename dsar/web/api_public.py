"""The public API: one request as JSON."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import JSONBody
from msgspec import Struct

from dsar.intake import Filed, RawSubmission, read
from dsar.web.given import GivenService
from dsar.web.once import TAKEN, file_once


class Accepted(Struct, frozen=True):
    """The same for everybody, known or not. The codes go to the addresses given."""

    reference: str
    verify_url: str
    status_url: str


@post("/api/v1/requests", status_code=202, tags=["public"], opt={"once": TAKEN})
async def create_request(
    request: Request[Any, Any, Any], data: JSONBody[RawSubmission], service: GivenService
) -> Response[Accepted]:
    """Take a request. Nothing is searched, released or erased before a code proves an address."""
    submission = read(data, service.profile.profile, service.now(), channel="api")
    base = service.settings.public_url

    def answer(filed: Filed) -> Accepted:
        reference = filed.request.reference
        return Accepted(reference, f"{base}/verify/{reference}", f"{base}/requests/{reference}")

    return await file_once(request, service, "public", submission, answer, status=202)


HANDLERS = [create_request]
