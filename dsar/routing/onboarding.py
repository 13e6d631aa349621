"""A new customer-controller: whole or not at all, with its first key, its endpoint and its first member."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from dsar.domain.controllers import ALL_SCOPES
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.profile import LoadedProfile
from dsar.routing.endpoints import Endpoints, NewEndpoint
from dsar.routing.keys import DAYS, Days, Keys, NewKey
from dsar.routing.reading import Reading
from dsar.routing.team import NewMember, Team
from dsar.store import Connection, Database, controllers
from dsar.store.controllers import ControllerRow
from dsar.store.rows import new_id

FIRST_KEY = "first key"

Callers = Literal["forward", "refer"]
Padding = Literal["pkcs1v15", "pss"]


class NewController(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A controller as it is added. `tenant` is its key in the connected systems.

    `callers` is its own rule for a caller's request; None: as the profile says. `email` is where the person is sent to,
    and the first member of its team.
    """

    name: str
    tenant: str
    telephone_numbers: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    callers: Callers | None = None
    email: str = ""
    language: str = ""
    webhook: NewEndpoint | None = None
    key_days: Days = DAYS


class ControllerChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What changes of a controller; what is not named stays."""

    name: str | UnsetType = UNSET
    telephone_numbers: tuple[str, ...] | UnsetType = UNSET
    other_names: tuple[str, ...] | UnsetType = UNSET
    callers: Callers | UnsetType | None = UNSET
    contact_email: str | UnsetType | None = UNSET
    opendsr_padding: Padding | UnsetType = UNSET


class Onboarded(Struct, frozen=True):
    """What the controller is told, once."""

    id: UUID
    key: str
    webhook_secret: str | None


class Onboarding:
    """Adds controllers and changes them, by the operator's hand."""

    def __init__(
        self,
        db: Database,
        keys: Keys,
        team: Team,
        endpoints: Endpoints,
        profile: LoadedProfile,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._keys = keys
        self._team = team
        self._endpoints = endpoints
        self._region = profile.profile.operator.country
        self._now = now

    async def read(self, new: NewController) -> ControllerRow:
        """What is to be added, every address looked at; raises InvalidInput naming each field."""
        reading = Reading()
        row = ControllerRow(
            id=new_id(),
            name=reading.name("name", new.name),
            tenant=reading.name("tenant", new.tenant),
            telephone_numbers=reading.phones("telephone_numbers", new.telephone_numbers, self._region),
            other_names=reading.names("other_names", new.other_names),
            callers=new.callers,
            contact_email=reading.email("email", new.email) if new.email else None,
        )
        if new.webhook is not None:
            try:
                await self._endpoints.check(new.webhook.url, "webhook.url")
            except InvalidInput as error:
                reading.errors += error.errors
        reading.done()
        return row

    async def add(self, tx: Connection, row: ControllerRow, new: NewController) -> Onboarded:
        """Add what was read, with all that belongs to it."""
        if not await controllers.add(tx, row, self._now()):
            remedy = "Look the tenant's key up once more; each belongs to one controller."
            raise InvalidInput(FieldError("tenant", "belongs to another controller already.", remedy))
        made = await self._keys.grant(tx, row.id, NewKey(FIRST_KEY, ALL_SCOPES, new.key_days))
        if row.contact_email is not None:
            await self._team.add(tx, row.id, NewMember(row.name, row.contact_email, new.language))
        secret = await self._endpoints.place(tx, row.id, new.webhook) if new.webhook else None
        return Onboarded(row.id, made.key, secret)

    async def change(self, controller_id: UUID, change: ControllerChange) -> ControllerRow:
        """Change a controller; the tenant stays, for its cases and its data hang on it."""
        changes = self._read_change(change)
        async with self._db.write() as tx:
            await controllers.lock(tx, controller_id)
            row = msgspec.structs.replace(await controllers.one(tx, controller_id), **changes)
            await controllers.update(tx, row)
        return row

    def _read_change(self, change: ControllerChange) -> dict[str, object]:
        reading = Reading()
        given = {
            name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET
        }
        if "name" in given:
            given["name"] = reading.name("name", given["name"])
        if "telephone_numbers" in given:
            given["telephone_numbers"] = reading.phones(
                "telephone_numbers", given["telephone_numbers"], self._region
            )
        if "other_names" in given:
            given["other_names"] = reading.names("other_names", given["other_names"])
        if given.get("contact_email") is not None:
            given["contact_email"] = reading.email("contact_email", given["contact_email"])
        reading.done()
        return given
