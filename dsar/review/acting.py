"""Who acts on a case, and the look at the case that follows an act."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain import searching
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.profile import Profile
from dsar.domain.work import StepKind
from dsar.outbound import facts
from dsar.store import Connection, cases, findings, steps, systems

TEXT_LENGTH_MAX = 2000


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
    ended = await steps.ended(tx, case_id, StepKind.SEARCH)
    found = [row.found for row in await findings.matches_of_case(tx, case_id)]
    configured = facts(await systems.enabled(tx))
    await cases.apply(tx, case, searching.after_search(case, profile, ended, found, configured), now)


async def look_at_orders(tx: Connection, case_id: UUID, now: datetime) -> None:
    """A task ended: once all orders and tasks have, the answer is written."""
    case = await cases.lock(tx, case_id)
    ended = await steps.ended(tx, case_id, StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
    await cases.apply(tx, case, searching.after_order(case, ended), now)


def required(field: str, text: str) -> None:
    """Refuse an empty or endless text."""
    if not text.strip():
        raise InvalidInput(FieldError(field, "is empty.", "Say it in a sentence."))
    if len(text) > TEXT_LENGTH_MAX:
        raise InvalidInput(FieldError(field, "is too long.", f"Use at most {TEXT_LENGTH_MAX} characters."))
