"""Cases in Postgres, and the writing of a decision: case, history, next steps and messages together."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, Decision, Outcome, State, case_number, check
from dsar.domain.clock import Due
from dsar.domain.errors import NotFound
from dsar.domain.history import chain
from dsar.domain.rights import Right
from dsar.domain.telling import told
from dsar.store import events, identities, opendsr, outbox, steps
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("case")

LONG_AGO = date(1, 1, 1)


class CaseRow(Struct, frozen=True):
    """A case as lists show it."""

    id: UUID
    reference: str
    right: Right
    role: str
    state: State
    outcome: Outcome | None
    tenant: str | None
    controller_id: UUID | None
    received_at: datetime
    due_date: date
    statutory_due_date: date | None
    assist_due_date: date | None
    assignee: UUID | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def shown_reference(self) -> str:
        """As of a `Case`."""
        return self.reference if self.controller_id is None else case_number(self.id)


class Filter(Struct, frozen=True, kw_only=True):
    """Which cases a list shows; None does not narrow."""

    state: State | None = None
    role: str | None = None
    right: Right | None = None
    due_until: date | None = None
    assignee: UUID | None = None
    reference: str | None = None
    overdue_on: date | None = None


class OwnFilter(Struct, frozen=True, kw_only=True):
    """Which of its cases a controller's list shows; None does not narrow. `is_open`: not answered, not ended."""

    state: State | None = None
    right: Right | None = None
    is_open: bool | None = None
    due_before: date | None = None


EVERY = OwnFilter()


class NewCase(Struct, frozen=True, kw_only=True):
    """A case to be made, with its first events already chained."""

    id: UUID
    request_id: UUID
    right: Right
    role: str
    state: State
    regime: str
    received_at: datetime
    due: Due
    wrapped_key: bytes
    sealed_details: bytes | None
    event_count: int
    event_head: bytes
    parent_id: UUID | None = None
    controller_id: UUID | None = None
    tenant: str | None = None
    assist_due_date: date | None = None
    residence: str = ""


def columns(new: Sequence[NewCase]) -> dict[str, Any]:
    """Cases to be made, column by column."""
    return {
        "ids": [c.id for c in new],
        "request_ids": [c.request_id for c in new],
        "parent_ids": [c.parent_id for c in new],
        "controller_ids": [c.controller_id for c in new],
        "tenants": [c.tenant for c in new],
        "rights": [c.right.value for c in new],
        "roles": [c.role for c in new],
        "states": [c.state.value for c in new],
        "residences": [c.residence for c in new],
        "regimes": [c.regime for c in new],
        "received_ats": [c.received_at for c in new],
        "due_dates": [c.due.due_date for c in new],
        "strict_due_dates": [c.due.strict_due_date for c in new],
        "statutory_due_dates": [c.due.statutory_due_date for c in new],
        "notice_deadlines": [c.due.extension_notice_deadline for c in new],
        "assist_due_dates": [c.assist_due_date for c in new],
        "clocks": [msgspec.to_builtins(c.due) for c in new],
        "wrapped_keys": [c.wrapped_key for c in new],
        "sealed_details": [c.sealed_details for c in new],
        "event_counts": [c.event_count for c in new],
        "event_heads": [c.event_head for c in new],
    }


async def insert(connection: Connection, new: Sequence[NewCase], profile_hash: bytes, now: datetime) -> None:
    """Make cases."""
    await _q["insert"].run(connection, **columns(new), profile_hash=profile_hash, now=now)


async def one(connection: Connection, case_id: UUID) -> Case:
    """The case as it stands; raises NotFound."""
    return _case(await _q["one"].row(connection, id=case_id))


async def lock(connection: Connection, case_id: UUID) -> Case:
    """The case, held until the transaction ends, so that decisions on it come one after another."""
    return _case(await _q["lock"].row(connection, id=case_id))


async def lock_of_request(connection: Connection, request_id: UUID) -> list[Case]:
    """The person's own cases of a request, held; a controller's, cut from them, are not among these."""
    return [_case(row) for row in await _q["lock_of_request"].rows(connection, request_id=request_id)]


async def lock_cut_from(connection: Connection, parent_id: UUID) -> list[Case]:
    """The businesses' cases that were cut from a person's own, held."""
    return [_case(row) for row in await _q["lock_cut_from"].rows(connection, parent_id=parent_id)]


async def other_restrictions(connection: Connection, case_id: UUID, now: datetime) -> list[UUID]:
    """Other restrictions of the same person, in the same hands, that stand and are not lifted by now."""
    rows = await _q["other_restrictions"].rows(connection, id=case_id, now=now)
    return [row["id"] for row in rows]


def _case(row: Any) -> Case:
    if row is None:
        raise NotFound("no such case")
    return as_struct(row, Case)


