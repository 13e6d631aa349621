"""A system whose settings changed in the middle of a case: what was learnt by the old ones is not taken on trust."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dsar.contract import OrderKind, Refused, Session
from dsar.domain.work import ByHand, Step
from dsar.fanout.subject import Subject
from dsar.store import Database, LeaseLost, findings, steps
from dsar.store.systems import SystemRow

VERSION = "version"  # where a step's detail says by which settings its mark was made
_BEGUN = ("changed", "sent")  # what a step's detail has once its order has gone out


async def same_subjects(subject: Subject, session: Session, detail: Mapping[str, Any]) -> None:
    """Search again where the settings are others than those that found the subjects; raise Refused unless they stand.

    The number that is Anna's row in one database is Bea's in another. An order that has begun is not asked again:
    whom it erased nobody finds.
    """
    assert subject.system is not None
    version = subject.system.version
    earlier = [m for m in subject.counted if m.system_version not in (None, version)]
    if not earlier or any(name in detail for name in _BEGUN):
        return
    found = {match.ref async for match in session.find(subject.refs, subject.case.scope)}
    if any(subject.ref_of(match) not in found for match in earlier):
        raise Refused(
            "its settings have changed since the search, and no longer lead to the same subjects; see whether they "
            "are right, or do this by hand"
        )


async def afresh(db: Database, step: Step, version: int) -> Step:
    """The step, from its beginning where other settings made its mark: what it collected by then is forgotten."""
    if step.cursor is None or step.detail.get(VERSION) == version:
        return step
    async with db.write() as tx:
        if not await steps.restart(tx, step):
            raise LeaseLost(f"step {step.id} is no longer ours")
        await findings.forget_step(tx, step.id)
    return msgspec.structs.replace(step, cursor=None, detail={})


def takes_no_more(step: Step, system: SystemRow) -> ByHand | None:
    """A task, where the system took such orders when this one was decided, and takes them no more."""
    order = str(step.payload["order"])
    kind = OrderKind.RESTRICT if order == "lift" else OrderKind(order)
    if kind in system.orders:
        return None
    return ByHand({"reason": "the system takes no such orders any more, by its settings"})
