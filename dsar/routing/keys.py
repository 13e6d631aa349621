"""A controller's keys: made with no more than their maker may do, shown once, ended for good."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from dsar.domain.controllers import ControllerActor, KeyScope
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.routing.reading import Reading
from dsar.store import Connection, Database, controllers, credentials
from dsar.store.credentials import KeyRow
from dsar.vault.keys import new_token, token_digest

KEYS_MAX = 50
DAYS_MAX = 3 * 366
DAYS = 365
PREFIX = "dsar_controller_"

Days = Annotated[int, Meta(ge=1, le=DAYS_MAX)]


class NewKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A key as it is asked for. It opens nothing after `days`."""

    name: str
    scopes: tuple[KeyScope, ...]
    days: Days = DAYS


class MadeKey(Struct, frozen=True):
    """A new key. `key` is shown this once and kept nowhere."""

    id: UUID
    name: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime
    key: str


class Keys:
    """Makes keys and ends them."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def all(self, controller_id: UUID) -> list[KeyRow]:
        """Those that were not revoked, expired ones too."""
        async with self._db.as_controller(controller_id) as connection:
            return await credentials.of_controller(connection, controller_id)

    async def add(self, tx: Connection, actor: ControllerActor, new: NewKey) -> MadeKey:
        """Make a key for whoever holds another; raises InvalidInput naming each field."""
        rows = await self._held(tx, actor.id)
        own = next((row for row in rows if actor.by == f"key:{row.id}" and row.good(self._now())), None)
        return await self._add(tx, actor.id, new, rows, own.scopes if own else ())

    async def grant(self, tx: Connection, controller_id: UUID, new: NewKey) -> MadeKey:
        """Make a key by the operator's hand: with any scope."""
        rows = await self._held(tx, controller_id)
        return await self._add(tx, controller_id, new, rows, tuple(KeyScope))

    async def _held(self, tx: Connection, controller_id: UUID) -> list[KeyRow]:
        await controllers.lock(tx, controller_id)
        return await credentials.of_controller(tx, controller_id)

    async def _add(
        self, tx: Connection, controller_id: UUID, new: NewKey, rows: list[KeyRow], granted: Collection[str]
    ) -> MadeKey:
        now = self._now()
        scopes = tuple(dict.fromkeys(new.scopes))
        name = _checked(new.name, scopes, granted)
        if len(rows) >= KEYS_MAX:
            remedy = "Revoke those that nobody uses; there may be {limit}."
            raise InvalidInput(FieldError("name", "would be one key too many.", remedy, limit=KEYS_MAX))
        key, expires_at = new_token(PREFIX), now + timedelta(days=new.days)
        digest = token_digest(key)
        key_id = await credentials.add(
            tx, digest, name, now, controller_id=controller_id, scopes=scopes, expires_at=expires_at
        )
        return MadeKey(key_id, name, scopes, expires_at, key)

    async def revoke(self, controller_id: UUID, key_id: UUID) -> None:
        """End a key; raises NotNow where nobody could make another afterwards."""
        now = self._now()
        async with self._db.write() as tx:
            rows = await self._held(tx, controller_id)
            found = next((row for row in rows if row.id == key_id), None)
            if found is None:
                raise NotFound("no such key")
            if _manages(found, now) and not any(_manages(row, now) for row in rows if row.id != key_id):
                raise NotNow(
                    "id",
                    "is the last key with the scope keys:manage.",
                    "Make another one with that scope first; or have the operator end this one.",
                )
            await credentials.revoke(tx, key_id, now)

    async def end(self, controller_id: UUID, key_id: UUID) -> None:
        """End a key by the operator's hand, the last one too."""
        async with self._db.write() as tx:
            if key_id not in {row.id for row in await self._held(tx, controller_id)}:
                raise NotFound("no such key")
            await credentials.revoke(tx, key_id, self._now())


def _manages(row: KeyRow, now: datetime) -> bool:
    return row.good(now) and KeyScope.MANAGE_KEYS in row.scopes


def _checked(name: str, scopes: tuple[KeyScope, ...], granted: Collection[str]) -> str:
    reading = Reading()
    text = reading.name("name", name)
    if not scopes:
        reading.note("scopes", "is empty.", "Name what the key may do; docs/controllers.md lists the scopes.")
    beyond = [scope.value for scope in scopes if scope.value not in granted]
    if beyond:
        remedy = "Leave out {beyond}, or use a key that has it."
        reading.note("scopes", "holds more than your own key may do.", remedy, beyond=", ".join(beyond))
    reading.done()
    return text
