"""The page on which a person has their copy sent straight to another provider. Behind the code, and in POSTs alone."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from dsar.delivery.transferring import GONE, Shown
from dsar.domain.errors import InvalidInput
from dsar.domain.links import LinkEnded, NotGranted
from dsar.domain.transferring import TransferState
from dsar.engine import Service
from dsar.web.downloads import GRANT_COOKIE, Asking
from dsar.web.given import GivenPages, GivenService
from dsar.web.pages import Pages
from dsar.web.public import Form, page

FIELD_LENGTH_MAX = 4096
PATH = "/download/{token:str}/transfer"


async def _page(
    request: Asking,
    token: str,
    service: Service,
    pages: Pages,
    error: InvalidInput | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    try:
        shown = await service.transferring.shown(token, _grant(request))
    except (LinkEnded, NotGranted):
        return _to_the_code(token, pages)
    offered = await service.fetching.offered(token)
    pages = pages.speaking(offered.language)
    text = pages.render(
        "transfer",
        f"/download/{token}/transfer",
        token=token,
        newest=_said(shown[0]) if shown else None,
        archives=[archive.number for archive in offered.archives],
        typed=typed or {"url": "", "reference": ""},
        errors=pages.by_field(error) if error else {},
    )
    return page(text, 422 if error else 200)


def _said(one: Shown) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "state": one.state.value,
        "host": one.host,
        "receiver": one.receiver,
        "reason": one.reason.value if one.reason else None,
        "ended": one.state not in {TransferState.ACCEPTED, TransferState.CONFIRMED},
    }


def _to_the_code(token: str, pages: Pages) -> Response[Any]:
    """The quarter of an hour is over: the page before it says how to go on."""
    return Redirect(pages.to(f"/download/{token}"), status_code=303)


def _grant(request: Asking) -> str:
    grant = request.cookies.get(GRANT_COOKIE)
    if grant is None:
        raise NotGranted
    return grant


@get(PATH)
async def transfer(
    request: Asking, token: FromPath[str], service: GivenService, pages: GivenPages
) -> Response[Any]:
    """Where it stands, and the form."""
    return await _page(request, token, service, pages)


@post(PATH, status_code=303)
async def offer(
    request: Asking, token: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """Ask the provider that the person names; nothing of theirs leaves yet."""
    typed = {field: str(data.get(field, ""))[:FIELD_LENGTH_MAX] for field in ("url", "reference")}
    try:
        await service.transferring.offer(token, _grant(request), **typed, number=_number(data))
    except (LinkEnded, NotGranted):
        return _to_the_code(token, pages)
    except InvalidInput as error:
        return await _page(request, token, service, pages, error, typed)
    return Redirect(pages.to(f"/download/{token}/transfer"), status_code=303)


@post(PATH + "/confirm", status_code=303)
async def confirm(
    request: Asking, token: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """The person has seen who it is."""
    try:
        await service.transferring.confirm(token, _grant(request), _id(data))
    except (LinkEnded, NotGranted):
        return _to_the_code(token, pages)
    except InvalidInput as error:
        return await _page(request, token, service, pages, error)
    return Redirect(pages.to(f"/download/{token}/transfer"), status_code=303)


def _id(data: dict[str, Any]) -> UUID:
    """Exactly the one that was shown: another may have been offered in another window since."""
    try:
        return UUID(str(data.get("transfer", "")))
    except ValueError as error:
        raise InvalidInput(GONE) from error


def _number(data: dict[str, Any]) -> int:
    text = str(data.get("number", "1"))[:4]
    return int(text) if text.isascii() and text.isdigit() else 1


HANDLERS = [transfer, offer, confirm]
