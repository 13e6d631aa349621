"""Standing instructions in Postgres, and the heeding of what a controller said before its case came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dsar.domain import standing
from dsar.domain.ending import with_closing
from dsar.domain.errors import NotFound
from dsar.domain.profile import Profile
from dsar.domain.standing import Standing
from dsar.domain.systems import SystemFacts
from dsar.store import cases, events
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("standing")

LISTED_MAX = 200


async def add(connection: Connection, new: Standing) -> None:
    """Keep a standing instruction."""
    await _q["insert"].run(
        connection,
        id=new.id,
        controller_id=new.controller_id,
        rights=[right.value for right in new.rights],
        instruction=new.instruction.value,
        answer_to=new.answer_to.value if new.answer_to else None,
        given_by=new.given_by,
        given_at=new.given_at,
    )


async def in_force(connection: Connection, controller_id: UUID) -> list[Standing]:
    """Those that count now."""
    rows = await _q["in_force"].rows(connection, controller_id=controller_id)
    return [as_struct(row, Standing) for row in rows]


async def of_controller(connection: Connection, controller_id: UUID) -> list[Standing]:
    """Those that count and those that were withdrawn, which are kept; the newest first."""
    rows = await _q["of_controller"].rows(connection, controller_id=controller_id, page_size=LISTED_MAX)
    return [as_struct(row, Standing) for row in rows]


async def one(connection: Connection, standing_id: UUID, controller_id: UUID) -> Standing:
    """One of a controller's; raises NotFound for anybody else's."""
    row = await _q["one"].row(connection, id=standing_id, controller_id=controller_id)
    if row is None:
        raise NotFound("no such standing instruction")
    return as_struct(row, Standing)


async def withdraw(
    connection: Connection, standing_id: UUID, controller_id: UUID, by: str, now: datetime
) -> bool:
    """It counts no more; False when it did not count."""
    changed = await _q["withdraw"].run(
        connection, id=standing_id, controller_id=controller_id, withdrawn_by=by, now=now
    )
    return changed == 1


async def heed(
    connection: Connection, case_id: UUID, profile: Profile, systems: Sequence[SystemFacts], now: datetime
) -> None:
    """The case has just come to its controller: carry out what it said with the request, or for all of the right."""
    case = await cases.lock(connection, case_id)
    assert case.controller_id is not None
    word = standing.ahead(await events.of_case(connection, case_id))
    word = word or standing.of_right(case.right, await in_force(connection, case.controller_id))
    if word is not None:
        decision = standing.apply(case, word, profile, systems)
        await cases.apply(connection, case, with_closing(decision, profile, now), now)
