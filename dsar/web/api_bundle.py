"""A controller fetches the archive of a case that was fulfilled: whole, or on from where a download broke off."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, head
from litestar.params import FromPath
from litestar.response import Stream

from dsar.domain.controllers import KeyScope
from dsar.web.given import GivenController, GivenService
from dsar.web.public import archive_headers
from dsar.web.ranges import headers_of, served, wanted

PATH = "/api/v1/controller/cases/{case_id:uuid}/bundle"


@get(PATH, tags=["controller"], opt={"scope": KeyScope.READ_BUNDLES})
async def bundle(
    request: Request[Any, Any, Any],
    controller: GivenController,
    case_id: FromPath[UUID],
    service: GivenService,
) -> Stream:
    """The archive, or one range of it."""
    found, _ = await service.fetching.bundle_of(controller, case_id)
    part = wanted(request.headers, found)
    found, reference, stream = await service.fetching.bundle_for_controller(controller, case_id, part)
    return served(stream, reference, found, part)


@head(PATH, tags=["controller"], opt={"scope": KeyScope.READ_BUNDLES})
async def bundle_head(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService
) -> Response[None]:
    """How large the archive is and which one; nothing is downloaded."""
    found, reference = await service.fetching.bundle_of(controller, case_id)
    headers = archive_headers(reference, found.bytes) | headers_of(found, None)
    return Response(None, headers=headers | {"content-type": "application/zip"})


HANDLERS = [bundle, bundle_head]
