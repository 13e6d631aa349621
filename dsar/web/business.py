"""The page of a business without developers: its door, and the list of its callers' requests.

Works without JavaScript; a GET spends nothing.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from dsar.domain.errors import InvalidInput
from dsar.engine import Service
from dsar.store import visits
from dsar.store.visits import GuestRow
from dsar.web.business_host import host
from dsar.web.business_view import line
from dsar.web.given import GivenPages, GivenService
from dsar.web.pages import Pages
from dsar.web.public import Form, page
from dsar.web.visiting import COOKIE, PATH, typed, visitor, welcome

PAGE_SIZE = 50


@get("/business")
async def door(
    request: Request[Any, Any, Any],
    service: GivenService,
    pages: GivenPages,
    after: FromQuery[UUID | None] = None,
    before: FromQuery[UUID | None] = None,
) -> Response[str]:
    """The list for who is signed in; for anybody else the way to a link."""
    guest = await visitor(request)
    if guest is None:
        return page(_sign_in(pages))
    return page(await _list(service, pages.speaking(guest.language), guest, after, before))


def _sign_in(pages: Pages, address: str = "", error: InvalidInput | None = None) -> str:
    errors = pages.by_field(error) if error else {}
    return pages.render("business_sign_in", PATH, typed=address, errors=errors, asked=False)


async def _list(
    service: Service, pages: Pages, guest: GuestRow, after: UUID | None, before: UUID | None
) -> str:
    async with service.db.as_controller(guest.controller_id) as connection:
        waiting = await visits.open_cases(connection, guest.controller_id, after, PAGE_SIZE)
        ended = await visits.ended_cases(connection, guest.controller_id, before, PAGE_SIZE)
        shown = await host(connection, service.vault, guest)
    return pages.render(
        "business_list",
        PATH,
        host=shown,
        waiting=[line(pages, row) for row in waiting],
        ended=[line(pages, row) for row in ended],
        after=waiting[-1].id if len(waiting) == PAGE_SIZE else None,
        before=ended[-1].id if len(ended) == PAGE_SIZE else None,
        first=after is None and before is None,
    )


@post("/business/sign-in", status_code=200)
async def ask_for_link(data: Form, service: GivenService, pages: GivenPages) -> Response[str]:
    """Take an address: the same answer whether anybody has it or not, before anybody looks."""
    address = typed(data, "email")
    try:
        service.signing_in.ask(address)
    except InvalidInput as error:
        return page(_sign_in(pages, address, error), 422)
    return page(pages.render("business_sign_in", PATH, typed="", errors={}, asked=True))


@get("/business/sign-in/{token:str}")
async def look_at_link(token: FromPath[str], service: GivenService, pages: GivenPages) -> Response[str]:
    """What a link leads to: one button."""
    return await _link_page(token, service, pages)


async def _link_page(token: str, service: Service, pages: Pages, *, sent: bool = False) -> Response[str]:
    link = await service.signing_in.look(token)
    if link.language is not None:
        pages = pages.speaking(link.language)
    text = pages.render(
        "business_link",
        f"/business/sign-in/{token}",
        token=token,
        good=link.good,
        known=link.language is not None,
        sent=sent,
    )
    return page(text)


@post("/business/sign-in/{token:str}", status_code=303)
async def spend_link(token: FromPath[str], service: GivenService, pages: GivenPages) -> Response[Any]:
    """Spend a link: the visit begins."""
    entered = await service.signing_in.enter(token)
    if entered is None:
        return await _link_page(token, service, pages)
    to = f"/business/cases/{entered.case_id}" if entered.case_id else PATH
    answer = Redirect(pages.to(to), status_code=303)
    welcome(answer, entered.token, service)
    return answer


@post("/business/sign-in/{token:str}/fresh", status_code=200)
async def send_fresh_link(token: FromPath[str], service: GivenService, pages: GivenPages) -> Response[str]:
    """Another link, to the mailbox that this one went to and to no other."""
    await service.signing_in.send_afresh(token)
    return await _link_page(token, service, pages, sent=True)


@post("/business/sign-out", status_code=303)
async def sign_out(
    request: Request[Any, Any, Any], service: GivenService, pages: GivenPages
) -> Response[Any]:
    """End the visit, here and in the database."""
    await service.signing_in.leave(request.cookies.get(COOKIE, ""))
    answer = Redirect(pages.to(PATH), status_code=303)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


HANDLERS = [door, ask_for_link, look_at_link, spend_link, send_fresh_link, sign_out]
