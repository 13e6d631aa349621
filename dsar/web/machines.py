"""For machines: health, readiness, metrics, where to report a weakness; and the stylesheet."""

from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException

from dsar.outbound import LocalOutbox, Mail
from dsar.store import health, shipped, steps
from dsar.telemetry import exposition, show_systems
from dsar.web.given import GivenPages, GivenService

LOOPBACK = {"127.0.0.1", "::1"}


@get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", include_in_schema=False)
async def readyz(service: GivenService) -> dict[str, Any]:
    """The database answers too."""
    async with service.db.read() as connection:
        backlog = await steps.backlog(connection, service.now())
    return {
        "ready": True,
        "steps": {"ready": backlog.ready, "running": backlog.running, "manual": backlog.manual},
    }


@get("/metrics", media_type="text/plain; version=0.0.4", include_in_schema=False)
async def metrics(service: GivenService) -> bytes:
    """Figures for Prometheus; no label holds personal data. Without a database the systems' stay as they were."""
    with suppress(Exception):
        async with service.db.read() as connection:
            shown = await health.shown(connection, service.now())
        show_systems(
            (one.key, one.answers, one.circuit_opened_at is not None, one.drifted)
            for one in shown
            if one.enabled
        )
    return exposition()


@get("/.well-known/security.txt", media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def security_txt(service: GivenService) -> str:
    """Where to report a weakness, RFC 9116."""
    expires = (service.now() + timedelta(days=180)).astimezone(UTC)
    contact = service.profile.profile.operator.contact
    reached = f"mailto:{contact}" if contact else service.settings.public_url
    return f"Contact: {reached}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"


@get("/openapi.json", sync_to_thread=False, include_in_schema=False)
def openapi_json(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The description of the API, OpenAPI 3.1."""
    return request.app.openapi_schema.to_schema()


@get("/site.css", media_type="text/css", sync_to_thread=False, include_in_schema=False)
def site_css() -> Response[str]:
    """The stylesheet."""
    text = (shipped("templates") / "pages" / "site.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={"cache-control": "max-age=3600"})


@get("/outbox", include_in_schema=False)
async def outbox(request: Request[Any, Any, Any], service: GivenService, pages: GivenPages) -> Response[str]:
    """What would have left, in the trying-out mode and on this machine alone."""
    client = request.client.host if request.client else ""
    if not service.settings.local_outbox or client not in LOOPBACK:
        raise NotFoundException
    zone = ZoneInfo(service.profile.profile.operator.timezone)
    folder = LocalOutbox.at(service.settings.local_outbox)
    shown = [
        {
            "kind": "mail" if isinstance(message, Mail) else "sms",
            "to": message.to,
            "subject": message.subject if isinstance(message, Mail) else None,
            "text": message.text,
            "at": service.now().fromtimestamp(message.at, zone),
        }
        for message in folder.messages()
    ]
    text = pages.render("outbox", "/outbox", messages=shown)
    return Response(text, media_type=MediaType.HTML)


HANDLERS = [healthz, readyz, metrics, security_txt, openapi_json, site_css, outbox]
