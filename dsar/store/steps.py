"""Steps in Postgres: claimed by many workers, settled by one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.searching import Ended, foresight
from dsar.domain.work import NewStep, Step, StepKind, StepOutcome, StepState
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("step")


class StepRow(Struct, frozen=True):
    """A step as staff sees it."""

    id: UUID
    case_id: UUID
    kind: StepKind
    key: str
    payload: dict[str, Any]
    state: StepState
    due_at: datetime
    attempt: int
    outcome: StepOutcome | None
    detail: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class Backlog(Struct, frozen=True):
    """How many steps wait, run and need a person."""

    ready: int
    running: int
    manual: int


async def claim(connection: Connection, now: datetime, leased_until: datetime, batch: int) -> list[Step]:
    """Up to `batch` due steps, ours until `leased_until`; older cases first."""
    rows = await _q["claim"].rows(connection, now=now, leased_until=leased_until, batch=batch)
    return sorted((as_struct(row, Step) for row in rows), key=lambda step: (step.case_id, step.created_at))


async def renew(connection: Connection, steps: Sequence[Step], leased_until: datetime) -> None:
    """Hold on to steps that are still at work."""
    ids, leases = [step.id for step in steps], [step.lease for step in steps]
    await _q["renew"].run(connection, ids=ids, leases=leases, leased_until=leased_until)


async def release(connection: Connection, step: Step) -> None:
    """Give an unfinished step back, at a clean stop."""
    await _q["release"].run(connection, id=step.id, lease=step.lease)


async def release_expired(connection: Connection, now: datetime) -> int:
    """Give back what a dead worker held."""
    return await _q["release_expired"].run(connection, now=now)


async def advance(
    connection: Connection, step: Step, cursor: str, detail: dict[str, Any] | None = None
) -> bool:
    """Move a step's mark, and what was learnt up to it; False when the step is no longer ours."""
    changed = await _q["advance"].run(
        connection, id=step.id, lease=step.lease, cursor=cursor, detail=detail or {}
    )
    return changed == 1


async def restart(connection: Connection, step: Step) -> bool:
    """Forget a step's mark and what was learnt up to it; False when the step is no longer ours."""
    return await _q["restart"].run(connection, id=step.id, lease=step.lease) == 1


async def remember(connection: Connection, step: Step, detail: dict[str, Any]) -> bool:
    """Write down what a repetition must know, before going on; False when the step is no longer ours."""
    changed = await _q["remember"].run(connection, id=step.id, lease=step.lease, detail=detail)
    return changed == 1


def columns(new: Sequence[tuple[UUID, NewStep]], now: datetime) -> dict[str, Any]:
    """Steps to be made, column by column."""
    return {
        "ids": [new_id() for _ in new],
        "case_ids": [case_id for case_id, _ in new],
        "kinds": [step.kind.value for _, step in new],
        "keys": [step.key for _, step in new],
        "lanes": [step.lane for _, step in new],
        "payloads": [step.payload for _, step in new],
        "states": ["manual" if step.by_hand else "ready" for _, step in new],
        "due_ats": [step.due_at or now for _, step in new],
    }


async def insert(connection: Connection, steps: Iterable[tuple[UUID, NewStep]], now: datetime) -> None:
    """Make steps; those that exist already stay as they are."""
    new = list(steps)
    if new:
        await _q["insert"].run(connection, **columns(new, now), now=now)


