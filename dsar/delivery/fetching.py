"""The answer fetched: by the person with a link and a fresh code, by a controller with its key."""

import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, Decision, Notice
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.history import Event, NewEvent
from dsar.domain.identity import CHANNEL_OF, Claim, masked
from dsar.domain.proof import CODE_DIGITS, CODE_LIFETIME, CODES_AN_HOUR_MAX, Verdict, judge
from dsar.store import Connection, Database, cases, challenges, deliveries, events, identities, outbox, steps
from dsar.store.challenges import NewChallenge
from dsar.store.deliveries import BundleRow, DownloadRow
from dsar.store.rows import new_id
from dsar.vault import BlobStore, Vault
from dsar.vault.keys import new_token, token_digest

DOWNLOADED = "bundle.downloaded"
RESUMED_WITHIN = timedelta(hours=1)
GRANT_LIFETIME = timedelta(minutes=15)
# Over all links of a request: with five tries each, guessing alone opens one in two thousand.
CODES_A_REQUEST_MAX = 100
TYPO = FieldError("code", "is wrong, expired or used.", "Type it once more.")
STALE = FieldError("code", "is wrong, expired or used.", "Ask for a new code and type that one.")


class Part(Struct, frozen=True):
    """Some bytes of an archive: from `start` to before `stop`."""

    start: int
    stop: int


class Offered(Struct, frozen=True):
    """What the page behind a link says before the code: no content."""

    reference: str
    right: str
    language: str
    has_bundle: bool
    bytes: int | None
    expires_at: datetime
    sent_to: str
    downloads_left: int


class LetterText(Struct, frozen=True):
    """A letter, opened."""

    subject: str
    text: str
    html: str


