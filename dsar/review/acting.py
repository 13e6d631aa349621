"""Who acts on a case, and the look at the case that follows an act."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain import searching
from dsar.domain.case import State
from dsar.domain.profile import Profile
from dsar.domain.work import StepKind
from dsar.outbound import facts
from dsar.store import Connection, cases, content, findings, steps, supplements, systems


class Actor(Struct, frozen=True):
    """The staff member who acts."""

    id: UUID

    @property
    def name(self) -> str:
        """As the history has it."""
        return f"staff:{self.id}"


async def look_again(tx: Connection, case_id: UUID, profile: Profile, now: datetime) -> None:
    """A search or its review moved on: perhaps nothing is left to wait for."""
    case = await cases.lock(tx, case_id)
    if case.state is State.DELIVERED:
        await cases.apply(tx, case, await supplements.look(tx, case, profile, now), now)
        return
    ended = await steps.ended(tx, case_id, StepKind.SEARCH)
    found = [row.found for row in await findings.matches_of_case(tx, case_id)]
    configured = facts(await systems.enabled(tx))
    contained = await content.contained(tx, case)
    await cases.apply(
        tx, case, searching.after_search(case, profile, ended, found, configured, contained), now
    )


async def look_at_orders(tx: Connection, case_id: UUID, now: datetime) -> None:
    """A task ended: once all orders and tasks have, the answer is written."""
    case = await cases.lock(tx, case_id)
    ended = await steps.ended(tx, case_id, StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
    await cases.apply(tx, case, searching.after_order(case, ended), now)
