"""What erasures would do, in Postgres: for each match its counts and grounds, and who approved them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case
from dsar.domain.planning import Drawn, Foreseen, KeptCount, draw
from dsar.domain.searching import targets
from dsar.domain.systems import SystemFacts
from dsar.domain.work import StepKind
from dsar.store import findings, legal_holds, steps
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("plan")


class NewPlan(Struct, frozen=True):
    """What the erasure of one match would do."""

    match_id: UUID
    digest: str
    erased: dict[str, int]
    kept: tuple[KeptCount, ...]


async def replace(
    connection: Connection, case_id: UUID, system_key: str, new: Sequence[NewPlan], now: datetime
) -> None:
    """Put what a system foresees in the place of what it foresaw before; what was approved stays on record."""
    await _q["forget"].run(connection, case_id=case_id, system_key=system_key)
    if new:
        await _q["insert"].run(connection, case_id=case_id, system_key=system_key, **_columns(new), now=now)


def _columns(new: Sequence[NewPlan]) -> dict[str, Any]:
    return {
        "ids": [new_id() for _ in new],
        "match_ids": [one.match_id for one in new],
        "digests": [one.digest for one in new],
        "eraseds": [one.erased for one in new],
        "kepts": [msgspec.to_builtins(one.kept) for one in new],
    }


async def drawn(connection: Connection, case: Case, configured: Sequence[SystemFacts]) -> Drawn:
    """The whole plan of a case, as it stands now."""
    found = [row.found for row in await findings.matches_of_case(connection, case.id)]
    asked = await steps.ended(connection, case.id, StepKind.FORESEE)
    rows = [as_struct(row, Foreseen) for row in await _q["newest"].rows(connection, case_id=case.id)]
    holds = {key: await legal_holds.met_by(connection, case, key) for key in targets(found)}
    return draw(found, configured, asked, rows, holds)


async def approve(
    connection: Connection, approved: Iterable[Foreseen], staff_id: UUID, now: datetime
) -> None:
    """Write who approved them."""
    await _q["approve"].run(connection, ids=[one.id for one in approved], staff_id=staff_id, now=now)


async def approved(connection: Connection, case_id: UUID, system_key: str) -> dict[UUID, Foreseen]:
    """What an order to the system executes, by match."""
    rows = await _q["approved"].rows(connection, case_id=case_id, system_key=system_key)
    return {row["match_id"]: as_struct(row, Foreseen) for row in rows}
