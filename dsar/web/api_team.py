"""A controller's people: `/api/v1/controller/team`."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.routing import Member, NewMember
from dsar.store import Connection
from dsar.web.auth import needs
from dsar.web.given import GivenController, GivenService
from dsar.web.once import REQUIRED, once

SCOPE = {"scope": KeyScope.MANAGE_TEAM}
ON_THE_PAGE = (KeyScope.READ_CASES, KeyScope.INSTRUCT, KeyScope.READ_BUNDLES)


class TeamList(Struct, frozen=True):
    """Everybody who gets the controller's mail."""

    members: list[Member]


@get("/api/v1/controller/team", tags=["controller"], opt=SCOPE)
async def list_team(controller: GivenController, service: GivenService) -> TeamList:
    """The controller's people, who get its mail and may sign in to its page."""
    return TeamList(await service.team.all(controller.id))


@post("/api/v1/controller/team", tags=["controller"], opt={**SCOPE, "once": REQUIRED})
async def add_member(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewMember],
    service: GivenService,
) -> Response[Member]:
    """Let somebody join. The key must have what the page lets a member do."""
    await needs(request, *ON_THE_PAGE)

    async def work(tx: Connection) -> Member:
        return await service.team.add(tx, controller.id, data)

    return await once(request, service, controller.name, work)


@delete("/api/v1/controller/team/{member_id:uuid}", tags=["controller"], opt=SCOPE)
async def remove_member(
    controller: GivenController, member_id: FromPath[UUID], service: GivenService
) -> None:
    """Let somebody go: whoever is signed in is out at once, and links that were mailed open nothing."""
    await service.team.remove(controller.id, member_id)


HANDLERS = [list_team, add_member, remove_member]
