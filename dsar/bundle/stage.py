"""The handler of `bundle.assemble`: load the case, write the archive, commit it with the next step."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from dsar.bundle.contents import Contents, Totals
from dsar.bundle.dossier import Dossier, load
from dsar.bundle.material import SealedMaterial, Vessel
from dsar.domain.case import Decision, State
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import ByHand, Done, NewStep, Step, StepKind, StepOutcome
from dsar.render import Templates
from dsar.store import Database, LeaseLost, cases, deliveries
from dsar.store.deliveries import BundleRow
from dsar.store.rows import new_id
from dsar.vault import BlobStore, CaseKey, Vault, VaultError
from dsar.vault.bridge import Bridge

# Threads of our own: the loop's default ones resolve names for the very connections that ours wait for.
ARCHIVES_AT_ONCE = 2


class Bundling:
    """Assembles one case's archive, in memory that does not grow with it."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        templates: Templates,
        profile: LoadedProfile,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._templates = templates
        self._profile = profile
        self._now = now
        self._threads = ThreadPoolExecutor(ARCHIVES_AT_ONCE, thread_name_prefix="bundle")

    async def assemble(self, step: Step) -> None:
        """Write the archive and hand on; what is damaged goes to a person: trying again cannot mend it."""
        dossier = await load(self._db, self._profile, step.case_id)
        if dossier.case.state is not State.ASSEMBLING:
            async with self._db.settle(step, Done(StepOutcome.DROPPED), self._now()):
                return
        blob_key = _blob_key(step, step.lease)
        try:
            totals = await self._write(dossier, self._vault.case_key(dossier.case.wrapped_key), blob_key)
        except VaultError as error:
            async with self._db.settle(step, ByHand({"reason": str(error)}), self._now()):
                return
        await self._commit(step, blob_key, totals)

    async def _write(self, dossier: Dossier, key: CaseKey, blob_key: str) -> Totals:
        bridge = Bridge()
        material = SealedMaterial(bridge, self._db, self._blobs, key)
        await material.fetch_small(dossier.case.id, dossier.segments)

        def work() -> Totals:
            # The blob store shows nothing under the key unless the writer is closed without an error.
            with self._blobs.writer(blob_key) as writer:
                return Contents(dossier, material, Vessel(writer, key), self._templates).write()

        thread = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            bridge.stop()
            await asyncio.wait({thread})
            await self._forget(blob_key)
            raise

    async def _commit(self, step: Step, blob_key: str, totals: Totals) -> None:
        now = self._now()
        try:
            async with self._db.settle(step, Done(detail=_counts(totals)), now) as tx:
                case = await cases.lock(tx, step.case_id)
                wanted = case.state is State.ASSEMBLING  # the case may have been closed meanwhile
                if wanted:
                    await deliveries.add_bundle(tx, self._row(step, blob_key, totals, now))
                    await cases.apply(tx, case, _decision(totals), now)
        except LeaseLost:
            await self._forget(blob_key)
            raise
        earlier = [_blob_key(step, lease) for lease in range(1, step.lease)]
        await self._forget(*earlier, *([] if wanted else [blob_key]))

    def _row(self, step: Step, blob_key: str, totals: Totals, now: datetime) -> BundleRow:
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
        )

    async def _forget(self, *blob_keys: str) -> None:
        """Remove what nobody will read; it is sealed, and with the case's key it goes unreadable anyway."""
        with suppress(Exception):
            await self._blobs.remove(blob_keys)


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


def _decision(totals: Totals) -> Decision:
    data = {"sha256": totals.sha256.hex(), "bytes": totals.bytes, "records": totals.records}
    return Decision(
        state=State.ANSWERING,
        events=(NewEvent("bundle.assembled", data=data),),
        steps=(NewStep(StepKind.ANSWER),),
    )
