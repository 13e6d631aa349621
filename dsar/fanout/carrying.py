"""Each kind of order as its connector gets it: what is sent, for whom, under which key."""

from uuid import UUID

import msgspec

from dsar.contract import Erase, NotHeld, Order, Receipt, Ref, Refused, Restrict, Session, Suppress
from dsar.contract import Rectify as RectifyOrder
from dsar.domain.identity import IdentityKind
from dsar.domain.resolution import Rectify, Resolution
from dsar.domain.work import Step
from dsar.fanout.subject import Subject
from dsar.store import Database, decisions


async def carry_out(db: Database, step: Step, subject: Subject, session: Session) -> list[Receipt]:
    """Send the order of a step; the key makes a repetition harmless."""
    match step.payload["order"]:
        case "suppress":
            return await suppress(step, subject, session)
        case "rectify":
            return await _each(step, subject, session, await _correction(db, step, subject))
        case "restrict":
            return await _each(step, subject, session, Restrict(on=True))
        case "lift":
            return await _each(step, subject, session, Restrict(on=False))
    # Where both are ordered, the marketing stop goes first: afterwards the rows that know the person are gone.
    if step.payload.get("suppress_first"):
        await suppress(step, subject, session)
    return await _each(step, subject, session, Erase())


async def _each(step: Step, subject: Subject, session: Session, order: Order) -> list[Receipt]:
    """Send it for every subject that the person is there; what refuses one stops none of the others."""
    scope, receipts = subject.case.scope, []
    refused: Refused | None = None
    lacking: NotHeld | None = None
    for match in subject.counted:
        try:
            key = key_of(step, str(match.id))
            receipts.append(await session.carry_out(subject.ref_of(match), scope, order, key))
        except NotHeld as error:
            lacking = error
        except Refused as error:
            refused = error
    # Whoever has nothing of the kind lacks nothing, as long as somebody has it.
    if failed := refused or (None if receipts else lacking):
        raise failed
    return receipts


async def suppress(step: Step, subject: Subject, session: Session) -> list[Receipt]:
    """Stop marketing to each proven address."""
    wanted = {IdentityKind.EMAIL.value, IdentityKind.PHONE.value}
    refs: list[Ref] = [ref for ref in subject.refs if ref.kind in wanted]
    scope = subject.case.scope
    return [
        await session.carry_out(ref, scope, Suppress(), key_of(step, f"suppress:{ref.kind}")) for ref in refs
    ]


async def _correction(db: Database, step: Step, subject: Subject) -> RectifyOrder:
    """The values of a decision, opened for the moment that they are needed."""
    async with db.read() as connection:
        row = await decisions.one(connection, UUID(str(step.payload["decision"])))
    decided = msgspec.json.decode(subject.key.open(row.sealed, "decision"), type=Resolution)
    assert isinstance(decided, Rectify)
    correction = decided.corrections[int(step.payload["part"])]
    return RectifyOrder(correction.collection, correction.values)


def key_of(step: Step, subject: str) -> str:
    """The order's key: the same however often the step is tried, on whatever machine."""
    return f"{step.case_id}:{step.key}:{subject}"
