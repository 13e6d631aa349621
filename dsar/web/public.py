"""What a person uses: form, proof page, status. Works without JavaScript; a GET spends nothing."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from dsar.domain.case import State
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import IdentityKind
from dsar.engine import Service
from dsar.intake import RawSubmission, read
from dsar.store import cases, requests
from dsar.web.given import GivenPages, GivenService
from dsar.web.pages import EMPTY, Pages
from dsar.web.wording import RIGHTS, STATES

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def page(text: str, status: int = 200) -> Response[str]:
    """A page."""
    return Response(text, status_code=status, media_type=MediaType.HTML)


@get("/", sync_to_thread=False)
def form(pages: GivenPages) -> Response[str]:
    """The form."""
    return page(pages.form())


@post("/requests", status_code=303)
async def submit(data: Form, service: GivenService, pages: GivenPages) -> Response[Any]:
    """Take a request: the same answer whether the person is known or not, for nothing is looked up yet."""
    values = _values(data)
    pages = pages.speaking(values["language"])
    try:
        raw = msgspec.convert(values, RawSubmission)
        submission = read(raw, service.profile.profile, service.now(), channel="form")
    except InvalidInput as error:
        return page(pages.form(values, error), 422)
    filed = await service.desk.take(submission)
    return Redirect(pages.to(f"/verify/{filed.request.reference}"), status_code=303)


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed; a field sent twice where one is meant counts once, an unknown one not at all."""
    values: dict[str, Any] = {}
    for field, empty in EMPTY.items():
        given = data.get(field, empty)
        if isinstance(empty, list):
            values[field] = [str(v) for v in given] if isinstance(given, list) else [str(given)]
        else:
            values[field] = str(given[0] if isinstance(given, list) else given)
    return values


@get("/requests/{reference:str}")
async def status(reference: FromPath[str], service: GivenService, pages: GivenPages) -> Response[str]:
    """Where a request stands; nothing personal."""
    async with service.db.read() as connection:
        request = await requests.by_reference(connection, reference)
        rows = await cases.states_of_request(connection, reference)
    waiting = _awaits_proof(rows)
    proven = waiting and all(one.proven for one in await service.proving.overview(reference))
    # Every code was typed, and the right needs more: what is waited for is staff's check, not the person.
    checked = {State.AWAITING_IDENTITY: State.IN_REVIEW} if proven else {}
    pages = pages.speaking(request.language)
    shown = [
        {
            "right_label": pages.say(RIGHTS[row["right"]][0]),
            "state_label": pages.say(STATES[checked.get(State(row["state"]), State(row["state"]))]),
            "due_date": row["due_date"],
            "closed": row["state"] == "closed",
            "ours": row["role"] == "controller",
        }
        for row in rows
    ]
    text = pages.render(
        "status",
        f"/requests/{reference}",
        reference=reference,
        received=request.received_at,
        cases=shown,
        awaiting_proof=waiting and not proven,
    )
    return page(text)


async def _verify_page(
    service: Service,
    pages: Pages,
    reference: str,
    error: tuple[str, InvalidInput] | None = None,
    sent: str | None = None,
) -> Response[str]:
    """`error` says beside which form what was wrong: that of a kind of identity, or `continue`."""
    async with service.db.read() as connection:
        request = await requests.by_reference(connection, reference)
        rows = await cases.states_of_request(connection, reference)
    to_prove = await service.proving.overview(reference)
    all_proven = bool(to_prove) and all(one.proven for one in to_prove)
    pages = pages.speaking(request.language)
    errors = {error[0]: next(iter(pages.by_field(error[1]).values()))} if error else {}
    text = pages.render(
        "verify",
        f"/verify/{reference}",
        reference=reference,
        to_prove=[{"kind": one.kind.value, "masked": one.masked, "proven": one.proven} for one in to_prove],
        errors=errors,
        sent=sent,
        all_proven=all_proven,
        staff_checks=all_proven and _awaits_proof(rows),
        new_addresses=await service.readdressing.awaited(reference),
    )
    return page(text, 422 if error else 200)


def _awaits_proof(rows: list[dict[str, Any]]) -> bool:
    return any(row["state"] == State.AWAITING_IDENTITY.value for row in rows)


@get("/verify/{reference:str}")
async def verify(reference: FromPath[str], service: GivenService, pages: GivenPages) -> Response[str]:
    """The page on which a code is typed."""
    return await _verify_page(service, pages, reference)


@post("/verify/{reference:str}", status_code=303)
async def prove(
    reference: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """A typed code."""
    kind = _kind(data)
    try:
        await service.proving.prove(reference, kind, str(data.get("code", ""))[:20])
    except InvalidInput as error:
        return await _verify_page(service, pages, reference, (kind.value, error))
    return Redirect(pages.to(f"/verify/{reference}"), status_code=303)


@post("/verify/{reference:str}/send", status_code=200)
async def send_again(
    reference: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """A new code."""
    kind = _kind(data)
    try:
        await service.proving.send_again(reference, kind)
    except InvalidInput as error:
        return await _verify_page(service, pages, reference, (kind.value, error))
    return await _verify_page(service, pages, reference, sent=kind.value)


@post("/verify/{reference:str}/continue", status_code=303)
async def go_on(reference: FromPath[str], service: GivenService, pages: GivenPages) -> Response[Any]:
    """Go on with what is proven."""
    try:
        await service.proving.go_on(reference)
    except InvalidInput as error:
        return await _verify_page(service, pages, reference, ("continue", error))
    return Redirect(pages.to(f"/requests/{reference}"), status_code=303)


@post("/verify/{reference:str}/address", status_code=303)
async def prove_address(
    reference: FromPath[str], data: Form, service: GivenService, pages: GivenPages
) -> Response[Any]:
    """A typed code of a new address: the answer goes there."""
    try:
        await service.readdressing.prove(reference, str(data.get("code", ""))[:20])
    except InvalidInput as error:
        return await _verify_page(service, pages, reference, ("address", error))
    return Redirect(pages.to(f"/requests/{reference}"), status_code=303)


@post("/verify/{reference:str}/address/send", status_code=200)
async def send_address_code(
    reference: FromPath[str], service: GivenService, pages: GivenPages
) -> Response[Any]:
    """A new code to the new address."""
    try:
        await service.readdressing.send_again(reference)
    except InvalidInput as error:
        return await _verify_page(service, pages, reference, ("address", error))
    return await _verify_page(service, pages, reference, sent="address")


def _kind(data: Mapping[str, Any]) -> IdentityKind:
    given = str(data.get("kind", ""))
    if given not in {IdentityKind.EMAIL.value, IdentityKind.PHONE.value}:
        raise InvalidInput(FieldError("kind", "is neither email nor phone.", "Use the page as it is."))
    return IdentityKind(given)


HANDLERS = [form, submit, status, verify, prove, send_again, go_on, prove_address, send_address_code]
