"""A controller's keys: `/api/v1/controller/keys`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.routing import MadeKey, NewKey
from dsar.store import Connection
from dsar.store.credentials import KeyRow
from dsar.web.given import GivenController, GivenService
from dsar.web.once import REQUIRED, once

SCOPE = {"scope": KeyScope.MANAGE_KEYS}


class ShownKey(Struct, frozen=True):
    """A key as lists show it. `this` is the one that the call was made with."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    this: bool


class KeyList(Struct, frozen=True):
    """All keys that were not revoked."""

    keys: list[ShownKey]


def _shown(row: KeyRow, by: str) -> ShownKey:
    return ShownKey(
        id=row.id,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        this=by == f"key:{row.id}",
    )


@get("/api/v1/controller/keys", tags=["controller"], opt=SCOPE)
async def list_keys(controller: GivenController, service: GivenService) -> KeyList:
    """The controller's keys, with when each was last used."""
    return KeyList([_shown(row, controller.by) for row in await service.keys.all(controller.id)])


@post("/api/v1/controller/keys", tags=["controller"], opt={**SCOPE, "once": REQUIRED})
async def make_key(
    request: Request[Any, Any, Any],
    controller: GivenController,
    data: JSONBody[NewKey],
    service: GivenService,
) -> Response[MadeKey]:
    """Make a key, which is shown once. It can have only scopes that the key which makes it has."""

    async def work(tx: Connection) -> MadeKey:
        return await service.keys.add(tx, controller, data)

    # The key that asked owns the answer: another of the same controller may not do as much.
    return await once(request, service, controller.name, work)


@delete("/api/v1/controller/keys/{key_id:uuid}", tags=["controller"], opt=SCOPE)
async def revoke_key(controller: GivenController, key_id: FromPath[UUID], service: GivenService) -> None:
    """Revoke a key, for good."""
    await service.keys.revoke(controller.id, key_id)


HANDLERS = [list_keys, make_key, revoke_key]
