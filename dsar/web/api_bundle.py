"""A controller fetches the archives of a case that was fulfilled: whole, or on from where a download broke off."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, head
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from dsar.delivery.streaming import TooManyAtOnce
from dsar.domain.controllers import KeyScope
from dsar.domain.inside import Inside
from dsar.web.given import GivenController, GivenService
from dsar.web.ranges import described, served, too_many, wanted

CASE = "/api/v1/controller/cases/{case_id:uuid}"
NUMBERS_MAX = 1000

Number = Annotated[
    int,
    QueryParameter(
        ge=1, le=NUMBERS_MAX, description="Which archive: 1 is the answer, further ones supplement it."
    ),
]


class ListedBundle(Struct, frozen=True):
    """One archive that can be fetched: 1 is the answer, each further one a supplement to it."""

    number: int
    bytes: int
    sha256: str
    made_at: datetime
    expires_at: datetime
    inside: Inside


@get(f"{CASE}/bundles", tags=["controller"], opt={"scope": KeyScope.READ_BUNDLES})
async def bundles(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService
) -> list[ListedBundle]:
    """The archives of a case, with what each holds in counts."""
    found = await service.downloading.all_of_controller(controller, case_id)
    return [
        ListedBundle(row.number, row.bytes, row.sha256.hex(), row.created_at, row.expires_at, row.counted)
        for row in found
    ]


@get(f"{CASE}/bundle", tags=["controller"], opt={"scope": KeyScope.READ_BUNDLES})
async def bundle(
    request: Request[Any, Any, Any],
    controller: GivenController,
    case_id: FromPath[UUID],
    service: GivenService,
    number: Number = 1,
) -> Stream:
    """The archive, or one range of it."""
    archive = await service.downloading.of_controller(controller, case_id, number)
    part = wanted(request.headers, archive.row)
    try:
        stream = await service.downloading.for_controller(controller, archive, part)
    except TooManyAtOnce as error:
        raise too_many(error) from error
    return served(stream, archive, part)


@head(f"{CASE}/bundle", tags=["controller"], opt={"scope": KeyScope.READ_BUNDLES})
async def bundle_head(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService, number: Number = 1
) -> Response[None]:
    """How large the archive is and which one; nothing is downloaded."""
    return described(await service.downloading.of_controller(controller, case_id, number))


HANDLERS = [bundles, bundle, bundle_head]
