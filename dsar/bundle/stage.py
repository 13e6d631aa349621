"""The handler of `bundle.assemble` and `bundle.supplement`: load the case, write the archive, commit what follows."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from dsar.bundle.clearance import Cleared, cleared, turned_away
from dsar.bundle.contents import Contents, Totals, Withheld
from dsar.bundle.dossier import Dossier, load
from dsar.bundle.enclosing import AnswerLetter, Enclosing
from dsar.bundle.letters import Enclosed
from dsar.bundle.material import Damaged, SealedMaterial, Vessel
from dsar.domain.case import Decision, State
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Again, ByHand, Done, End, NewStep, Step, StepKind, StepOutcome
from dsar.render import Templates
from dsar.store import Connection, Database, LeaseLost, cases, deliveries, findings
from dsar.store.deliveries import BundleRow
from dsar.store.rows import new_id
from dsar.store.withholding import of_case as withholding_of_case
from dsar.vault import BlobStore, CaseKey, Vault, VaultError
from dsar.vault.bridge import Bridge

# Threads of our own: the loop's default ones resolve names for the very connections that ours wait for.
ARCHIVES_AT_ONCE = 2


class Bundling:
    """Assembles archives, in memory that does not grow with them. `answer` writes the letter that lies in one."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        templates: Templates,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        answer: AnswerLetter | None = None,
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._templates = templates
        self._profile = profile
        self._now = now
        self._answer = answer
        self._threads = ThreadPoolExecutor(ARCHIVES_AT_ONCE, thread_name_prefix="bundle")

    async def assemble(self, step: Step) -> None:
        """Write the archive and hand on; what is damaged goes to a person: trying again cannot mend it."""
        number = int(step.payload.get("number", 1))
        async with self._db.read() as connection:
            case = await cases.one(connection, step.case_id)
            verdict = await cleared(connection, case, self._profile, number)
        if verdict is not Cleared.YES:
            await self._turn_away(step, number)
            return
        dossier = await load(self._db, self._profile, step.case_id, number)
        blob_key = _blob_key(step, step.lease)
        try:
            key = self._vault.case_key(case.wrapped_key)
            enclosing = Enclosing(self._db, self._answer, case, key, step.created_at, self._now())
            totals = await self._write(dossier, key, blob_key, enclosing)
        except VaultError as error:
            where = error.where if isinstance(error, Damaged) else {}
            async with self._db.settle(step, ByHand({"reason": str(error), **where}), self._now()):
                return
        await self._commit(step, dossier, blob_key, totals, enclosing)

    async def _turn_away(self, step: Step, number: int) -> None:
        """Nothing is written: the case wants none, or what was approved is no longer what would leave."""
        now = self._now()
        async with self._db.settle(step, Done(StepOutcome.DROPPED), now) as tx:
            case = await cases.lock(tx, step.case_id)
            await cases.apply(tx, case, await turned_away(tx, case, self._profile, number, now), now)

    async def _write(self, dossier: Dossier, key: CaseKey, blob_key: str, enclosing: Enclosing) -> Totals:
        bridge = Bridge()
        material = SealedMaterial(bridge, self._db, self._blobs, key)
        await material.fetch_small(dossier.case.id, dossier.segments)
        async with self._db.read() as connection:
            withholding = await withholding_of_case(
                connection, dossier.case, self._profile.profile, key.open, self._vault.blind_index
            )

        def letters(withheld: Sequence[Withheld]) -> Sequence[Enclosed]:
            return bridge.result(enclosing.letters(dossier, withheld))

        def work() -> Totals:
            # The blob store shows nothing under the key unless the writer is closed without an error.
            with self._blobs.writer(blob_key) as writer:
                vessel = Vessel(writer, key)
                return Contents(dossier, material, vessel, self._templates, withholding, letters).write()

        thread = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            bridge.stop()
            await asyncio.wait({thread})
            await self._forget(blob_key)
            raise

    async def _commit(
        self, step: Step, dossier: Dossier, blob_key: str, totals: Totals, enclosing: Enclosing
    ) -> None:
        now = self._now()
        row = self._row(step, dossier, blob_key, totals, now)
        try:
            async with self._db.settle(step, Done(detail=_counts(totals)), now) as tx:
                kept = await self._keep(tx, dossier, row, _decision(dossier, totals), enclosing)
        except _ChangedError:
            await self._forget(blob_key)
            await self._again(step)
            return
        except LeaseLost:
            await self._forget(blob_key)
            raise
        earlier = [_blob_key(step, lease) for lease in range(1, step.lease)]
        await self._forget(*earlier, *([] if kept else [blob_key]))

    async def _keep(
        self, tx: Connection, dossier: Dossier, row: BundleRow, decision: Decision, enclosing: Enclosing
    ) -> bool:
        """Write the archive down; False where the case was closed meanwhile."""
        case = await cases.lock(tx, row.case_id)
        verdict = await cleared(tx, case, self._profile, dossier.number, dossier.digest)
        if verdict is Cleared.NOT_WANTED:
            return False
        if verdict is not Cleared.YES:
            raise _ChangedError
        decision = await enclosing.follow(tx, case, decision, row.created_at)
        await deliveries.add_bundle(tx, row)
        await findings.went_out(tx, [(one.step_id, one.seq) for one in dossier.collected], dossier.number)
        await cases.apply(tx, case, decision, row.created_at)
        return True

    async def _again(self, step: Step) -> None:
        """The content changed while it was written: it is looked at anew, and at once."""
        end: End = Again(self._now(), burns_attempt=False)
        async with self._db.settle(step, end, self._now()):
            return

    def _row(self, step: Step, dossier: Dossier, blob_key: str, totals: Totals, now: datetime) -> BundleRow:
        return BundleRow(
            id=new_id(),
            case_id=step.case_id,
            blob_key=blob_key,
            sha256=totals.sha256,
            bytes=totals.bytes,
            records=totals.records,
            created_at=now,
            expires_at=now + timedelta(days=self._profile.profile.delivery.close_after_days),
            removed_at=None,
            number=dossier.number,
            content=dossier.digest,
            inside=msgspec.to_builtins(totals.inside),
        )

    async def _forget(self, *blob_keys: str) -> None:
        """Remove what nobody will read; it is sealed, and with the case's key it goes unreadable anyway."""
        with suppress(Exception):
            await self._blobs.remove(blob_keys)


class _ChangedError(Exception):
    """What would leave is no longer what was written."""


def _blob_key(step: Step, lease: int) -> str:
    """The lease is part of it: a stale worker never writes over what a newer one has committed."""
    return f"{step.case_id}/bundle/{step.id}-{lease}.zip"


def _counts(totals: Totals) -> dict[str, Any]:
    return {
        "withheld": msgspec.to_builtins(totals.withheld),
        "records": totals.records,
        "attachments": totals.attachments,
        "files": totals.files,
        "bytes": totals.bytes,
    }


def _decision(dossier: Dossier, totals: Totals) -> Decision:
    data = {"sha256": totals.sha256.hex(), "bytes": totals.bytes, "records": totals.records}
    number = dossier.number
    if number > 1:
        event = NewEvent("bundle.assembled", data={**data, "number": number})
        return Decision(
            events=(event,), steps=(NewStep(StepKind.TELL_MORE, str(number), {"number": number}),)
        )
    return Decision(
        state=State.ANSWERING,
        events=(NewEvent("bundle.assembled", data=data),),
        steps=(NewStep(StepKind.ANSWER),),
    )
