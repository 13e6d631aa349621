"""An erasure that a person carried out is remembered as one of ours is: a restored backup brings back both."""

from datetime import datetime

from dsar.domain.case import Case
from dsar.domain.lasting import erasure_key, release_key
from dsar.domain.rechecking import looks_of
from dsar.domain.work import StepKind
from dsar.store import Connection, identities, rechecks, tombstones
from dsar.store.steps import StepRow

_ERASING = frozenset({StepKind.VERIFY, StepKind.RECHECK})
_ORDERED = frozenset({StepKind.ORDER, StepKind.BY_HAND})


async def remember_by_hand(tx: Connection, case: Case, step: StepRow, outcome: str, now: datetime) -> None:
    """A tombstone for what their word says is gone; of a late look, forget whom it was for with the last."""
    system_key = str(step.payload.get("system", ""))
    erased = step.kind in _ERASING or (step.kind in _ORDERED and step.payload.get("order") == "erase")
    # A look after a release was for what had been kept, and for nothing else of a person who may be back by now.
    released = step.kind is StepKind.RELEASE or looks_of(step.payload).of_items
    if system_key and outcome == "done" and (erased or released):
        key = release_key(step.id) if released else erasure_key(step.id)
        indexes = [row.blind_index for row in await identities.leading(tx, case)]
        await tombstones.entomb(tx, case, system_key, indexes, key, now)
    if step.kind is StepKind.RECHECK:
        await rechecks.forget_ended(tx, case.id, looks_of(step.payload))
