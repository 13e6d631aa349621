"""Sends a confirmed archive to the other controller, as it is read, and tells the person how it ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from dsar.delivery.linking import address_of
from dsar.delivery.transferring import opened
from dsar.domain.case import Case, Decision, Notice
from dsar.domain.delivering import asked_seconds
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF
from dsar.domain.transferring import (
    ATTEMPTS_MAX,
    FIRST_DELAY_SECONDS,
    Answered,
    Failure,
    Terms,
    TransferState,
    headers,
    judged_sending,
    may_transfer,
    seconds_max,
)
from dsar.domain.work import Again, Done, End, Step, StepOutcome, backoff
from dsar.outbound import transfer
from dsar.store import Connection, Database, cases, deliveries, identities, transfers
from dsar.store.deliveries import BundleRow
from dsar.store.transfers import TransferRow
from dsar.vault import BlobStore, CaseKey, Vault, VaultError

# A receiver that takes hours holds one of a worker's places: the rest of the work keeps its own.
AT_ONCE = 2
LATER = timedelta(minutes=1)


class Sending(Struct, frozen=True):
    """What is needed to send one archive."""

    case: Case
    key: CaseKey
    row: TransferRow
    terms: Terms
    bundle: BundleRow


class HandingOver:
    """Handler of `delivery.transfer`. It is sent whole at each try, under the same id: the receiver keeps one."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._client = client
        self._now = now
        self._under_way = 0

    async def send(self, step: Step) -> None:
        """Try once; then done, later, or given up."""
        if self._under_way >= AT_ONCE:
            async with self._db.settle(step, Again(self._now() + LATER, burns_attempt=False), self._now()):
                return
        self._under_way += 1
        try:
            await self._send(step)
        finally:
            self._under_way -= 1

    async def _send(self, step: Step) -> None:
        sending = await self._load(step)
        if sending is None:  # cancelled, or the case has closed since
            async with self._db.settle(step, Done(StepOutcome.DROPPED), self._now()):
                return
        try:
            met = await self._put(sending)
            judged = judged_sending(sending.row.id, sending.bundle.sha256, met)
        except VaultError:
            met, judged = Answered(None), Failure.UNREADABLE
        await self._settle(step, sending, met, judged)

    async def _load(self, step: Step) -> Sending | None:
        async with self._db.read() as connection:
            case = await cases.one(connection, step.case_id)
            row = await transfers.one(connection, UUID(str(step.payload["transfer"])), case.id)
            known = await deliveries.bundles_of_case(connection, case.id)
        if row is None or row.state is not TransferState.CONFIRMED or not may_transfer(case):
            return None
        # Though its last day may be over: the closing waits for what was confirmed. One that is gone cannot be read.
        bundle = next(one for one in known if one.id == row.bundle_id)
        key = self._vault.case_key(case.wrapped_key)
        return Sending(case, key, row, opened(row, key), bundle)

    async def _put(self, sending: Sending) -> Answered:
        row, bundle, terms = sending.row, sending.bundle, sending.terms
        said = headers(row.id, terms.nonce, bundle.sha256, bundle.bytes)
        pieces = self._blobs.get_opened(bundle.blob_key, sending.key, "bundle")
        return await transfer.put(self._client, terms.url, said, pieces, seconds_max(bundle.bytes))

    async def _settle(
        self, step: Step, sending: Sending, met: Answered, judged: Failure | str | None
    ) -> None:
        now, row = self._now(), sending.row
        data: dict[str, Any] = {"transfer": str(row.id), "attempt": step.attempt}
        if judged == "again" and step.attempt < ATTEMPTS_MAX:
            reason = met.error or f"answered {met.status}"
            later = _later(step.attempt, met, now)
            async with self._db.settle(step, later, now) as tx:
                case = await cases.lock(tx, step.case_id)
                event = NewEvent("transfer.attempted", data={**data, "reason": reason})
                await cases.apply(tx, case, Decision(events=(event,)), now)
            return
        failure = Failure.UNREACHABLE if judged == "again" else Failure(judged) if judged else None
        outcome = StepOutcome.FAILED if failure else StepOutcome.DONE
        end: End = Done(outcome, {"reason": failure.value} if failure else {})
        async with self._db.settle(step, end, now) as tx:
            await self._ended(tx, sending, failure, data, now)

    async def _ended(
        self, tx: Connection, sending: Sending, failure: Failure | None, data: dict[str, Any], now: datetime
    ) -> None:
        """What happened is written even where the case was closed meanwhile: what has left has left."""
        case = await cases.lock(tx, sending.case.id)
        state = TransferState.FAILED if failure else TransferState.DELIVERED
        await transfers.move(tx, sending.row, state, now, reason=failure)
        if failure:
            event = NewEvent("transfer.failed", data={**data, "reason": failure.value})
        else:
            sent = {"sha256": sending.bundle.sha256.hex(), "bytes": sending.bundle.bytes}
            event = NewEvent("transfer.delivered", data={**data, **sent})
        notices = await self._notices(tx, sending, failure) if may_transfer(case) else ()
        await cases.apply(tx, case, Decision(events=(event,), notices=notices), now)

    async def _notices(self, tx: Connection, sending: Sending, failure: Failure | None) -> tuple[Notice, ...]:
        """To the person who asked for it; and to staff, where it failed and somebody may have to help."""
        identity = await address_of(tx, sending.case) or await identities.one(tx, sending.row.identity_id)
        inside = {
            "host": sending.terms.host,
            "receiver": sending.terms.receiver,
            "reason": failure.value if failure else None,
            "sha256": sending.bundle.sha256.hex(),
        }
        told = Notice(
            CHANNEL_OF[identity.kind],
            "transferred_not" if failure else "transferred",
            identity_id=identity.id,
            sealed=sending.key.seal(msgspec.json.encode(inside), "notice"),
        )
        if failure is None:
            return (told,)
        facts: dict[str, str | int | None] = {"reason": failure.value}
        return (told, Notice("mail", "transfer_failed", to_staff=True, facts=facts))


def _later(attempt: int, met: Answered, now: datetime) -> Again:
    """Backing off, or for as long as the receiver asks, where that is longer."""
    asked = timedelta(seconds=asked_seconds(met.retry_after, now) or 0.0)
    reason = {"reason": met.error or f"answered {met.status}"}
    return Again(now + max(backoff(attempt, FIRST_DELAY_SECONDS), asked), burns_attempt=True, detail=reason)
