"""The links to a case's answer: who used them, ended by staff, made anew, and sent to another address."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.delivery.readdressing import NewAddress
from dsar.delivery.reissuing import ShownLink
from dsar.store import Connection
from dsar.web.auth import REVIEWERS
from dsar.web.given import GivenService, GivenStaff
from dsar.web.once import TAKEN, once

LINKS = "/api/v1/cases/{case_id:uuid}/links"


class Links(Struct, frozen=True):
    """Every link that the case had, the oldest first."""

    links: list[ShownLink]


class NewLink(Struct, frozen=True, forbid_unknown_fields=True):
    """To which proven identity of the case; none: its e-mail address, else its telephone."""

    identity: UUID | None = None


class Made(Struct, frozen=True):
    """The new link; its address stands in the message to the person and nowhere else."""

    id: UUID


class AddressSet(Struct, frozen=True):
    """The address by its identity: it waits for its code."""

    identity: UUID


@get(LINKS, tags=["staff"])
async def list_links(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> Links:
    """The links to a case's answer, each with its accesses."""
    return Links(await service.reissuing.links(case_id))


@post(LINKS, status_code=201, tags=["staff"], opt={"once": TAKEN})
async def make_link(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    case_id: FromPath[UUID],
    data: JSONBody[NewLink],
    service: GivenService,
) -> Response[Made]:
    """Make a new link and end the others; a mail without content brings it to the person."""

    async def work(tx: Connection) -> Made:
        return Made(await service.reissuing.make(tx, staff.name, case_id, data.identity))

    answer = await once(request, service, staff.name, work, required=False)
    service.reissuing.made()
    return answer


@post(f"{LINKS}/{{link_id:uuid}}/revoke", status_code=204, tags=["staff"])
async def revoke_link(
    staff: GivenStaff, case_id: FromPath[UUID], link_id: FromPath[UUID], service: GivenService
) -> None:
    """End a link at once, and the download that runs over it."""
    await service.reissuing.revoke(staff.name, case_id, link_id)


@post(
    "/api/v1/cases/{case_id:uuid}/address",
    status_code=201,
    tags=["staff"],
    opt={"once": TAKEN, "role": REVIEWERS},
)
async def set_address(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    case_id: FromPath[UUID],
    data: JSONBody[NewAddress],
    service: GivenService,
) -> Response[AddressSet]:
    """Have the answer go to another address; a link goes there once the person has proven it."""

    async def work(tx: Connection) -> AddressSet:
        return AddressSet(await service.readdressing.set(tx, staff.name, staff.id, case_id, data))

    answer = await once(request, service, staff.name, work, required=False)
    service.reissuing.made()
    return answer


HANDLERS = [list_links, make_link, revoke_link, set_address]