async def of_case(connection: Connection, case_id: UUID) -> list[StepRow]:
    """All steps of a case, in the order they were made."""
    return [as_struct(row, StepRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def one(connection: Connection, step_id: UUID, case_id: UUID) -> StepRow | None:
    """One step of a case."""
    row = await _q["one"].row(connection, id=step_id, case_id=case_id)
    return as_struct(row, StepRow) if row else None


async def ended(connection: Connection, case_id: UUID, *kinds: StepKind) -> list[Ended]:
    """How the case's steps of these kinds stand, as a decision sees them."""
    rows = await _q["of_kinds"].rows(connection, case_id=case_id, kinds=[kind.value for kind in kinds])
    return [
        Ended(
            system_key=row["payload"].get("system", row["key"]),
            state=StepState(row["state"]),
            outcome=StepOutcome(row["outcome"]) if row["outcome"] else None,
            order=row["payload"].get("order"),
            reason=row["detail"].get("text") or row["detail"].get("reason"),
        )
        for row in rows
    ]


async def retry(connection: Connection, step_id: UUID, case_id: UUID, now: datetime) -> bool:
    """Let a waiting step be tried again now, with all its attempts."""
    return await _q["retry"].run(connection, id=step_id, case_id=case_id, now=now) == 1


async def finish_by_hand(
    connection: Connection,
    step_id: UUID,
    case_id: UUID,
    outcome: StepOutcome,
    detail: dict[str, Any],
    now: datetime,
) -> bool:
    """End a person's task; False when it is not one."""
    changed = await _q["finish_by_hand"].run(
        connection, id=step_id, case_id=case_id, outcome=outcome.value, detail=detail, now=now
    )
    return changed == 1


async def drop_open(connection: Connection, case_id: UUID, now: datetime) -> None:
    """A case goes another way: what has not begun is dropped.

    But its messages and its closing stay, the watch over its dates until it is answered (`end_watch`), what an
    erasure promised to release, and the late looks that show that it lasts.
    """
    await _q["drop_open"].run(connection, case_id=case_id, now=now)


async def waiting_for_hold(connection: Connection, hold_id: UUID) -> list[tuple[UUID, UUID]]:
    """Case and id of each order that a legal hold made a person's task."""
    rows = await _q["waiting_for_hold"].rows(connection, hold_id=str(hold_id))
    return [(row["case_id"], row["id"]) for row in rows]


async def earlier_release(connection: Connection, step: Step) -> bool:
    """Whether a release of an earlier day, in the same case and system, is still under way."""
    until = step.payload.get("until")
    if until is None:
        return False
    row = await _q["earlier_release"].row(
        connection, case_id=step.case_id, system_key=str(step.payload["system"]), until=str(until)
    )
    return bool(row["waits"])


async def wake_watch(connection: Connection, case_id: UUID) -> None:
    """Have the case's alarms counted anew."""
    await _q["wake_watch"].run(connection, case_id=case_id)


async def end_watch(connection: Connection, case_id: UUID, now: datetime) -> None:
    """The case was answered: no date of it is waited for any more."""
    await _q["end_watch"].run(connection, case_id=case_id, now=now)


async def drop_tasks(connection: Connection, case_id: UUID, now: datetime) -> None:
    """What people were to do is no longer wanted; the service's own work goes on."""
    await _q["drop_tasks"].run(connection, case_id=case_id, now=now)


async def drop_questions(connection: Connection, case_id: UUID, now: datetime) -> None:
    """The controller has decided: what it still asks the person is no longer waited for."""
    await _q["drop_questions"].run(connection, case_id=case_id, now=now)


async def foresee_anew(connection: Connection, case_id: UUID, keys: Sequence[str], now: datetime) -> None:
    """Have these systems say once more what an erasure would do."""
    await insert(connection, [(case_id, foresight(key)) for key in keys], now)
    await _q["foresee_anew"].run(connection, case_id=case_id, keys=list(keys), now=now)


async def drop_foresights(connection: Connection, case_id: UUID, now: datetime) -> None:
    """Nobody waits any longer for what systems would say."""
    await _q["drop_foresights"].run(connection, case_id=case_id, now=now)


async def take_back(
    connection: Connection, case_id: UUID, match_id: UUID, now: datetime
) -> list[UUID] | None:
    """End the searches that collect a match; None, and no end of any, while one of them is just being ended."""
    wanted = await _q["of_match"].value(connection, case_id=case_id, match_id=str(match_id))
    rows = await _q["take_back"].rows(connection, case_id=case_id, match_id=str(match_id), now=now)
    return [row["id"] for row in rows] if len(rows) == wanted else None


async def close_unproven(connection: Connection, before: datetime, now: datetime) -> int:
    """Have requests closed that came in before then and were never proven; at most a hundred at once."""
    return await _q["close_unproven"].run(
        connection, ids=[new_id() for _ in range(100)], before=before, now=now
    )


async def backlog(connection: Connection, now: datetime) -> Backlog:
    """Figures for the metrics and for `readyz`."""
    return as_struct(await _q["backlog"].row(connection, now=now), Backlog)
