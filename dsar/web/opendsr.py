"""OpenDSR 2.0 and OpenGDPR 1.0 beside it: a controller's program asks, looks and cancels in the protocol's words."""

import asyncio
import base64
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath

from dsar.domain import opendsr
from dsar.domain.controllers import KeyScope
from dsar.domain.errors import InvalidInput, NotFound
from dsar.domain.identity import ProofKind
from dsar.domain.opendsr import CALLBACKS, Asked, completion_time, rfc3339
from dsar.engine import Service
from dsar.intake import Details, Filed, Submission
from dsar.outbound import check_url
from dsar.store import Connection, controllers
from dsar.store.controllers import ControllerRow
from dsar.store.opendsr import OpendsrRow, TakenAlready
from dsar.web.given import GivenController, GivenService
from dsar.web.opendsr_signed import SCHEME, version_of

V2, V1 = "/opendsr/v2", "/opendsr/v1"
REQUESTS = [f"{V2}/requests", f"{V1}/opengdpr_requests"]
ONE_REQUEST = [f"{path}/{{asked_id:str}}" for path in REQUESTS]
STATUS = [f"{V2}/status/{{asked_id:str}}", f"{V1}/status/{{asked_id:str}}"]
SCOPE = {"scope": KeyScope.OPENDSR}

AnyRequest = Request[Any, Any, Any]


@post(REQUESTS, status_code=201, opt=SCOPE)
async def ask(request: AnyRequest, controller: GivenController, service: GivenService) -> Response[Any]:
    """File a request: the controller's instruction to us, GDPR 28(3)(a). The same body again is answered the same."""
    own = await _speaker(request, service, controller.id)
    body = await request.body()
    now = service.now()
    domain = service.processor.domain
    asked = opendsr.read(body, version_of(request.url.path), service.profile.profile, domain, now)
    row = await service.opendsr.earlier(controller, asked, body)
    if row is None:
        await _reachable(asked, service)
        row = await _file(service, controller, own, asked, body, now)
    return Response(_receipt(row, asked, body, service), status_code=201)


async def _speaker(request: AnyRequest, service: Service, controller_id: UUID) -> ControllerRow:
    """The controller; whatever it is answered from here on is signed as it chose."""
    async with service.db.as_controller(controller_id) as connection:
        own = await controllers.one(connection, controller_id)
    request.state[SCHEME] = own.opendsr_padding
    return own


async def _reachable(asked: Asked, service: Service) -> None:
    """Refuse callbacks that nothing would be sent to, all of them named at once."""
    settings = service.settings
    looks = (
        check_url(
            url,
            allow_loopback=settings.allow_http_to_loopback,
            allow=settings.outbound_allow,
            field=f"{CALLBACKS}[{number}]",
        )
        for number, url in enumerate(asked.callback_urls)
    )
    met = await asyncio.gather(*looks, return_exceptions=True)
    refused = [error for one in met if isinstance(one, InvalidInput) for error in one.errors]
    if refused:
        raise InvalidInput(*refused)
    for fault in met:
        if fault is not None:
            raise fault


async def _file(
    service: Service,
    controller: GivenController,
    own: ControllerRow,
    asked: Asked,
    body: bytes,
    now: datetime,
) -> OpendsrRow:
    submission = Submission(
        rights=(asked.right,),
        relations=(),
        claims=asked.claims,
        details=Details(message=opendsr.note(asked.hashed)),
        language=service.profile.profile.operator.languages[0],
        residence=asked.regulation.residence,
        channel="opendsr",
        received_at=now,
        actor=controller.name,
        proof=ProofKind.CONTROLLER,
        controller_id=controller.id,
        tenant=own.tenant,
    )

    async def also(tx: Connection, filed: Filed) -> None:
        await service.opendsr.keep(tx, controller, filed.cases[0].id, asked, body, now)

    with suppress(TakenAlready):  # by the same call, sent twice at once: what that filed is answered with
        await service.desk.take(submission, also)
    row = await service.opendsr.earlier(controller, asked, body)
    assert row is not None
    return row


def _receipt(row: OpendsrRow, asked: Asked, body: bytes, service: Service) -> dict[str, Any]:
    """The answer, with the body's own bytes. They are not kept here: the next time they come with the request."""
    receipt: dict[str, Any] = {
        "controller_id": str(row.controller_id),
        "expected_completion_time": completion_time(row.assist_due_date, service.processor.timezone),
        "received_time": rfc3339(row.received_time),
        "encoded_request": base64.b64encode(body).decode(),
        "subject_request_id": str(row.subject_request_id),
        "api_version": row.version.value,
    }
    ours: dict[str, Any] = {}
    if asked.ignored:
        ours["ignored_identities"] = list(asked.ignored)
    if asked.hashed:
        ours["searched_by_a_person"] = len(asked.hashed)
    return receipt | ({"extensions": {service.processor.domain: ours}} if ours else {})


@get([*ONE_REQUEST, *STATUS], opt=SCOPE)
async def show(
    request: AnyRequest, controller: GivenController, asked_id: FromPath[str], service: GivenService
) -> dict[str, Any]:
    """How a request stands."""
    await _speaker(request, service, controller.id)
    report = await service.opendsr.show(controller, _id(asked_id))
    spoken = msgspec.structs.replace(report, version=version_of(request.url.path))
    return opendsr.reported(spoken, service.processor)


@delete(ONE_REQUEST, status_code=202, opt=SCOPE)
async def cancel(
    request: AnyRequest, controller: GivenController, asked_id: FromPath[str], service: GivenService
) -> dict[str, Any]:
    """Take a request back while it is pending."""
    await _speaker(request, service, controller.id)
    heard = await service.opendsr.cancel(controller, _id(asked_id))
    return {
        "controller_id": str(controller.id),
        "subject_request_id": asked_id,
        "received_time": rfc3339(heard),
        "api_version": version_of(request.url.path).value,
    }


def _id(text: str) -> UUID:
    """As the controller made it; what is no such id was never filed."""
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound("no such request") from None
    if str(found) != text:
        raise NotFound("no such request")
    return found


HANDLERS = [ask, show, cancel]