class Fetching:
    """The download page's service."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._now = now
        self._wake = wake

    async def offered(self, token: str) -> Offered:
        """What a link leads to. Looking spends nothing: mail scanners follow links."""
        async with self._db.read() as connection:
            row = await self._good(connection, token)
            case = await cases.one(connection, row.case_id)
            bundle = await deliveries.bundle_of_case(connection, case.id) if row.bundle_id else None
            identity = await identities.one(connection, row.identity_id)
        value = self._vault.case_key(case.wrapped_key).open(identity.sealed, "identity").decode()
        return Offered(
            reference=case.reference,
            right=case.right.value,
            language=case.language,
            has_bundle=bundle is not None,
            bytes=bundle.bytes if bundle else None,
            expires_at=row.expires_at,
            sent_to=masked(Claim(identity.kind, value)),
            downloads_left=row.downloads_left,
        )

    async def _good(self, connection: Connection, token: str) -> DownloadRow:
        row = await deliveries.download_by_token(connection, token_digest(token))
        if row is None or row.revoked_at is not None or row.expires_at <= self._now():
            raise NotFound("the link is not known, was ended, or has expired")
        return row

    async def send_code(self, token: str) -> None:
        """Send a fresh code to the proven channel."""
        now = self._now()
        async with self._db.write() as tx:
            row = await self._good(tx, token)
            case = await cases.lock(tx, row.case_id)
            if (
                await challenges.sent_since(tx, case.request_id, now - timedelta(hours=1))
                >= 2 * CODES_AN_HOUR_MAX
            ):
                raise InvalidInput(FieldError("code", "was sent too often.", "Wait an hour and ask again."))
            if await challenges.sent_since(tx, case.request_id, case.created_at) >= CODES_A_REQUEST_MAX:
                raise InvalidInput(
                    FieldError("code", "was sent too often.", "Write to us to get a new link.")
                )
            challenge, notice = await self._new_code(tx, case, row, now)
            await challenges.insert(tx, [challenge], now)
            await steps.insert(tx, await outbox.insert(tx, [(case.id, notice)], now), now)
        self._wake()

    async def _new_code(
        self, tx: Connection, case: Case, row: DownloadRow, now: datetime
    ) -> tuple[NewChallenge, Notice]:
        identity = await identities.one(tx, row.identity_id)
        challenge_id = new_id()
        code = self._vault.new_code(CODE_DIGITS)
        challenge = NewChallenge(
            id=challenge_id,
            request_id=case.request_id,
            case_id=case.id,
            kind=identity.kind,
            blind_index=identity.blind_index,
            code_digest=self._vault.code_digest(str(challenge_id), code),
            expires_at=now + CODE_LIFETIME,
            download_id=row.id,
        )
        sealed = self._vault.case_key(case.wrapped_key).seal(msgspec.json.encode({"code": code}), "notice")
        return challenge, Notice(
            CHANNEL_OF[identity.kind], "download_code", identity_id=identity.id, sealed=sealed
        )

    async def open_with_code(self, token: str, code: str) -> str:
        """A right code opens the link for a quarter of an hour; returns the grant."""
        now = self._now()
        grant = new_token()
        async with self._db.write() as tx:
            row = await self._good(tx, token)
            verdict = await self._judge(tx, row, code, now)
            if verdict is Verdict.RIGHT:
                await deliveries.grant_download(tx, row.id, token_digest(grant), now + GRANT_LIFETIME)
                await self._note(tx, row.case_id, "answer.opened", now)
        # After the commit: a wrong try counts even though it is refused.
        if verdict is not Verdict.RIGHT:
            raise InvalidInput(TYPO if verdict is Verdict.WRONG else STALE)
        return grant

    async def _judge(self, tx: Connection, row: DownloadRow, code: str, now: datetime) -> Verdict:
        sent = await challenges.latest_for_download(tx, row.id)
        if sent is None:
            return Verdict.USED_UP
        digest = self._vault.code_digest(str(sent.id), code.strip().replace(" ", ""))
        verdict = judge(sent.challenge, equal=hmac.compare_digest(digest, sent.code_digest), now=now)
        if verdict in {Verdict.WRONG, Verdict.RIGHT}:
            await challenges.tried(tx, sent.id)
        if verdict is Verdict.RIGHT:
            await challenges.spend(tx, sent.id, now)
        return verdict

    async def _note(
        self, tx: Connection, case_id: UUID, event: str, now: datetime, actor: str = "person"
    ) -> None:
        case = await cases.lock(tx, case_id)
        await cases.apply(tx, case, Decision(events=(NewEvent(event, actor),)), now)

    async def letter(self, token: str, grant: str) -> LetterText:
        """The letter, for as long as the grant holds."""
        async with self._db.read() as connection:
            row = await self._granted(connection, token, grant)
            case = await cases.one(connection, row.case_id)
            kept = await deliveries.letter(connection, row.letter_id)
        plain = self._vault.case_key(case.wrapped_key).open(kept.sealed, "letter")
        return msgspec.json.decode(plain, type=LetterText)

    async def _granted(self, connection: Connection, token: str, grant: str) -> DownloadRow:
        row = await self._good(connection, token)
        digest = token_digest(grant)
        if row.grant_digest is None or row.grant_until is None or row.grant_until <= self._now():
            raise NotFound("the code's quarter of an hour is over")
        if not hmac.compare_digest(digest, row.grant_digest):
            raise NotFound("the code's quarter of an hour is over")
        return row

    async def bundle(self, token: str, grant: str) -> tuple[BundleRow, str, AsyncIterator[bytes]]:
        """The archive, opened as it streams; takes one of the link's downloads."""
        now = self._now()
        async with self._db.write() as tx:
            row = await self._granted(tx, token, grant)
            if not await deliveries.use_download(tx, row.id, token_digest(grant), now):
                raise NotFound("no download is left on this link")
            await self._note(tx, row.case_id, DOWNLOADED, now)
            case = await cases.one(tx, row.case_id)
            found = await deliveries.bundle_of_case(tx, row.case_id) if row.bundle_id else None
            # Within the transaction: where there is nothing to download, no download is taken.
            return self._stream(case, found)

    async def bundle_of(self, actor: ControllerActor, case_id: UUID) -> tuple[BundleRow, str]:
        """A controller's own bundle and its case's number, unopened; raises NotFound for anybody else's."""
        async with self._db.as_controller(actor.id) as connection:
            case = await cases.one(connection, case_id)
            return self._there(await deliveries.bundle_of_case(connection, case_id)), case.shown_reference

    async def bundle_for_controller(
        self, actor: ControllerActor, case_id: UUID, part: Part | None = None
    ) -> tuple[BundleRow, str, AsyncIterator[bytes]]:
        """A controller's own bundle, or a part of it; raises NotFound for anybody else's."""
        now = self._now()
        async with self._db.as_controller(actor.id) as connection:
            case = (await cases.one(connection, case_id)).as_shown()
            found = await deliveries.bundle_of_case(connection, case_id)
            history = await events.of_case(connection, case_id)
        stream = self._stream(case, found, part)
        if part is None or not _noted(history, actor.name, now):
            async with self._db.write() as tx:
                await self._note(tx, case_id, DOWNLOADED, now, actor.name)
        return stream

    def _stream(
        self, case: Case, found: BundleRow | None, part: Part | None = None
    ) -> tuple[BundleRow, str, AsyncIterator[bytes]]:
        found = self._there(found)
        key = self._vault.case_key(case.wrapped_key)
        if part is None:
            return found, case.reference, self._blobs.get_opened(found.blob_key, key, "bundle")
        stream = self._blobs.get_range(found.blob_key, key, "bundle", found.bytes, part.start, part.stop)
        return found, case.reference, stream

    def _there(self, found: BundleRow | None) -> BundleRow:
        if found is None or found.removed_at is not None or found.expires_at <= self._now():
            raise NotFound("there is no bundle, or it has expired")
        return found


def _noted(history: Sequence[Event], actor: str, now: datetime) -> bool:
    """Whether the download that this is a part of stands in the history: one that resumes is not many."""
    last = history[-1]
    return (last.type, last.actor) == (DOWNLOADED, actor) and now - last.at < RESUMED_WITHIN
