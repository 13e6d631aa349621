"""A controller's standing instructions: what is always done with requests for a right, until it says otherwise."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.domain.standing import Standing
from dsar.routing import NewStanding
from dsar.store import Connection
from dsar.web.given import GivenController, GivenService
from dsar.web.once import REQUIRED, once


class StandingList(Struct, frozen=True):
    """Those in force first, then those that were withdrawn: they are kept."""

    standing_instructions: list[Standing]


@get("/api/v1/controller/standing-instructions", tags=["controller"], opt={"scope": KeyScope.READ_CASES})
async def list_standing(controller: GivenController, service: GivenService) -> StandingList:
    """The standing instructions, with who gave each and when."""
    return StandingList(await service.standings.of_controller(controller))


@post(
    "/api/v1/controller/standing-instructions",
    status_code=201,
    tags=["controller"],
    opt={"scope": KeyScope.INSTRUCT, "once": REQUIRED},
)
async def give_standing(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewStanding],
    service: GivenService,
) -> Response[Standing]:
    """Give a standing instruction, GDPR 28(3)(a). Cases that wait already are not touched by it."""

    async def give(tx: Connection) -> Standing:
        return await service.standings.give(tx, controller, data)

    return await once(request, service, f"controller:{controller.id}", give)


@delete(
    "/api/v1/controller/standing-instructions/{standing_id:uuid}",
    status_code=200,
    tags=["controller"],
    opt={"scope": KeyScope.INSTRUCT},
)
async def withdraw_standing(
    controller: GivenController, standing_id: FromPath[UUID], service: GivenService
) -> Standing:
    """Withdraw a standing instruction; what it began goes on."""
    return await service.standings.withdraw(controller, standing_id)


HANDLERS = [list_standing, give_standing, withdraw_standing]
