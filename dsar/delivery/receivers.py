"""Who gets a message, in which language, and what its letter is told beside the case."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.delivery.on_behalf import on_behalf
from dsar.domain.case import Case
from dsar.domain.profile import LoadedProfile
from dsar.settings import Settings
from dsar.store import Database, controllers, identities, members, parties, visits
from dsar.store.members import EMAIL_PURPOSE
from dsar.store.outbox import Message
from dsar.vault import Vault
from dsar.vault.keys import new_token, token_digest

LINK_LIFETIME = timedelta(days=7)
DAYS = ("new_date", "lifted_on", "asked_on", "due_date", "date")  # facts that a letter writes as days


class Receiver(Struct, frozen=True):
    """Whom a message goes to; `inside` is what its letter needs, opened, with days as days again."""

    to: str
    language: str
    inside: dict[str, Any]


class Receivers:
    """Finds a message's receiver: the person, one of a controller's people, or staff."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._settings = settings
        self._now = now

    async def of(self, message: Message, case: Case) -> Receiver | None:
        """The receiver; None where there is nobody, or nobody any more."""
        if message.to_staff:
            return await self._staff(message, case)
        if message.member_id is not None:
            return await self._member(message, case, message.member_id)
        return await self._person(message, case)

    async def _staff(self, message: Message, case: Case) -> Receiver | None:
        """The case's own staff member, else the mailbox that the profile names."""
        profile = self._profile.profile
        to = await self._assignee(case) or profile.alarms.mail or profile.operator.contact
        return Receiver(to, profile.operator.languages[0], _with_days(message.facts)) if to else None

    async def _assignee(self, case: Case) -> str | None:
        if case.assignee is None:
            return None
        async with self._db.read() as connection:
            return await parties.staff_email(connection, case.assignee)

    async def _person(self, message: Message, case: Case) -> Receiver | None:
        assert message.identity_id is not None
        if case.wrapped_key is None:
            return None  # the closing came first: where it was to go went with the case's key
        async with self._db.read() as connection:
            row = await identities.one(connection, message.identity_id)
            business = await on_behalf(connection, case)
        key = self._vault.case_key(case.wrapped_key)
        sealed = msgspec.json.decode(key.open(message.sealed, "notice")) if message.sealed else {}
        inside = _with_days({"on_behalf": business, **message.facts, **sealed})
        return Receiver(key.open(row.sealed, "identity").decode(), case.language, inside)

    async def _member(self, message: Message, case: Case, member_id: UUID) -> Receiver | None:
        """With a link made for this try: its digest is kept before the mail leaves, the token itself nowhere."""
        now = self._now()
        until = now + LINK_LIFETIME
        token = new_token()
        # To the list, or to the case that the mail is about.
        case_id = None if message.facts.get("page") == "list" else case.id
        async with self._db.write() as tx:
            if not await visits.hold(tx, member_id):
                return None
            member = await members.one(tx, member_id)
            business = await controllers.one(tx, member.controller_id)
            await visits.add_link(tx, token_digest(token), member_id, case_id, now, until)
        link = f"{self._settings.public_url}/business/sign-in/{token}"
        inside = {**message.facts, "link": link, "until": until, "business": business.name}
        to = self._vault.open(member.sealed_email, EMAIL_PURPOSE).decode()
        return Receiver(to, member.language, _with_days(inside))


def _with_days(inside: dict[str, Any]) -> dict[str, Any]:
    return inside | {name: date.fromisoformat(inside[name]) for name in DAYS if inside.get(name)}
