"""Who visits the businesses' page: a cookie, and the guard that no other site acts in a visitor's name."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.response import Redirect

from dsar.engine import Service
from dsar.routing.signing_in import VISIT_LIFETIME
from dsar.store.visits import GuestRow
from dsar.web.pages import Pages

COOKIE = "dsar_visit"
PATH = "/business"
TOKEN_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 10_000


class NotSignedIn(Exception):
    """Nobody is signed in: the cookie is missing, over, or a removed member's."""


class FromElsewhere(Exception):
    """A form that another site sent."""


async def visitor(request: Request[Any, Any, Any]) -> GuestRow | None:
    """Who is signed in, if anybody is."""
    token = request.cookies.get(COOKIE, "")
    if not token or len(token) > TOKEN_LENGTH_MAX:
        return None
    service: Service = request.app.state.service
    return await service.signing_in.guest(token)


async def provide_guest(request: Request[Any, Any, Any]) -> GuestRow:
    """Who is signed in; raises NotSignedIn."""
    guest = await visitor(request)
    if guest is None:
        raise NotSignedIn
    return guest


def typed(data: Mapping[str, Any], field: str) -> str:
    """What a form's field holds; one sent twice counts once."""
    given = data.get(field, "")
    return str(given[0] if isinstance(given, list) and given else given)[:TEXT_LENGTH_MAX]


def welcome(answer: Response[Any], token: str, service: Service) -> None:
    """Give the visit's token to the browser, for our own pages of this path alone."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(VISIT_LIFETIME.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=service.settings.public_url.startswith("https://"),
    )


async def sent_from_here(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a POST that a browser says another site made.

    The cookie is of this site alone already; this guards what needs none, such as spending somebody's link. A page
    without a referrer has the origin `null`, so the newer header counts where both are sent.
    """
    if connection.scope.get("method") == "POST" and not _own(connection):
        raise FromElsewhere


def _own(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        return site in {"same-origin", "none"}
    if origin is None or origin == "null":
        return True
    service: Service = connection.app.state.service
    ours = {urlsplit(service.settings.public_url).netloc, connection.headers.get("host", "")}
    try:
        return urlsplit(origin).netloc in ours
    except ValueError:  # no browser writes such a one
        return False


def on_not_signed_in(request: Request[Any, Any, Any], _: NotSignedIn) -> Response[Any]:
    """To the door."""
    pages: Pages = request.app.state.pages.asked_by(request)
    return Redirect(pages.to(PATH), status_code=303)


def on_from_elsewhere(request: Request[Any, Any, Any], _: FromElsewhere) -> Response[Any]:
    """Say that nothing was done."""
    pages: Pages = request.app.state.pages.asked_by(request)
    text = pages.render("business_elsewhere", PATH)
    return Response(text, status_code=403, media_type="text/html")
