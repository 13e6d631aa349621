"""The page of one request: the business reads it, says what to do, and downloads what we found."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, PathParameter
from litestar.response import Redirect, Stream

from dsar.delivery.streaming import TooManyAtOnce
from dsar.domain.case import State
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.routing import Instruction
from dsar.engine import Service
from dsar.routing import Instructed
from dsar.store.visits import GuestRow
from dsar.web.api_bundle import NUMBERS_MAX
from dsar.web.business_view import facts, read_case
from dsar.web.business_wording import NOT_WAITING
from dsar.web.given import GivenGuest, GivenPages, GivenService
from dsar.web.pages import Pages
from dsar.web.public import Form, page
from dsar.web.ranges import served, too_many, wanted
from dsar.web.visiting import typed

FIELDS = ("instruction", "answer_to", "ground")


@get("/business/cases/{case_id:uuid}")
async def look_at_case(
    guest: GivenGuest, case_id: FromPath[UUID], service: GivenService, pages: GivenPages
) -> Response[str]:
    """One request."""
    return await _case_page(service, pages, guest, case_id)


async def _case_page(
    service: Service,
    pages: Pages,
    guest: GuestRow,
    case_id: UUID,
    *,
    filled: dict[str, str] | None = None,
    error: InvalidInput | None = None,
) -> Response[str]:
    """`filled` and `error` are those of a form that cannot be taken."""
    seen = await read_case(service, guest, case_id)
    pages = pages.speaking(guest.language)
    late = isinstance(error, NotNow) and seen.case.state is not State.AWAITING_CONTROLLER
    text = pages.render(
        "business_case",
        f"/business/cases/{case_id}",
        **facts(service, pages, seen),
        typed=filled or {},
        errors=pages.by_field(error) if error and not late else {},
        late=pages.say(NOT_WAITING) if late else "",
    )
    return page(text, 200 if error is None else 409 if isinstance(error, NotNow) else 422)


@post("/business/cases/{case_id:uuid}/instruction", status_code=303)
async def say_what_to_do(
    guest: GivenGuest, case_id: FromPath[UUID], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """The business's word. What cannot be undone is asked once more first."""
    filled = {field: typed(data, field) for field in FIELDS}
    try:
        said = _read(filled)
        if said.instruction is Instruction.FULFIL and typed(data, "sure") != "yes":
            asked = await _asked_once_more(service, pages, guest, case_id, filled)
            if asked is not None:
                return asked
        await service.instructing.instruct(guest.actor, case_id, said)
    except InvalidInput as error:
        return await _case_page(service, pages, guest, case_id, filled=filled, error=error)
    return Redirect(pages.to(f"/business/cases/{case_id}"), status_code=303)


async def _asked_once_more(
    service: Service, pages: Pages, guest: GuestRow, case_id: UUID, filled: dict[str, str]
) -> Response[str] | None:
    """The page that asks whether to erase for good; None for a case in which nothing is erased, or not now."""
    seen = await read_case(service, guest, case_id)
    if not seen.case.right.erases or seen.case.state is not State.AWAITING_CONTROLLER:
        return None
    pages = pages.speaking(guest.language)
    here = f"/business/cases/{case_id}"
    return page(pages.render("business_confirm", here, host=seen.host, case=seen.case, said=filled))


def _read(filled: dict[str, str]) -> Instructed:
    try:
        return msgspec.convert({name: value for name, value in filled.items() if value}, Instructed)
    except msgspec.ValidationError:
        raise InvalidInput(
            FieldError("instruction", "is none of the buttons.", "Use the page as it is.")
        ) from None


@get("/business/cases/{case_id:uuid}/bundle/{number:int}")
async def download(
    request: Request[Any, Any, Any],
    guest: GivenGuest,
    case_id: FromPath[UUID],
    number: Annotated[int, PathParameter(ge=1, le=NUMBERS_MAX)],
    service: GivenService,
) -> Stream:
    """A file with what we found, or one range of it."""
    archive = await service.downloading.of_controller(guest.actor, case_id, number)
    part = wanted(request.headers, archive.row)
    try:
        stream = await service.downloading.for_controller(guest.actor, archive, part)
    except TooManyAtOnce as error:
        raise too_many(error) from error
    return served(stream, archive, part)


HANDLERS = [look_at_case, say_what_to_do, download]
