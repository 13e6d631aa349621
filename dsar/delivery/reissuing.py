"""Links ended and made anew: by staff, or by who holds one whose days are over. A new one ends those before it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.delivery.fetching import PERSON, is_there
from dsar.delivery.linking import Linking, address_of
from dsar.domain.case import Case, Decision
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, Claim, masked
from dsar.domain.links import MADE, REVOKED, Ending, LinkEnded, ending, may_ask_again, may_reissue
from dsar.store import Connection, Database, cases, deliveries, events, identities
from dsar.store.deliveries import DownloadRow
from dsar.store.identities import IdentityRow
from dsar.vault import Vault
from dsar.vault.keys import token_digest

ACCESSES_MAX = 200


class LinkAccess(Struct, frozen=True):
    """A look at the letter, or a download: of which archive, and whether it went on with an earlier one."""

    at: datetime
    type: str
    number: int | None
    resumed: bool


class ShownLink(Struct, frozen=True, kw_only=True):
    """A link as staff sees it. Its token is kept nowhere; once the key is destroyed, nor is the address."""

    id: UUID
    identity: UUID
    channel: str
    sent_to: str | None
    created_at: datetime
    expires_at: datetime
    downloads_left: int
    ended: Ending | None
    accesses: list[LinkAccess]


class Reissuing:
    """A case's links."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        linking: Linking,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._linking = linking
        self._now = now
        self._wake = wake

    async def links(self, case_id: UUID) -> list[ShownLink]:
        """Every link that the case ever had, the oldest first, each with its accesses."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            rows = await deliveries.downloads_of_case(connection, case_id)
            known = {row.id: row for row in await identities.of_case(connection, case_id)}
            history = await events.of_case(connection, case_id)
        seen: dict[str, list[LinkAccess]] = {}
        for event in history:
            if (link := event.data.get("link")) is not None and event.actor == PERSON:
                number, resumed = event.data.get("number"), bool(event.data.get("resumed"))
                seen.setdefault(link, []).append(LinkAccess(event.at, event.type, number, resumed))
        return [
            self._shown(case, row, known[row.identity_id], seen.get(str(row.id), [])[-ACCESSES_MAX:])
            for row in rows
        ]

    def _shown(
        self, case: Case, row: DownloadRow, identity: IdentityRow, accesses: list[LinkAccess]
    ) -> ShownLink:
        sent_to = None
        if case.wrapped_key is not None:
            value = self._vault.case_key(case.wrapped_key).open(identity.sealed, "identity").decode()
            sent_to = masked(Claim(identity.kind, value))
        return ShownLink(
            id=row.id,
            identity=row.identity_id,
            channel=CHANNEL_OF[identity.kind],
            sent_to=sent_to,
            created_at=row.created_at,
            expires_at=row.expires_at,
            downloads_left=row.downloads_left,
            ended=_ending(case, row, self._now()),
            accesses=accesses,
        )

    async def revoke(self, actor: str, case_id: UUID, link_id: UUID) -> None:
        """End a link at once; a download that runs over it is cut off within seconds."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if not await deliveries.revoke_download(tx, link_id, case_id, now):
                raise NotFound("no such link, or it was ended before")
            event = NewEvent(REVOKED, actor, {"link": str(link_id)})
            await cases.apply(tx, case, Decision(events=(event,)), now)

    async def make(self, tx: Connection, actor: str, case_id: UUID, identity_id: UUID | None) -> UUID:
        """A new link in the place of all others, to the proven identity named, or to where the newest one went."""
        case = await cases.lock(tx, case_id)
        return await self._made(tx, case, await _chosen(tx, case, identity_id), actor)

    def made(self) -> None:
        """What `make` wrote is committed: its message can leave."""
        self._wake()

    async def ask_again(self, token: str) -> None:
        """A new link to where a dead one went. Whether one was made is told to nobody but that mailbox.

        Raises NotFound for a token that never was one.
        """
        now = self._now()
        async with self._db.write() as tx:
            row = await deliveries.download_by_token(tx, token_digest(token))
            if row is None:
                raise NotFound("the link is not known")
            case = await cases.lock(tx, row.case_id)
            row = await deliveries.download_by_token(
                tx, token_digest(token)
            )  # of two calls at once, one makes it
            ended = _ending(case, row, now) if row else None
            if (
                row is None
                or ended is None
                or not may_ask_again(ended, await events.of_case(tx, case.id), now)
            ):
                return
            try:
                await self._made(tx, case, await identities.one(tx, row.identity_id), PERSON)
            except InvalidInput:  # raised before anything is written
                return
        self._wake()

    async def ended(self, token: str) -> LinkEnded:
        """How a link ended; raises NotFound for a token that never was one, and for one that is good."""
        async with self._db.read() as connection:
            row = await deliveries.download_by_token(connection, token_digest(token))
            case = await cases.one(connection, row.case_id) if row else None
        ended = _ending(case, row, self._now()) if row and case else None
        if case is None or ended is None:
            raise NotFound("the link is not known")
        return LinkEnded(ended, case.language)

    async def _made(self, tx: Connection, case: Case, identity: IdentityRow, actor: str) -> UUID:
        now = self._now()
        earlier = await deliveries.downloads_of_case(tx, case.id)
        may_reissue(case, [row.created_at for row in earlier], now)
        there = [row for row in await deliveries.bundles_of_case(tx, case.id) if is_there(row, now)]
        letter_id = await _answer(tx, case)
        key = self._vault.case_key(case.wrapped_key)
        await deliveries.revoke_downloads(tx, case.id, now)
        first = there[0] if there else None
        until = first.expires_at if first else None
        notice = await self._linking.link_to(
            tx, case, key, identity, first.id if first else None, letter_id, now, until=until
        )
        link = (await deliveries.downloads_of_case(tx, case.id))[-1]
        event = NewEvent(MADE, actor, {"link": str(link.id), "channel": notice.channel})
        await cases.apply(tx, case, Decision(events=(event,), notices=(notice,)), now)
        return link.id


def _ending(case: Case, row: DownloadRow, now: datetime) -> Ending | None:
    return ending(
        key_there=case.wrapped_key is not None, revoked_at=row.revoked_at, expires_at=row.expires_at, now=now
    )


async def _chosen(tx: Connection, case: Case, identity_id: UUID | None) -> IdentityRow:
    """The proven address that is named; without a name, where the case's answer goes."""
    if identity_id is None:
        found = await address_of(tx, case)
    else:
        found = next((row for row in await identities.of_case(tx, case.id) if row.id == identity_id), None)
    if found is None or found.proven_at is None or found.kind not in CHANNEL_OF:
        raise InvalidInput(
            FieldError(
                "identity",
                "is no proven address of this case.",
                "Take one from the case, or set a new address.",
            )
        )
    return found


async def _answer(tx: Connection, case: Case) -> UUID:
    """The letter that answered the case."""
    kinds = {case.right.value, "refusal"}
    found = [row for row in await deliveries.letters_of_case(tx, case.id) if row.kind in kinds]
    if not found:
        raise NotNow("case", "has no letter of answer.", "Write to the person by hand.")
    return found[-1].id
