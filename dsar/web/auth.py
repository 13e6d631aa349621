"""Who calls: a staff member's or a controller's key. Keys are 256 random bits and only their digest is kept."""

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException

from dsar.engine import Service
from dsar.review import Actor
from dsar.store import parties
from dsar.store.parties import Caller
from dsar.vault.keys import token_digest


async def provide_staff(request: Request[Any, Any, Any]) -> Actor:
    """The staff member whose key this is."""
    caller = await _caller(request)
    if caller.kind != "staff" or caller.staff_id is None:
        raise PermissionDeniedException("this key is not a staff member's")
    return Actor(caller.staff_id)


async def provide_controller(request: Request[Any, Any, Any]) -> UUID:
    """The controller whose key this is."""
    caller = await _caller(request)
    if caller.kind != "controller" or caller.controller_id is None:
        raise PermissionDeniedException("this key is not a controller's")
    return caller.controller_id


async def _caller(request: Request[Any, Any, Any]) -> Caller:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotAuthorizedException("no key was sent")
    service: Service = request.app.state.service
    async with service.db.read() as connection:
        caller = await parties.caller(connection, token_digest(key.strip()), service.now())
    if caller is None:
        raise NotAuthorizedException("the key is unknown, expired or revoked")
    return caller
