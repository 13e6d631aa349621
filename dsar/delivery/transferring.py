"""The person's copy sent straight to another provider: they name it, it proves itself, they confirm, and it leaves."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct, structs

from dsar.delivery.fetching import PERSON, Fetching, is_there
from dsar.domain.case import Case, Decision
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.transferring import (
    OPEN,
    REFERENCE_LENGTH_MAX,
    TRANSFERS_MAX,
    Failure,
    Offer,
    Terms,
    TransferState,
    is_late,
    judged_offer,
    masked_host,
    may_transfer,
)
from dsar.domain.work import NewStep, StepKind
from dsar.outbound import check_url, transfer
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, deliveries, transfers
from dsar.store.deliveries import BundleRow
from dsar.store.rows import new_id
from dsar.store.transfers import TransferRow
from dsar.vault import CaseKey, Vault
from dsar.vault.keys import new_token

SEALED_FOR = "transfer"
NO_REFERENCE = FieldError("reference", "is empty.", "Type what the other provider gave you.")
TOO_LONG = FieldError(
    "reference", "is too long.", "Use at most {limit} characters.", limit=REFERENCE_LENGTH_MAX
)
NOT_PLAIN = FieldError("reference", "holds a character that cannot be sent.", "Type it as plain text.")
TOO_OFTEN = FieldError("url", "was asked for too often.", "Download the file, and hand it on yourself.")
GONE = FieldError("transfer", "can no longer be confirmed.", "Name the provider once more.")


class Shown(Struct, frozen=True):
    """One transfer as the person sees it."""

    id: UUID
    state: TransferState
    host: str
    receiver: str
    reason: Failure | None
    changed_at: datetime


class Listed(Struct, frozen=True):
    """One transfer as staff sees it: which, how it stands, and the end of the host's name."""

    id: UUID
    state: TransferState
    host: str | None
    number: int
    reason: Failure | None
    created_at: datetime
    changed_at: datetime


class Offered(Struct, frozen=True):
    """What an offer was made of, while its answer is waited for."""

    row: TransferRow
    terms: Terms
    offer: Offer


