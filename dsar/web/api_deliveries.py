"""What was sent to a controller's endpoint: `/api/v1/controller/deliveries`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.store import webhooks
from dsar.store.webhooks import WebhookRow
from dsar.web.given import GivenController, GivenService

PAGE_SIZE_MAX = 100
SCOPE = {"scope": KeyScope.MANAGE_ENDPOINT}


class DeliveryPage(Struct, frozen=True):
    """A page of messages, the newest first; `next` is the cursor of the following one."""

    deliveries: list[WebhookRow]
    next: str | None


class Since(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on messages go out again."""

    since: datetime


class Replayed(Struct, frozen=True):
    """How many messages go out again."""

    replayed: int


@get("/api/v1/controller/deliveries", tags=["controller"], opt=SCOPE)
async def list_deliveries(
    controller: GivenController,
    service: GivenService,
    before: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> DeliveryPage:
    """What was sent to the endpoint, with every attempt."""
    async with service.db.as_controller(controller.id) as connection:
        rows = await webhooks.page(connection, controller.id, before, limit)
    return DeliveryPage(rows, str(rows[-1].id) if len(rows) == limit else None)


@post(
    "/api/v1/controller/deliveries/{message_id:uuid}/replay",
    status_code=202,
    tags=["controller"],
    opt=SCOPE,
)
async def replay_one(
    controller: GivenController, message_id: FromPath[UUID], service: GivenService
) -> Replayed:
    """Send one message again, under its id."""
    await service.replaying.one(controller.id, message_id)
    return Replayed(1)


@post("/api/v1/controller/deliveries/replay", status_code=202, tags=["controller"], opt=SCOPE)
async def replay_since(controller: GivenController, data: JSONBody[Since], service: GivenService) -> Replayed:
    """Send everything again that was made since then, each message under its id."""
    return Replayed(await service.replaying.since(controller.id, data.since))


HANDLERS = [list_deliveries, replay_one, replay_since]
