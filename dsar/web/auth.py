"""Who calls: a staff member's or a controller's key. Keys are 256 random bits and only their digest is kept.

The guards look before anything of the call is read, so that who has no good key learns nothing of what it is for.
"""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler

from dsar.domain.controllers import ControllerActor, KeyScope
from dsar.engine import Service
from dsar.review import Actor
from dsar.store import credentials
from dsar.store.credentials import Caller
from dsar.vault.keys import token_digest
from dsar.web.limits import allow

KEY_LENGTH_MAX = 200
ADMINISTRATOR = "administrator"
# Who may look into what was found, decide what of it leaves, and listen to it: the most sensitive look there is.
REVIEWERS = ("reviewer", ADMINISTRATOR)
_STATE = "caller"

Connection = ASGIConnection[Any, Any, Any, Any]


async def holds_a_staff_key(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let staff in. The route's `opt["role"]`, if it has any, says which role or roles alone may do that."""
    caller = await _caller(connection)
    if caller.kind != "staff":
        raise PermissionDeniedException("this key is not a staff member's")
    _check_role(caller, handler.opt.get("role"))


async def needs_role(request: Request[Any, Any, Any], *roles: str) -> None:
    """Refuse staff whose role is none of these, where the body asks for more than the route's own."""
    _check_role(await _caller(request), roles)


def _check_role(caller: Caller, roles: str | tuple[str, ...] | None) -> None:
    wanted = (roles,) if isinstance(roles, str) else roles
    if wanted is not None and caller.staff_role not in wanted:
        raise PermissionDeniedException(f"this is for staff with the role {' or '.join(wanted)}")


async def holds_a_controllers_key(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let a controller in. The route's `opt["scope"]` says what the key must be allowed to do."""
    caller = await _caller(connection)
    if caller.kind != "controller":
        raise PermissionDeniedException("this key is not a controller's")
    if connection.scope.get("method") != "OPTIONS":  # the framework's own answer, which names methods alone
        _check(caller, handler.opt["scope"])


async def needs(request: Request[Any, Any, Any], *scopes: KeyScope) -> None:
    """Refuse a key that lacks what the body asks for beyond the route's own scope: it lends nobody what it has not."""
    caller = await _caller(request)
    for scope in scopes:
        _check(caller, scope)


def _check(caller: Caller, scope: KeyScope) -> None:
    if scope.value not in caller.scopes:
        raise PermissionDeniedException(f"this key lacks the scope {scope.value}")


async def provide_staff(request: Request[Any, Any, Any]) -> Actor:
    """The staff member whose key this is."""
    await holds_a_staff_key(request, request.route_handler)
    caller = await _caller(request)
    assert caller.staff_id is not None
    return Actor(caller.staff_id)


async def provide_controller(request: Request[Any, Any, Any]) -> ControllerActor:
    """The controller whose key this is."""
    await holds_a_controllers_key(request, request.route_handler)
    caller = await _caller(request)
    assert caller.controller_id is not None
    return ControllerActor(caller.controller_id, f"key:{caller.credential_id}")


async def _caller(connection: Connection) -> Caller:
    """Whose key it is: looked up and counted once a call, however many ask."""
    state = connection.scope["state"]
    if _STATE not in state:
        state[_STATE] = await _looked_up(connection)
    found: Caller = state[_STATE]
    return found


async def _looked_up(connection: Connection) -> Caller:
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotAuthorizedException("no key was sent")
    service: Service = connection.app.state.service
    now = service.now()
    caller = None
    if len(key) <= KEY_LENGTH_MAX:
        async with service.db.read() as database:
            caller = await credentials.caller(database, token_digest(key.strip()), now)
    if caller is None:
        raise NotAuthorizedException("the key is unknown, expired or revoked")
    allow(connection.scope, caller, service.settings.calls_per_minute, now)
    return caller
