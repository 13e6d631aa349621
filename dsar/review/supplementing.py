"""What staff decides about the rest of an answer: to answer without it for now, and that it may follow."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dsar.domain.case import Case, Decision, State
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.supplementing import approved, review_key
from dsar.domain.work import StepKind, StepOutcome
from dsar.review.acting import Actor, look_again
from dsar.review.clearing import approve_content
from dsar.review.planning import Approval
from dsar.store import Connection, Database, cases, content, steps, supplements


class Supplementing:
    """Staff's acts on what an answer lacks."""

    def __init__(
        self,
        db: Database,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._profile = profile
        self._now = now
        self._wake = wake

    async def leave_open(self, actor: Actor, case_id: UUID) -> None:
        """Answer without the systems that are still searched, and name each as a gap; the search goes on afterwards.

        GDPR 12(3): what is there goes out in time, whatever one system takes.
        """
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if not case.right.copies or case.state is not State.SEARCHING:
                raise NotNow(
                    "case",
                    "searches nothing that could be left open.",
                    "Only a copy that is being searched can.",
                )
            left = await supplements.leave_open(tx, case_id, now)
            if not left:
                raise NotNow("case", "has no search under way.", "Look at its steps once more.")
            event = NewEvent("search.left_open", actor.name, {"searches": left})
            await cases.apply(tx, case, Decision(events=(event,)), now)
            await look_again(tx, case_id, self._profile.profile, now)
        self._wake()


async def approve_more(
    tx: Connection,
    actor: Actor,
    case: Case,
    number: int,
    wanted: Approval,
    loaded: LoadedProfile,
    now: datetime,
) -> None:
    """Let what came after the answer follow it, once all who must see it have approved exactly that."""
    events, is_cleared = await approve_content(tx, actor, case, wanted, loaded, now, number)
    if not is_cleared:
        await cases.apply(tx, case, Decision(events=events), now)
        return
    (task,) = [
        row
        for row in await steps.of_case(tx, case.id)
        if row.kind is StepKind.BY_HAND and row.key == review_key(number)
    ]
    await steps.finish_by_hand(tx, task.id, case.id, StepOutcome.DONE, {"by": actor.name}, now)
    known = await content.of_case(tx, case, loaded, number)
    decision = approved(number, known.digest, actor.name)
    await cases.apply(tx, case, Decision(events=(*events, *decision.events), steps=decision.steps), now)
