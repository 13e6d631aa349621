"""The page behind a link: what it says before the code, the fresh code, and the letter for a quarter of an hour."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from dsar.delivery.coding import send_code
from dsar.domain.case import Case, Decision
from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.history import NewEvent
from dsar.domain.identity import Claim, masked
from dsar.domain.inside import Inside
from dsar.domain.links import GRANT_LIFETIME, Access, LinkEnded, NotGranted, access, ending
from dsar.domain.proof import CODES_AN_HOUR_MAX, TRIES_MAX, Verdict, judge
from dsar.domain.rights import Right
from dsar.store import (
    Connection,
    Database,
    cases,
    challenges,
    deliveries,
    identities,
    systems,
)
from dsar.store.deliveries import BundleRow, DownloadRow
from dsar.vault import Vault
from dsar.vault.keys import new_token, token_digest

# With five tries each, guessing alone opens one link in two thousand. Of a link, and not of the request: whoever spends
# them all would shut the person out of every later one.
CODES_A_LINK_MAX = 100
TYPO = FieldError("code", "is wrong, expired or used.", "Type it once more.")
STALE = FieldError("code", "is wrong, expired or used.", "Ask for a new code and type that one.")
DEAD = FieldError(
    "code", "was wrong five times, and the one we sent opens nothing any more.", "Ask for a new code."
)
PERSON = "person"
UNKNOWN = "the link is not known"


class OfferedArchive(Struct, frozen=True):
    """One archive on the page: the answer, or a supplement to it. `open` says whether it can be fetched still."""

    number: int
    bytes: int
    made_at: datetime
    open: bool
    inside: Inside


class Offered(Struct, frozen=True, kw_only=True):
    """What the page behind a link says before the code: no content."""

    reference: str
    right: Right
    ours: bool  # the operator's own case, not that of a business whose calls we process
    language: str
    archives: tuple[OfferedArchive, ...]
    system_titles: Mapping[str, str]  # of the systems that an archive names as missing
    expires_at: datetime
    sent_to: str
    downloads_left: int

    @property
    def has_bundle(self) -> bool:
        """Whether there is a file beside the letter."""
        return bool(self.archives)


class LetterText(Struct, frozen=True):
    """A letter, opened."""

    subject: str
    text: str
    html: str


class Fetching:
    """The download page's service."""

    def __init__(
        self, db: Database, vault: Vault, now: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._db = db
        self._vault = vault
        self._now = now
        self._wake = wake

    async def offered(self, token: str) -> Offered:
        """What a link leads to. Looking spends nothing: mail scanners follow links."""
        async with self._db.read() as connection:
            row = await self._good(connection, token)
            case = await cases.one(connection, row.case_id)
            archives = await self._archives(connection, row)
            identity = await identities.one(connection, row.identity_id)
            missing = {key for archive in archives for key in archive.inside.gaps}
            known = await systems.all_known(connection) if missing else []
        value = self._vault.case_key(case.wrapped_key).open(identity.sealed, "identity").decode()
        return Offered(
            reference=case.reference,
            right=case.right,
            ours=case.controller_id is None,
            language=case.language,
            archives=archives,
            system_titles={system.key: system.title for system in known if system.key in missing},
            expires_at=row.expires_at,
            sent_to=masked(Claim(identity.kind, value)),
            downloads_left=row.downloads_left,
        )

    async def _archives(self, connection: Connection, link: DownloadRow) -> tuple[OfferedArchive, ...]:
        """Every archive of the case that is there: a supplement stands on the answer's link too."""
        now = self._now()
        found = [
            row for row in await deliveries.bundles_of_case(connection, link.case_id) if is_there(row, now)
        ]
        return tuple([await self._offer(connection, link, row, now) for row in found])

    async def _offer(
        self, connection: Connection, link: DownloadRow, row: BundleRow, now: datetime
    ) -> OfferedArchive:
        seen = await deliveries.accesses(connection, link.case_id, PERSON, link.id, row.number)
        goes_on = access(seen.counted_at, seen.noted_at, now, now) is not Access.DOWNLOAD
        is_open = link.downloads_left > 0 or goes_on
        return OfferedArchive(row.number, row.bytes, row.created_at, is_open, row.counted)

    async def _good(self, connection: Connection, token: str) -> DownloadRow:
        """The link of that token; raises LinkEnded for one that was good once, NotFound for what never was one."""
        row = await deliveries.download_by_token(connection, token_digest(token))
        if row is None:
            raise NotFound(UNKNOWN)
        case = await cases.one(connection, row.case_id)
        ended = ending(
            key_there=case.wrapped_key is not None,
            revoked_at=row.revoked_at,
            expires_at=row.expires_at,
            now=self._now(),
        )
        if ended is not None:
            raise LinkEnded(ended, case.language)
        return row

    async def _held(self, tx: Connection, token: str) -> tuple[DownloadRow, Case]:
        """A good link and its case, held: the case first, as by all who end links; one may have, while it was held."""
        case = await cases.lock(tx, (await self._good(tx, token)).case_id)
        return await self._good(tx, token), case

    async def send_code(self, token: str) -> None:
        """Send a fresh code to the proven channel."""
        now = self._now()
        async with self._db.write() as tx:
            row, case = await self._held(tx, token)
            if (
                await challenges.sent_since(tx, case.request_id, now - timedelta(hours=1))
                >= 2 * CODES_AN_HOUR_MAX
            ):
                raise InvalidInput(FieldError("code", "was sent too often.", "Wait an hour and ask again."))
            if await challenges.sent_since(tx, case.request_id, row.created_at) >= CODES_A_LINK_MAX:
                raise InvalidInput(
                    FieldError("code", "was sent too often.", "Write to us to get a new link.")
                )
            to = await identities.one(tx, row.identity_id)
            await send_code(tx, self._vault, case, to, "download_code", now, row.id)
        self._wake()

    async def open_with_code(self, token: str, code: str) -> str:
        """A right code opens the link for a quarter of an hour; returns the grant."""
        now = self._now()
        grant = new_token()
        async with self._db.write() as tx:
            row, case = await self._held(tx, token)
            wrong = await self._judge(tx, row, code, now)
            if wrong is None:
                await deliveries.grant_download(tx, row.id, token_digest(grant), now + GRANT_LIFETIME)
                event = NewEvent("answer.opened", PERSON, {"link": str(row.id)})
                await cases.apply(tx, case, Decision(events=(event,)), now)
        # After the commit: a wrong try counts even though it is refused.
        if wrong is not None:
            raise InvalidInput(wrong)
        return grant

    async def _judge(self, tx: Connection, row: DownloadRow, code: str, now: datetime) -> FieldError | None:
        """What is wrong with a typed code; None opens."""
        sent = await challenges.latest_for_download(tx, row.id)
        if sent is None:
            return STALE
        digest = self._vault.code_digest(str(sent.id), code.strip().replace(" ", ""))
        verdict = judge(sent.challenge, equal=hmac.compare_digest(digest, sent.code_digest), now=now)
        if verdict in {Verdict.WRONG, Verdict.RIGHT}:
            await challenges.tried(tx, sent.id)
        if verdict is Verdict.RIGHT:
            await challenges.spend(tx, sent.id, now)
            return None
        if verdict is Verdict.WRONG:
            return TYPO if sent.tries + 1 < TRIES_MAX else DEAD
        return DEAD if sent.tries >= TRIES_MAX and sent.spent_at is None else STALE

    async def letter(self, token: str, grant: str) -> LetterText:
        """The letter, for as long as the grant holds."""
        async with self._db.read() as connection:
            row = await self.granted(connection, token, grant)
            case = await cases.one(connection, row.case_id)
            kept = await deliveries.letter(connection, row.letter_id)
        plain = self._vault.case_key(case.wrapped_key).open(kept.sealed, "letter")
        return msgspec.json.decode(plain, type=LetterText)

    async def granted(self, connection: Connection, token: str, grant: str) -> DownloadRow:
        """The link that the grant opens; raises NotGranted once its quarter of an hour is over."""
        row = await self._good(connection, token)
        if row.grant_digest is None or row.grant_until is None or row.grant_until <= self._now():
            raise NotGranted
        if not hmac.compare_digest(token_digest(grant), row.grant_digest):
            raise NotGranted
        return row

    async def granted_held(self, tx: Connection, token: str, grant: str) -> tuple[DownloadRow, Case]:
        """The same, with its case held: of two calls at once one comes first, and whoever held it may have ended it."""
        case = await cases.lock(tx, (await self.granted(tx, token, grant)).case_id)
        return await self.granted(tx, token, grant), case


def is_there(row: BundleRow, now: datetime) -> bool:
    """Whether an archive can be fetched."""
    return row.removed_at is None and row.expires_at > now
