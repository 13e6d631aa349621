"""The page behind the link to an answer, and its files. A GET spends nothing but what a right code has opened.

Mail scanners follow links: without the cookie that a code brings, no address here changes anything by a GET. With it
the file is fetched by GET, for that is what browsers and download programs know how to go on with.
"""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, get, head, post
from litestar.params import FromPath, PathParameter
from litestar.response import Stream

from dsar.delivery.fetching import Offered, OfferedArchive
from dsar.delivery.streaming import TooManyAtOnce
from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.links import GRANT_LIFETIME, Ending, LinkEnded, NoneLeft, NotGranted
from dsar.domain.profile import said
from dsar.domain.rights import Right
from dsar.engine import Service
from dsar.render import blocks
from dsar.web.api_bundle import NUMBERS_MAX
from dsar.web.given import GivenPages, GivenService
from dsar.web.pages import Pages
from dsar.web.problems import wants_page
from dsar.web.public import Form, page
from dsar.web.ranges import described, served, too_many, wanted
from dsar.web.wording import RIGHTS

GRANT_COOKIE = "dsar_grant"
OVER = InvalidInput(
    FieldError(
        "code",
        "opens the file for fifteen minutes, and they are over.",
        "Get a new code: what you have is kept.",
    )
)

Asking = Request[Any, Any, Any]
Number = Annotated[int, PathParameter(ge=1, le=NUMBERS_MAX)]


async def _page(
    request: Asking,
    token: str,
    service: Service,
    pages: Pages,
    *,
    error: InvalidInput | None = None,
    code_sent: bool = False,
    grant: str | None = None,
    status: int | None = None,
) -> Response[str]:
    try:
        offered = await service.fetching.offered(token)
    except LinkEnded as ended:
        return ended_page(token, pages, ended)
    pages = pages.speaking(offered.language)
    letter = await _letter(service, token, grant or request.cookies.get(GRANT_COOKIE))
    text = pages.render(
        "download",
        f"/download/{token}",
        token=token,
        offered=_shown(service, pages, offered),
        code_sent=code_sent,
        errors=pages.by_field(error) if error else {},
        letter=letter,
    )
    return page(text, status or (422 if error else 200))


def ended_page(token: str, pages: Pages, ended: LinkEnded, *, asked: bool = False) -> Response[str]:
    """To who holds a link that was good once: how it ended and what to do, and nothing of what it led to."""
    pages = pages.speaking(ended.language)
    text = pages.render(
        "download_ended",
        f"/download/{token}",
        token=token,
        ending=ended.ending.value,
        may_ask=ended.ending is Ending.EXPIRED,
        asked=asked,
    )
    return page(text, 200 if asked else 410)


def _shown(service: Service, pages: Pages, offered: Offered) -> dict[str, Any]:
    return {
        "reference": offered.reference,
        "right_label": pages.say(RIGHTS[offered.right.value][0]),
        "has_bundle": offered.has_bundle,
        "archives": [_archive(service, pages, offered, one) for one in offered.archives],
        "expires": offered.expires_at,
        "sent_to": offered.sent_to,
        "downloads_left": offered.downloads_left,
        "language": offered.language,
        # GDPR 20(2): from one controller to another; a business's data is not ours to send on
        "portable": offered.right is Right.PORTABILITY and offered.ours and offered.has_bundle,
    }


def _archive(service: Service, pages: Pages, offered: Offered, one: OfferedArchive) -> dict[str, Any]:
    """One file, with what is inside in the reader's language."""
    titles = service.profile.profile.categories
    named = {
        key: said(titles[key].title, pages.language) if key in titles else key.replace("_", " ")
        for key in one.inside.categories
    }
    return {
        "number": one.number,
        "bytes": one.bytes,
        "made": one.made_at,
        "open": one.open,
        "held": [{"title": named[key], "items": items} for key, items in one.inside.categories.items()],
        "calls": one.inside.calls,
        "recordings": one.inside.recordings,
        "withheld": one.inside.withheld,
        "gaps": [offered.system_titles.get(key, key.replace("_", " ")) for key in one.inside.gaps],
    }


async def _letter(service: Service, token: str, grant: str | None) -> dict[str, Any] | None:
    if grant is None:
        return None
    try:
        found = await service.fetching.letter(token, grant)
    except NotFound:
        return None
    return {"subject": found.subject, "blocks": blocks(found.text)}


@get("/download/{token:str}")
async def download(
    request: Asking, token: FromPath[str], service: GivenService, pages: GivenPages
) -> Response[str]:
    """What a link leads to."""
    return await _page(request, token, service, pages)


@post("/download/{token:str}/send", status_code=200)
async def send_download_code(
    request: Asking, token: FromPath[str], service: GivenService, pages: GivenPages
) -> Response[str]:
    """A fresh code to the proven channel."""
    try:
        await service.fetching.send_code(token)
    except InvalidInput as error:
        return await _page(request, token, service, pages, error=error)
    except LinkEnded as ended:
        return ended_page(token, pages, ended)
    return await _page(request, token, service, pages, code_sent=True)


@post("/download/{token:str}", status_code=200)
async def open_download(
    request: Asking, token: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """A right code opens the link for a quarter of an hour."""
    try:
        grant = await service.fetching.open_with_code(token, str(data.get("code", ""))[:20])
    except InvalidInput as error:
        return await _page(request, token, service, pages, error=error, code_sent=True)
    except LinkEnded as ended:
        return ended_page(token, pages, ended)
    answer = await _page(request, token, service, pages, grant=grant)
    answer.set_cookie(
        GRANT_COOKIE,
        grant,
        max_age=int(GRANT_LIFETIME.total_seconds()),
        path=f"/download/{quote(token, safe='')}",
        httponly=True,
        samesite="strict",
        secure=service.settings.public_url.startswith("https://"),
    )
    return answer


@post("/download/{token:str}/again", status_code=200)
async def ask_again(token: FromPath[str], service: GivenService, pages: GivenPages) -> Response[str]:
    """A new link to the address that a dead one went to; the page says the same whether one was made or not."""
    ended = await service.reissuing.ended(token)
    await service.reissuing.ask_again(token)
    return ended_page(token, pages, ended, asked=True)


@get("/download/{token:str}/bundle/{number:int}")
async def bundle(
    request: Asking, token: FromPath[str], number: Number, service: GivenService, pages: GivenPages
) -> Stream | Response[str]:
    """An archive, or one range of it, opened as it streams."""
    try:
        grant = _grant(request)
        archive = await service.downloading.of_link(token, grant, number)
        part = wanted(request.headers, archive.row)
        return served(await service.downloading.for_person(token, grant, number, part), archive, part)
    except TooManyAtOnce as error:
        raise too_many(error) from error
    except (LinkEnded, NotGranted, NoneLeft) as refused:
        if not wants_page(request):
            raise
        over = OVER if isinstance(refused, NotGranted) else None
        return await _page(request, token, service, pages, error=over, status=403)


@head("/download/{token:str}/bundle/{number:int}")
async def bundle_head(
    request: Asking, token: FromPath[str], number: Number, service: GivenService
) -> Response[None]:
    """How large an archive is and which one, for a program that fetches it in parts."""
    return described(await service.downloading.of_link(token, _grant(request), number))


def _grant(request: Asking) -> str:
    grant = request.cookies.get(GRANT_COOKIE)
    if grant is None:
        raise NotGranted
    return grant


HANDLERS = [download, send_download_code, open_download, ask_again, bundle, bundle_head]
