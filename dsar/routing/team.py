"""A controller's people: they get its mail and may sign in to its page. Names and addresses are sealed."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.identity import IdentityKind
from dsar.domain.profile import LoadedProfile
from dsar.routing.reading import Reading
from dsar.store import Connection, Database, controllers, members
from dsar.store.members import EMAIL_PURPOSE, NAME_PURPOSE, MemberRow
from dsar.store.rows import new_id
from dsar.vault import Vault

TEAM_MAX = 100


class NewMember(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who joins. `language` is one that the operator offers; empty: its first."""

    name: str
    email: str
    language: str = ""


class Member(Struct, frozen=True):
    """One of a controller's people, in the clear."""

    id: UUID
    name: str
    email: str
    language: str
    created_at: datetime


class Team:
    """Who belongs to a controller."""

    def __init__(
        self, db: Database, vault: Vault, profile: LoadedProfile, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._vault = vault
        self._languages = profile.profile.operator.languages
        self._now = now

    async def all(self, controller_id: UUID) -> list[Member]:
        """Everybody, in the order they joined."""
        async with self._db.as_controller(controller_id) as connection:
            rows = await members.of_controller(connection, controller_id)
        return [self.opened(row) for row in rows]

    async def add(self, tx: Connection, controller_id: UUID, new: NewMember) -> Member:
        """Let somebody join; raises InvalidInput naming each field."""
        row = self._read(controller_id, new)
        await controllers.lock(tx, controller_id)
        if len(await members.of_controller(tx, controller_id)) >= TEAM_MAX:
            remedy = "Remove who no longer works for you; there may be {limit}."
            raise InvalidInput(FieldError("email", "is one too many.", remedy, limit=TEAM_MAX))
        if not await members.add(tx, row):
            raise InvalidInput(
                FieldError("email", "belongs to the team already.", "Remove that member first, or leave it.")
            )
        return self.opened(row)

    async def remove(self, controller_id: UUID, member_id: UUID) -> None:
        """Let somebody go: whoever is signed in is out, and links that lie in a mailbox open nothing."""
        async with self._db.write() as tx:
            row = await members.one(tx, member_id)
            if row.controller_id != controller_id:
                raise NotFound("no such member")
            await members.remove(tx, member_id, self._now())

    def opened(self, row: MemberRow) -> Member:
        """A row in the clear."""
        return Member(
            id=row.id,
            name=self._vault.open(row.sealed_name, NAME_PURPOSE).decode(),
            email=self._vault.open(row.sealed_email, EMAIL_PURPOSE).decode(),
            language=row.language,
            created_at=row.created_at,
        )

    def _read(self, controller_id: UUID, new: NewMember) -> MemberRow:
        reading = Reading()
        name, email = reading.name("name", new.name), reading.email("email", new.email)
        if new.language and new.language not in self._languages:
            there = ", ".join(self._languages)
            reading.note("language", "is not one we write in.", "Choose one of {there}.", there=there)
        reading.done()
        return MemberRow(
            id=new_id(),
            controller_id=controller_id,
            sealed_email=self._vault.seal(email.encode(), EMAIL_PURPOSE),
            blind_index=self._vault.blind_index(IdentityKind.EMAIL.value, email),
            sealed_name=self._vault.seal(name.encode(), NAME_PURPOSE),
            language=new.language or self._languages[0],
            created_at=self._now(),
        )
