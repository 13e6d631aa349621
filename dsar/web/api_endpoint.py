"""A controller's endpoint: `/api/v1/controller/endpoint`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.engine import Service
from dsar.routing import NewEndpoint
from dsar.store import webhooks
from dsar.store.endpoints import EndpointRow
from dsar.store.webhooks import AttemptRow
from dsar.web.auth import needs
from dsar.web.given import GivenController, GivenService

SCOPE = {"scope": KeyScope.MANAGE_ENDPOINT}
FULL = "full"


class ShownEndpoint(Struct, frozen=True):
    """Where webhooks go. While `state` is `off` the team gets mail instead; `disabled_for` says why.

    `secret` is shown once, when the first address is set.
    """

    url: str
    payload: str
    state: Literal["on", "off"]
    disabled_at: datetime | None
    disabled_for: str | None
    old_secret_until: datetime | None
    attempts: list[AttemptRow]
    secret: str | None = None


class Rotated(Struct, frozen=True):
    """The new secret, shown once. Until `old_secret_until` every message bears both signatures."""

    secret: str
    old_secret_until: datetime | None


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    """`immediately`: the old secret signs no more, for it is known to somebody."""

    immediately: bool = False


class Pinged(Struct, frozen=True):
    """What the one attempt met. Without an answer `status` is null and `error` names the class of failure."""

    arrived: bool
    status: int | None
    error: str | None
    seconds: float
    response: str


FIRST = ResponseSpec(
    ShownEndpoint, description="Set for the first time, with its secret", generate_examples=False
)


async def _shown(
    service: Service, controller_id: UUID, row: EndpointRow, secret: str | None = None
) -> ShownEndpoint:
    async with service.db.as_controller(controller_id) as connection:
        attempts = await webhooks.last_attempts(connection, controller_id)
    lasts = row.old_secret_until is not None and row.old_secret_until > service.now()
    return ShownEndpoint(
        url=row.url,
        payload=row.payload,
        state="off" if row.disabled_at else "on",
        disabled_at=row.disabled_at,
        disabled_for=row.disabled_for,
        old_secret_until=row.old_secret_until if lasts else None,
        attempts=attempts,
        secret=secret,
    )


@get("/api/v1/controller/endpoint", tags=["controller"], opt=SCOPE)
async def show_endpoint(controller: GivenController, service: GivenService) -> ShownEndpoint:
    """The endpoint, whether it is on, and its last attempts."""
    return await _shown(service, controller.id, await service.endpoints.one(controller.id))


@put("/api/v1/controller/endpoint", tags=["controller"], opt=SCOPE, responses={201: FIRST})
async def put_endpoint(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewEndpoint],
    service: GivenService,
) -> Response[ShownEndpoint]:
    """Set where webhooks go, and switch it on. The first time, 201 with the secret; later the secret stays.

    The full payload says who asks, so the key must be one that may read cases.
    """
    if data.payload == FULL:
        await needs(request, KeyScope.READ_CASES)
    secret = await service.endpoints.put(controller.id, data)
    row = await service.endpoints.one(controller.id)
    return Response(await _shown(service, controller.id, row, secret), status_code=201 if secret else 200)


@delete("/api/v1/controller/endpoint", tags=["controller"], opt=SCOPE)
async def remove_endpoint(controller: GivenController, service: GivenService) -> None:
    """Forget the endpoint and its secret: what comes goes to the team by mail."""
    await service.endpoints.remove(controller.id)


@post("/api/v1/controller/endpoint/secret", status_code=200, tags=["controller"], opt=SCOPE)
async def rotate_secret(
    controller: GivenController, data: JSONBody[Rotation], service: GivenService
) -> Rotated:
    """Make another secret; for a day the old one signs too, so that nothing is lost on the way."""
    return Rotated(*await service.endpoints.rotate(controller.id, immediately=data.immediately))


@post("/api/v1/controller/endpoint/enable", status_code=200, tags=["controller"], opt=SCOPE)
async def enable_endpoint(controller: GivenController, service: GivenService) -> ShownEndpoint:
    """Switch the endpoint on again; what waits goes there."""
    return await _shown(service, controller.id, await service.endpoints.switch(controller.id, on=True))


@post("/api/v1/controller/endpoint/disable", status_code=200, tags=["controller"], opt=SCOPE)
async def disable_endpoint(controller: GivenController, service: GivenService) -> ShownEndpoint:
    """Switch the endpoint off: the team gets mail until it is on again."""
    return await _shown(service, controller.id, await service.endpoints.switch(controller.id, on=False))


@post("/api/v1/controller/endpoint/ping", status_code=200, tags=["controller"], opt=SCOPE)
async def ping_endpoint(
    controller: GivenController,
    service: GivenService,
) -> Pinged:
    """Send one signed `ping` now, and say what came of it."""
    met = await service.endpoints.ping(controller.id)
    text = (met.response or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Pinged(met.ok, met.status, met.error, round(met.seconds, 3), text)


HANDLERS = [
    show_endpoint,
    put_endpoint,
    remove_endpoint,
    rotate_secret,
    enable_endpoint,
    disable_endpoint,
    ping_endpoint,
]
