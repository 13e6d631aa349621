"""Each kind of order as its connector gets it: what is sent, for whom, under which key."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import msgspec

from dsar.contract import Changed, Erase, NotHeld, Order, Receipt, Ref, Refused, Restrict, Session, Suppress
from dsar.contract import Rectify as RectifyOrder
from dsar.domain.identity import IdentityKind
from dsar.domain.resolution import Rectify, Resolution
from dsar.domain.work import Step
from dsar.fanout.subject import Subject
from dsar.store import Database, decisions
from dsar.store.findings import MatchRow

T = TypeVar("T")


async def carry_out(db: Database, step: Step, subject: Subject, session: Session) -> list[Receipt]:
    """Send the order of a step; the key makes a repetition harmless."""
    match step.payload["order"]:
        case "suppress":
            return await suppress(step, subject, session)
        case "rectify":
            return await _all(step, subject, session, await _correction(db, step, subject))
        case "restrict":
            return await _all(step, subject, session, Restrict(on=True))
        case "lift":
            return await _all(step, subject, session, Restrict(on=False))
    # Where both are ordered, the marketing stop goes first: afterwards the rows that know the person are gone.
    if step.payload.get("suppress_first"):
        await suppress(step, subject, session)
    return await _all(step, subject, session, Erase())


async def _all(step: Step, subject: Subject, session: Session, order: Order) -> list[Receipt]:
    """Send the same for every subject that the person is there."""

    async def send(match: MatchRow) -> Receipt:
        key = key_of(step, str(match.id))
        return await session.carry_out(subject.ref_of(match), subject.case.scope, order, key)

    return await each(subject.counted, send)


async def each(orders: Iterable[T], send: Callable[[T], Awaitable[Receipt]]) -> list[Receipt]:
    """Send one after the other; what refuses one stops none of the others."""
    receipts: list[Receipt] = []
    refused: Refused | None = None
    lacking: NotHeld | None = None
    for one in orders:
        try:
            receipts.append(await send(one))
        except NotHeld as error:
            lacking = error
        except Refused as error:
            # Of several the one that a new approval mends: what refuses by then shows again.
            refused = refused if isinstance(refused, Changed) else error
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
