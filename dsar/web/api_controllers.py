"""Customer-controllers, for administrators: `/api/v1/controllers`."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from dsar.routing import ControllerChange, NewController, Onboarded
from dsar.store import Connection, controllers, credentials, endpoints, members
from dsar.store.controllers import ControllerRow
from dsar.web.auth import ADMINISTRATOR
from dsar.web.given import GivenService, GivenStaff
from dsar.web.once import REQUIRED, once

PAGE_SIZE_MAX = 200
ROLE = {"role": ADMINISTRATOR}


class ControllerPage(Struct, frozen=True):
    """A page of controllers, the oldest first; `next` is the cursor of the following one."""

    controllers: list[ControllerRow]
    next: str | None


class ControllerDetail(Struct, frozen=True):
    """A controller with how it is reached: its endpoint (`none`, `on` or `off`), how many people and keys it has."""

    controller: ControllerRow
    endpoint: str
    members: int
    keys: int


@get("/api/v1/controllers", tags=["staff"], opt=ROLE)
async def list_controllers(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    service: GivenService,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> ControllerPage:
    """The customer-controllers."""
    async with service.db.read() as connection:
        rows = await controllers.page(connection, after, limit)
    return ControllerPage(rows, str(rows[-1].id) if len(rows) == limit else None)


@post("/api/v1/controllers", tags=["staff"], opt={**ROLE, "once": REQUIRED})
async def add_controller(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    data: JSONBody[NewController],
    service: GivenService,
) -> Response[Onboarded]:
    """Add a controller with its first key and its webhook's secret, which are shown once."""
    row = await service.onboarding.read(data)

    async def work(tx: Connection) -> Onboarded:
        return await service.onboarding.add(tx, row, data)

    return await once(request, service, staff.name, work)


@get("/api/v1/controllers/{controller_id:uuid}", tags=["staff"], opt=ROLE)
async def one_controller(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    controller_id: FromPath[UUID],
    service: GivenService,
) -> ControllerDetail:
    """One controller, and how it is reached."""
    async with service.db.read() as connection:
        row = await controllers.one(connection, controller_id)
        endpoint = await endpoints.one(connection, controller_id)
        people = await members.of_controller(connection, controller_id)
        keys = await credentials.of_controller(connection, controller_id)
    state = "none" if endpoint is None else "off" if endpoint.disabled_at else "on"
    return ControllerDetail(row, state, len(people), sum(key.good(service.now()) for key in keys))


@patch("/api/v1/controllers/{controller_id:uuid}", tags=["staff"], opt=ROLE)
async def change_controller(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    controller_id: FromPath[UUID],
    data: JSONBody[ControllerChange],
    service: GivenService,
) -> ControllerRow:
    """Change a controller's names, numbers, contact, or its rule for callers. What is not named stays."""
    return await service.onboarding.change(controller_id, data)


HANDLERS = [list_controllers, add_controller, one_controller, change_controller]
