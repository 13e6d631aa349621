"""What came after an answer, in Postgres: what is in no archive yet, and how far its telling is."""

from datetime import datetime
from uuid import UUID

from dsar.domain import supplementing
from dsar.domain.case import Case, Decision
from dsar.domain.profile import Profile
from dsar.domain.supplementing import KINDS, REVIEW, Fresh, Late, Search, after_late_search
from dsar.domain.work import StepKind, StepState
from dsar.store import events, findings, identities, steps
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct
from dsar.store.steps import StepRow

_q = noun("supplement")


async def look(connection: Connection, case: Case, profile: Profile, now: datetime) -> Decision:
    """What is to be done about what came after the answer, if anything; the case is locked by the caller."""
    if not supplementing.may_supplement(case):
        return Decision()
    return after_late_search(case, profile, await late(connection, case), now)


async def late(connection: Connection, case: Case) -> Late:
    """A delivered case with its late searches."""
    rows = await steps.of_case(connection, case.id)
    mine = [row for row in rows if _is_of_a_supplement(row)]
    found = await findings.matches_of_case(connection, case.id)
    return Late(
        told_missing=supplementing.told_missing(await events.of_case(connection, case.id)),
        searches=_searches(rows),
        fresh=await fresh(connection, case.id),
        numbers=tuple(int(row.payload["number"]) for row in mine),
        under_way=any(row.state is not StepState.DONE for row in mine),
        undecided=any(row.found.open for row in found),
        proofs=tuple((one.kind, one.proof) for one in await identities.of_case(connection, case.id)),
    )


def _is_of_a_supplement(row: StepRow) -> bool:
    return row.kind in KINDS or (row.kind is StepKind.BY_HAND and row.key.startswith(REVIEW))


def _searches(rows: list[StepRow]) -> tuple[Search, ...]:
    searches = (row for row in rows if row.kind is StepKind.SEARCH)
    return tuple(Search(str(row.payload.get("system", row.key)), row.outcome) for row in searches)


async def missing(connection: Connection, case_id: UUID) -> frozenset[str]:
    """The systems that are a gap of the answer as it stands."""
    return supplementing.missing(_searches(await steps.of_case(connection, case_id)))


async def fresh(connection: Connection, case_id: UUID) -> tuple[Fresh, ...]:
    """What is in no archive yet."""
    return tuple(as_struct(row, Fresh) for row in await _q["fresh"].rows(connection, case_id=case_id))


async def records_by_system(connection: Connection, case_id: UUID, number: int) -> dict[str, int]:
    """How many records and files of each system are in the archive of that number."""
    rows = await _q["records_by_system"].rows(connection, case_id=case_id, number=number)
    return {row["system_key"]: row["records"] for row in rows}


async def waiting(connection: Connection, case: Case) -> int | None:
    """The number of the supplement that people have yet to approve; None where none waits."""
    if not supplementing.may_supplement(case):
        return None
    number = await _q["waiting"].value(connection, case_id=case.id, prefix=REVIEW)
    return int(number) if number is not None else None


async def reopen(connection: Connection, step_id: UUID, case_id: UUID, now: datetime) -> bool:
    """Try a search again that ended as a gap, from its mark on; False where it is none."""
    return await _q["reopen"].run(connection, id=step_id, case_id=case_id, now=now) == 1


async def leave_open(connection: Connection, case_id: UUID, now: datetime) -> list[str]:
    """End what still searches as a gap of the answer, to go on when that is out; the keys of its steps."""
    rows = await _q["leave_open"].rows(connection, case_id=case_id, now=now)
    return sorted(row["key"] for row in rows)


async def go_on(connection: Connection, case_id: UUID, now: datetime) -> None:
    """The answer is out: what was left open for it is searched on, or is a person's task again."""
    await _q["go_on"].run(connection, case_id=case_id, now=now)


async def postpone_close(connection: Connection, case_id: UUID, until: datetime) -> None:
    """Keep the case for as long as what was added can be fetched."""
    await _q["postpone_close"].run(connection, case_id=case_id, until=until)
