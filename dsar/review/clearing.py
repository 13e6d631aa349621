"""Staff's word that exactly this may leave, and what becomes of it when that changes."""

from datetime import datetime

from dsar.domain import clearing
from dsar.domain.case import Case
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.review.acting import Actor
from dsar.review.planning import Approval
from dsar.store import Connection, approvals, content


async def approve_content(
    tx: Connection,
    actor: Actor,
    case: Case,
    wanted: Approval,
    loaded: LoadedProfile,
    now: datetime,
    number: int = 1,
) -> tuple[tuple[NewEvent, ...], bool]:
    """Keep one person's approval of a copy: the entry for the history, and whether all that it needs are there.

    The case is locked: of two who approve at once, one is the second.
    """
    if not case.right.copies:
        return (), True
    known = await content.of_case(tx, case, loaded, number)
    digest = known.digest
    clearing.check_name(digest, wanted.content)
    earlier = await approvals.of_case(tx, case.id)
    needed = clearing.needed(case, loaded.profile, known.contained)
    given = clearing.approvers(digest, earlier)
    if actor.id in given and needed.people > len(given):
        raise NotNow("approval", "was given by you already.", "Somebody else has to approve it as well.")
    await approvals.insert(tx, case.id, digest, actor.id, now)
    given |= {actor.id}
    said = {"content": digest.hex(), "people": len(given), "needed": needed.people}
    return (NewEvent("release.approved", actor.name, said),), len(given) >= needed.people
