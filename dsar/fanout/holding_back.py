"""An erasure that meets a legal hold set by hand, looked for at the last moment: one set after the approval counts."""

from collections.abc import Sequence

from dsar.contract import Kept, Mark, OrderKind, Ref, Refused, Restrict, Session
from dsar.domain.case import Case
from dsar.domain.legal_holds import LEGAL_CLAIMS, Standing
from dsar.domain.work import ByHand, Done, End, Step, StepOutcome
from dsar.fanout.carrying import key_of, suppress
from dsar.fanout.subject import Subject
from dsar.store import Database, legal_holds


async def standing_holds(db: Database, case: Case, system_key: str) -> Standing:
    """The holds that an erasure of the case in the system meets now."""
    async with db.read() as connection:
        return await legal_holds.met_by(connection, case, system_key)


async def hold_back(step: Step, subject: Subject, session: Session) -> Sequence[tuple[Ref, Sequence[Kept]]]:
    """Erase nothing: say what there is, and restrict it where the system can."""
    lists = {name for name, collection in session.collections.items() if collection.suppression}
    found = []
    for match in subject.counted:
        ref = subject.ref_of(match)
        restricted = await _restrict(step, subject, session, ref, str(match.id))
        kept = [
            Kept(item.origin, LEGAL_CLAIMS, restricted=restricted)
            async for item in session.export(ref, subject.case.scope, None)
            if not isinstance(item, Mark) and item.origin.collection not in lists
        ]
        found.append((ref, kept))
    return found


async def stop_marketing(step: Step, subject: Subject, session: Session) -> None:
    """GDPR 21(3): no dispute needs the person to get advertisements."""
    if step.payload.get("suppress_first"):
        await suppress(step, subject, session)


async def _restrict(step: Step, subject: Subject, session: Session, ref: Ref, match: str) -> bool:
    # GDPR 18(2): what is kept for legal claims alone is not used for anything else
    if subject.system is None or OrderKind.RESTRICT not in subject.system.orders:
        return False
    try:
        await session.carry_out(ref, subject.case.scope, Restrict(on=True), key_of(step, f"hold:{match}"))
    except Refused:
        return False
    return True


def held_end(met: Standing, items: int) -> End:
    """A person or a case is held whole; where a collection is, somebody sees to what of the rest may go."""
    if met.whole:
        detail = {"changed": 0, "kept": items, "pending": 0, "holds": [str(hold) for hold in met.whole]}
        return Done(StepOutcome.DONE, detail)
    return ByHand(
        {
            "reason": "a legal hold on a collection of this system",
            "holds": [str(hold) for hold in met.collections],
        }
    )


def held_by_hand(met: Standing) -> End:
    """In a system that people work nobody can say what the hold keeps: nothing is done there until it is lifted."""
    holds = [str(hold) for hold in (*met.whole, *met.collections)]
    return ByHand(
        {"reason": "a legal hold stands: leave everything as it is until it is lifted", "holds": holds}
    )
