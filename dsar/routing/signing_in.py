"""Lets a controller's people in by a link that goes to their mailbox: spent once, by a press of a button.

No token stands anywhere at rest: the link's is made when its mail leaves, and of both only digests are kept.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Notice
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import IdentityKind, normalise
from dsar.store import Connection, Database, outbox, steps, visits
from dsar.store.visits import GuestRow, LinkRow
from dsar.telemetry import log
from dsar.vault import Vault
from dsar.vault.keys import new_token, token_digest

SIGN_IN = "business_sign_in"
VISIT_LIFETIME = timedelta(hours=12)
LINKS_AN_HOUR_MAX = 5
# Addresses that wait to be looked up: more at a time is nobody's sign-in.
ASKED_MAX = 200
HOUR = timedelta(hours=1)


class Link(Struct, frozen=True):
    """What a link is good for now. `language` is its member's; None: nobody's."""

    good: bool
    language: str | None


class Entered(Struct, frozen=True):
    """A visit that has just begun: its token goes into a cookie and nowhere else."""

    token: str
    case_id: UUID | None


class SigningIn:
    """Takes links, sends fresh ones, and knows who is signed in."""

    def __init__(
        self, db: Database, vault: Vault, now: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._db = db
        self._vault = vault
        self._now = now
        self._wake = wake
        self._asked: set[asyncio.Task[None]] = set()

    async def look(self, token: str) -> Link:
        """What a link leads to. Looking spends nothing: mail scanners follow links."""
        async with self._db.read() as connection:
            row = await visits.link(connection, token_digest(token))
        if row is None:
            return Link(good=False, language=None)
        return Link(good=row.used_at is None and row.expires_at > self._now(), language=row.language)

    async def enter(self, token: str) -> Entered | None:
        """Spend a link on a visit; None when it is used, has expired or never was one."""
        now = self._now()
        fresh = new_token()
        async with self._db.write() as tx:
            spent = await visits.spend(tx, token_digest(token), now)
            if spent is None:
                return None
            await visits.begin(tx, token_digest(fresh), spent.member_id, now, now + VISIT_LIFETIME)
        return Entered(fresh, spent.case_id)

    async def guest(self, token: str) -> GuestRow | None:
        """Who is signed in; a member who was removed is nobody at once."""
        async with self._db.read() as connection:
            return await visits.guest(connection, token_digest(token), self._now())

    async def leave(self, token: str) -> None:
        """End a visit."""
        async with self._db.write() as tx:
            await visits.leave(tx, token_digest(token), self._now())

    async def send_afresh(self, token: str) -> None:
        """Send another link for one that is over, to the mailbox that got it, whoever holds it now."""
        async with self._db.write() as tx:
            row = await visits.link(tx, token_digest(token))
            if row is not None:
                await self._mail(tx, row.member_id, await self._case_of(tx, row), page="case")
        self._wake()

    async def _case_of(self, tx: Connection, row: LinkRow) -> UUID | None:
        if row.case_id is not None and await visits.still_stands(tx, row.case_id):
            return row.case_id
        return await visits.newest_case(tx, row.controller_id)

    def ask(self, address: str) -> None:
        """Take an address that somebody typed. The answer leaves before anybody looks whose it is.

        So neither its words nor its time tell who is known here. A crash in between forgets the address; whoever
        waits in vain asks once more.
        """
        claim = normalise(IdentityKind.EMAIL, address, None)
        if len(self._asked) >= ASKED_MAX:
            raise InvalidInput(FieldError("email", "cannot be taken just now.", "Try again in a minute."))
        task = asyncio.create_task(self._look_up(self._vault.blind_index(claim.kind.value, claim.value)))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def settled(self) -> None:
        """Wait until every address taken so far was looked up."""
        await asyncio.gather(*self._asked)

    async def _look_up(self, blind_index: bytes) -> None:
        try:
            async with self._db.write() as tx:
                for member in await visits.askers(tx, blind_index):
                    case_id = await visits.newest_case(tx, member.controller_id)
                    await self._mail(tx, member.id, case_id, page="list")
        except Exception as error:  # noqa: BLE001 - nobody waits for it who could be told
            log.error("sign_in.not_looked_up", error=type(error).__name__)
        self._wake()

    async def _mail(self, tx: Connection, member_id: UUID, case_id: UUID | None, *, page: str) -> None:
        """A message hangs on a case; who has none has nothing to see either."""
        now = self._now()
        if case_id is None or not await visits.hold(tx, member_id):
            return
        if await visits.asked_since(tx, member_id, now - HOUR) >= LINKS_AN_HOUR_MAX:
            return
        notice = Notice("mail", SIGN_IN, member_id=member_id, facts={"page": page})
        await steps.insert(tx, await outbox.insert(tx, [(case_id, notice)], now), now)
