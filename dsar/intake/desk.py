"""The desk: files requests, those that arrive together in one transaction, and answers each once it is durable."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from dsar.contract import Role
from dsar.domain.case import Case
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import DAY, may_send, may_write
from dsar.intake.beginning import begin
from dsar.intake.filing import ACKNOWLEDGEMENT, Filed, file
from dsar.intake.submission import Submission
from dsar.store import Connection, Database, arrivals, cases, challenges, deliveries, outbox
from dsar.telemetry import requests_received
from dsar.vault import Vault

TOGETHER_MAX = 64

# What else a caller wants written in the transaction that files its request.
Also = Callable[[Connection, Filed], Awaitable[None]]


class _Arrival(Struct, frozen=True, eq=False):
    submission: Submission
    filed: Filed
    also: Also | None
    done: asyncio.Future[Filed]


class Desk:
    """Takes requests in. Commits cost far more than rows, so what waits while one runs goes into the next."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._now = now
        self._wake = wake
        self._waiting: list[_Arrival] = []
        self._writer: asyncio.Task[None] | None = None

    async def take(self, submission: Submission, also: Also | None = None) -> Filed:
        """File one request; returns when it is durable, together with what `also` writes."""
        filed = file(submission, self._profile.profile, self._vault, self._now())
        done: asyncio.Future[Filed] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Arrival(submission, filed, also, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER_MAX], self._waiting[TOGETHER_MAX:]
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[_Arrival]) -> None:
        try:
            await self._write(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and alone if one spoiled it for all
            if len(batch) > 1:
                for one in batch:
                    await self._write_batch([one])
            elif not batch[0].done.cancelled():
                batch[0].done.set_exception(error)
            return
        for one in batch:
            requests_received.labels(one.submission.channel).inc()
            if not one.done.cancelled():
                one.done.set_result(one.filed)
        self._wake()

    async def _write(self, batch: Sequence[_Arrival]) -> None:
        now = self._now()
        async with self._db.write() as tx:
            await _hold_back_codes(tx, [one.filed for one in batch], now)
            await _hold_back_letters(tx, [one.filed for one in batch], now)
            await arrivals.insert(tx, [one.filed for one in batch], self._profile.hash, now)
            for one in batch:
                if one.submission.controller_id is None:
                    await self._begin(tx, one.submission, one.filed, now)
                if one.also is not None:
                    await one.also(tx, one.filed)

    async def _begin(self, tx: Connection, submission: Submission, filed: Filed, now: datetime) -> None:
        """Somebody vouched for the person, or the right needs no proof: nothing is left to wait for."""
        proven = submission.proof is not None
        if not proven and all(case.right.needs_proof for case in filed.cases):
            return
        for case in await cases.lock_of_request(tx, filed.request.id):
            if not proven and (case.right.needs_proof or case.role is not Role.CONTROLLER):
                continue
            first = () if submission.check is None else (await self._checked(tx, case, submission, now),)
            await begin(tx, self._vault, self._profile.profile, case, now, *first)

    async def _checked(self, tx: Connection, case: Case, submission: Submission, now: datetime) -> NewEvent:
        """How staff checked who it is: the words sealed as a note, the history says that there is one."""
        assert submission.check is not None
        text = f"Identity checked: {submission.check.how}"
        sealed = self._vault.case_key(case.wrapped_key).seal(text.encode(), "note")
        note_id = await deliveries.add_note(tx, case.id, submission.check.staff_id, sealed, now)
        return NewEvent("identity.checked", submission.actor, {"note": str(note_id)})


async def _hold_back_codes(tx: Connection, filed: Sequence[Filed], now: datetime) -> None:
    """File a request for an address that got too many codes without one more; the answer stays the same."""
    # All that are held for this batch, its letters' too: one by one, two batches might wait for each other.
    wanted = {row.blind_index for one in filed for row in one.identities if row.proven_at is None}
    if not wanted:
        return
    sent = await challenges.sent_to(tx, sorted(wanted), now)
    for one in filed:
        if not one.challenges:
            continue
        # Each code has its message, in the same order.
        pairs = list(zip(one.challenges, one.notices, strict=True))
        kept = [pair for pair in pairs if _counts(sent, pair[0].blind_index)]
        one.challenges[:] = [code for code, _ in kept]
        one.notices[:] = [notice for _, notice in kept]


async def _hold_back_letters(tx: Connection, filed: Sequence[Filed], now: datetime) -> None:
    """Acknowledge nothing more to an address that nobody has proven and that got many letters today."""
    sent: dict[bytes, int] = {}
    for one in filed:
        unproven = {row.id: row.blind_index for row in one.identities if row.proven_at is None}
        kept = []
        for case_id, notice in one.notices:
            address = unproven.get(notice.identity_id) if notice.identity_id else None
            if address is not None and notice.template == ACKNOWLEDGEMENT:
                if address not in sent:
                    sent[address] = await outbox.unproven_since(tx, address, now - DAY)
                sent[address] += 1
                if not may_write(sent[address] - 1):
                    continue
            kept.append((case_id, notice))
        one.notices[:] = kept


def _counts(sent: dict[bytes, tuple[int, int]], address: bytes) -> bool:
    """Whether the address may get one more, which then counts for those that follow."""
    last_hour, last_day = sent.get(address, (0, 0))
    sent[address] = (last_hour + 1, last_day + 1)
    return may_send(last_hour, last_day)
