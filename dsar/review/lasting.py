"""An erasure that a person carried out is remembered as one of ours is: a restored backup brings back both."""

from datetime import datetime

from dsar.domain.case import Case
from dsar.domain.lasting import erasure_key, release_key
from dsar.domain.work import StepKind
from dsar.store import Connection, identities, rechecks, tombstones
from dsar.store.steps import StepRow

_ERASING = frozenset({StepKind.VERIFY, StepKind.RECHECK})
_ORDERED = frozenset({StepKind.ORDER, StepKind.BY_HAND})


async def remember_by_hand(tx: Connection, case: Case, step: StepRow, outcome: str, now: datetime) -> None:
    """A tombstone for what their word says is gone; of a late look, forget whom it was for with the last."""
    system_key = str(step.payload.get("system", ""))
    erased = step.kind in _ERASING or (step.kind in _ORDERED and step.payload.get("order") == "erase")
    if system_key and outcome == "done" and (erased or step.kind is StepKind.RELEASE):
        key = release_key(step.id) if step.kind is StepKind.RELEASE else erasure_key(step.id)
        indexes = [row.blind_index for row in await identities.leading(tx, case)]
        await tombstones.entomb(tx, case, system_key, indexes, key, now)
    if step.kind is StepKind.RECHECK:
        await rechecks.forget_ended(tx, case.id, system_key)