async def apply(connection: Connection, case: Case, decision: Decision, now: datetime) -> None:
    """Write a decision on a locked case; all of it or, with the transaction, none."""
    check(case, decision)
    decision = told(case, decision)
    entries = chain(case.id, case.event_count, case.event_head, now, decision.events)
    state = decision.state or case.state
    answer_to = decision.answer_to or case.answer_to
    if entries or state is not case.state:
        await _q["move"].run(
            connection,
            id=case.id,
            state=state.value,
            outcome=_value(decision.outcome or case.outcome),
            answer_to=_value(answer_to),
            closed_at=(case.closed_at or now) if state is State.CLOSED else None,
            event_count=case.event_count + len(entries),
            event_head=entries[-1].hash if entries else case.event_head,
        )
    await events.insert(connection, entries)
    if state is State.CLOSED:
        await steps.drop_open(connection, case.id, now)
    if decision.state in {State.DELIVERED, State.CLOSED}:
        await steps.end_watch(connection, case.id, now)
    if decision.suppress:
        # 11 CCR 7026(d): an opt-out counts without proof
        unproven_too = not case.right.needs_proof
        await identities.suppress(connection, case.id, case.right.article, now, unproven_too=unproven_too)
    notices = (*decision.notices, *await opendsr.callbacks(connection, case, decision, now))
    messages = await outbox.insert(connection, [(case.id, notice) for notice in notices], now)
    await steps.insert(connection, [(case.id, step) for step in decision.steps] + messages, now)


def _value(choice: StrEnum | None) -> str | None:
    return choice.value if choice else None


async def set_due(connection: Connection, case_id: UUID, due: Due) -> None:
    """Renew the cached due date from the clock, and with it the alarms."""
    await _q["set_due"].run(
        connection,
        id=case_id,
        due_date=due.due_date,
        strict_due_date=due.strict_due_date,
        statutory_due_date=due.statutory_due_date,
        notice_deadline=due.extension_notice_deadline,
        paused=due.paused,
        clock=msgspec.to_builtins(due),
    )
    await steps.wake_watch(connection, case_id)


async def page(
    connection: Connection, wanted: Filter, after: tuple[date, UUID] | None, page_size: int
) -> list[CaseRow]:
    """Cases by due date, after the one that a cursor names."""
    after_due, after_id = after or (LONG_AGO, UUID(int=0))
    rows = await _q["page"].rows(
        connection,
        after_due=after_due,
        after_id=after_id,
        state=wanted.state.value if wanted.state else None,
        case_role=wanted.role,
        case_right=wanted.right.value if wanted.right else None,
        due_until=wanted.due_until,
        assignee=wanted.assignee,
        reference=wanted.reference,
        overdue_on=wanted.overdue_on,
        page_size=page_size,
    )
    return [as_struct(row, CaseRow) for row in rows]


async def of_controller(
    connection: Connection,
    controller_id: UUID,
    after_id: UUID | None,
    page_size: int,
    wanted: OwnFilter = EVERY,
) -> list[CaseRow]:
    """One controller's cases; meant for a connection that sees no others anyway."""
    rows = await _q["of_controller"].rows(
        connection,
        controller_id=controller_id,
        after_id=after_id or UUID(int=0),
        state=_value(wanted.state),
        case_right=_value(wanted.right),
        is_open=wanted.is_open,
        due_before=wanted.due_before,
        page_size=page_size,
    )
    return [as_struct(row, CaseRow) for row in rows]


async def states_of_request(connection: Connection, reference: str) -> list[dict[str, Any]]:
    """What the status page says: no more than right, state and dates."""
    return [dict(row) for row in await _q["states_of_request"].rows(connection, reference=reference)]


async def assign(connection: Connection, case_id: UUID, staff_id: UUID | None) -> None:
    """Give the case to a staff member."""
    await _q["assign"].run(connection, id=case_id, assignee=staff_id)


async def sealed_details(connection: Connection, case_id: UUID) -> bytes | None:
    """What the person wrote, sealed under the case's key."""
    return await _q["sealed_details"].value(connection, id=case_id)  # type: ignore[no-any-return]


async def clock(connection: Connection, case_id: UUID) -> dict[str, Any]:
    """The explanation of the due date, step by step."""
    return await _q["clock"].value(connection, id=case_id)  # type: ignore[no-any-return]


async def destroy_key(connection: Connection, case_id: UUID, now: datetime) -> None:
    """The deletion: whatever was sealed under the key can never be read again."""
    await _q["destroy_key"].run(connection, id=case_id, now=now)


async def tallies(connection: Connection) -> dict[str, int]:
    """How many cases stand in each state."""
    return {row["state"]: row["cases"] for row in await _q["tallies"].rows(connection)}


async def heads(connection: Connection) -> list[tuple[UUID, int, bytes]]:
    """Each case with the length of its history and the hash of its last entry."""
    rows = await _q["ids"].rows(connection)
    return [(row["id"], row["event_count"], row["event_head"]) for row in rows]