class Transferring:
    """The page's and staff's side. What leaves for the receiver holds no data until the person has confirmed."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        client: httpx.AsyncClient,
        fetching: Fetching,
        profile: LoadedProfile,
        settings: Settings,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._client = client
        self._fetching = fetching
        self._profile = profile
        self._settings = settings
        self._now = now
        self._wake = wake

    async def shown(self, token: str, grant: str) -> list[Shown]:
        """The case's transfers, the newest first; raises NotFound where its answer is none to send on."""
        async with self._db.read() as connection:
            link = await self._fetching.granted(connection, token, grant)
            case = await cases.one(connection, link.case_id)
            await _may_send_on(connection, case)
            rows = await transfers.of_case(connection, case.id)
        key = self._vault.case_key(case.wrapped_key)
        return [_shown(row, opened(row, key)) for row in reversed(rows)]

    async def offer(self, token: str, grant: str, url: str, reference: str, number: int = 1) -> None:
        """Ask a receiver whether it takes the archive; what it says is on the page. Raises InvalidInput."""
        async with self._db.read() as connection:
            link = await self._fetching.granted(connection, token, grant)
            await _may_send_on(connection, await cases.one(connection, link.case_id))
        url, reference = url.strip(), _usable(reference)
        await check_url(
            url,
            allow_loopback=self._settings.allow_http_to_loopback,
            allow=self._settings.outbound_allow,
        )
        offered = await self._begin(token, grant, url, reference, number)
        met = await transfer.offer(self._client, url, offered.offer)
        await self._answered(offered, judged_offer(offered.offer, met))

    async def _begin(self, token: str, grant: str, url: str, reference: str, number: int) -> Offered:
        now = self._now()
        async with self._db.write() as tx:
            link, case = await self._fetching.granted_held(tx, token, grant)
            await _may_send_on(tx, case)
            bundle = await self._bundle(tx, case, number)
            await self._clear_the_way(tx, case, now)
            offer = Offer(
                transfer=new_id(),
                nonce=new_token(),
                reference=reference,
                sender=self._profile.profile.operator.name,
                sha256=bundle.sha256.hex(),
                bytes=bundle.bytes,
            )
            terms = Terms(url, transfer.host_of(url), reference, offer.nonce)
            await transfers.add(
                tx,
                offer.transfer,
                case_id=case.id,
                bundle_id=bundle.id,
                identity_id=link.identity_id,
                sealed=sealed(terms, self._vault.case_key(case.wrapped_key)),
                now=now,
            )
            row = await transfers.one(tx, offer.transfer, case.id)
            assert row is not None
            data = {"transfer": str(row.id), "number": number}
            await _note(tx, case, "transfer.offered", PERSON, data, now)
        return Offered(row, terms, offer)

    async def _clear_the_way(self, tx: Connection, case: Case, now: datetime) -> None:
        """One at a time: what was offered and not confirmed makes room, what is on its way does not."""
        rows = await transfers.of_case(tx, case.id)
        if any(row.state is TransferState.CONFIRMED for row in rows):
            raise NotNow("transfer", "is on its way already.", "Wait until it has ended.")
        if len(rows) >= TRANSFERS_MAX:
            raise InvalidInput(TOO_OFTEN)
        for row in rows:
            if row.state in OPEN:
                await transfers.move(tx, row, TransferState.CANCELLED, now)

    async def _answered(self, offered: Offered, judged: str | Failure) -> None:
        now, row = self._now(), offered.row
        async with self._db.write() as tx:
            case = await cases.lock(tx, row.case_id)
            data = {"transfer": str(row.id)}
            if isinstance(judged, Failure):
                if await transfers.move(tx, row, TransferState.FAILED, now, reason=judged):
                    await _note(
                        tx, case, "transfer.declined", "receiver", {**data, "reason": judged.value}, now
                    )
                return
            terms = structs.replace(offered.terms, receiver=judged)
            kept = sealed(terms, self._vault.case_key(case.wrapped_key))
            if await transfers.move(tx, row, TransferState.ACCEPTED, now, sealed=kept):
                await _note(tx, case, "transfer.accepted", "receiver", data, now)

    async def confirm(self, token: str, grant: str, transfer_id: UUID) -> None:
        """The person has seen who it is: the file leaves."""
        now = self._now()
        async with self._db.write() as tx:
            _, case = await self._fetching.granted_held(tx, token, grant)
            await _may_send_on(tx, case)
            row = await transfers.one(tx, transfer_id, case.id)
            if row is None or row.state is not TransferState.ACCEPTED or is_late(row.changed_at, now):
                raise InvalidInput(GONE)
            await transfers.move(tx, row, TransferState.CONFIRMED, now)
            step = NewStep(StepKind.TRANSFER, str(row.id), {"transfer": str(row.id)})
            event = NewEvent("transfer.confirmed", PERSON, {"transfer": str(row.id)})
            await cases.apply(tx, case, Decision(events=(event,), steps=(step,)), now)
        self._wake()

    async def of_case(self, case_id: UUID) -> list[Listed]:
        """All of a case's, for staff; of a case whose key is gone without the host. Raises NotFound."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            rows = await transfers.of_case(connection, case_id)
            numbers = {row.id: row.number for row in await deliveries.bundles_of_case(connection, case_id)}
        key = self._vault.case_key(case.wrapped_key) if case.wrapped_key is not None else None
        return [_listed(row, key, numbers[row.bundle_id]) for row in rows]

    async def cancel(self, actor: str, case_id: UUID, transfer_id: UUID) -> None:
        """Call one back that has not left yet; `actor` as the history has it."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            row = await transfers.one(tx, transfer_id, case_id)
            if row is None:
                raise NotFound("no such transfer")
            if row.state not in OPEN:
                raise NotNow("transfer", "has ended.", "Nothing is left to call back.")
            if row.state is TransferState.CONFIRMED and not await transfers.drop_step(tx, row, now):
                raise NotNow("transfer", "is being sent just now.", "Look again in a minute.")
            await transfers.move(tx, row, TransferState.CANCELLED, now)
            await _note(tx, case, "transfer.cancelled", actor, {"transfer": str(row.id)}, now)

    async def _bundle(self, tx: Connection, case: Case, number: int) -> BundleRow:
        bundle = await deliveries.bundle_of_case(tx, case.id, number)
        if bundle is None or not is_there(bundle, self._now()):
            raise NotFound("there is no bundle, or it has expired")
        return bundle


async def _may_send_on(connection: Connection, case: Case) -> None:
    if not may_transfer(case) or not await deliveries.bundles_of_case(connection, case.id):
        raise NotFound("this answer is none to send on")


async def _note(
    tx: Connection, case: Case, kind: str, actor: str, data: dict[str, Any], now: datetime
) -> None:
    await cases.apply(tx, case, Decision(events=(NewEvent(kind, actor, data),)), now)


def _usable(reference: str) -> str:
    reference = reference.strip()
    if not reference:
        raise InvalidInput(NO_REFERENCE)
    if len(reference) > REFERENCE_LENGTH_MAX:
        raise InvalidInput(TOO_LONG)
    if not reference.isprintable():
        raise InvalidInput(NOT_PLAIN)
    return reference


def sealed(terms: Terms, key: CaseKey) -> bytes:
    """Under the case's key: with it goes where the person went."""
    return key.seal(msgspec.json.encode(terms), SEALED_FOR)


def opened(row: TransferRow, key: CaseKey) -> Terms:
    """A transfer's terms in clear."""
    return msgspec.json.decode(key.open(row.sealed, SEALED_FOR), type=Terms)


def _shown(row: TransferRow, terms: Terms) -> Shown:
    return Shown(row.id, row.state, terms.host, terms.receiver, row.reason, row.changed_at)


def _listed(row: TransferRow, key: CaseKey | None, number: int) -> Listed:
    host = masked_host(opened(row, key).host) if key is not None else None
    return Listed(row.id, row.state, host, number, row.reason, row.created_at, row.changed_at)
