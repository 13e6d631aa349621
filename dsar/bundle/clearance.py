"""Whether an archive may be written, and may leave: the case wants it, and people have approved exactly this."""

from datetime import datetime
from enum import Enum, auto

from dsar.domain.case import Case, Decision, State
from dsar.domain.clearing import is_cleared, needed, sent_back
from dsar.domain.profile import LoadedProfile
from dsar.domain.supplementing import may_supplement
from dsar.store import Connection, approvals, content, supplements


class Cleared(Enum):
    """What stands in its way, if anything."""

    YES = auto()
    NOT_WANTED = auto()  # the case goes another way by now
    NOT_APPROVED = auto()  # nobody has seen this content, or not as many as must
    CHANGED = auto()  # it is not what was written


async def cleared(
    connection: Connection, case: Case, loaded: LoadedProfile, number: int, written: bytes | None = None
) -> Cleared:
    """`written` is the digest that an archive was made from, once there is one."""
    wanted = case.state is State.ASSEMBLING if number == 1 else may_supplement(case)
    if not wanted:
        return Cleared.NOT_WANTED
    known = await content.of_case(connection, case, loaded, number)
    digest, need = known.digest, needed(case, loaded.profile, known.contained)
    # Where nobody looks, what comes in while a supplement is written goes out in the next one.
    if written not in {None, digest} and (number == 1 or need.people):
        return Cleared.CHANGED
    given = await approvals.of_case(connection, case.id)
    is_approved = is_cleared(need, digest, given, number=number)
    return Cleared.YES if is_approved else Cleared.NOT_APPROVED


async def turned_away(
    tx: Connection, case: Case, loaded: LoadedProfile, number: int, now: datetime
) -> Decision:
    """What becomes of a case whose archive may not be written; the case is locked by the caller."""
    if await cleared(tx, case, loaded, number) is not Cleared.NOT_APPROVED:
        return Decision()
    if number > 1:
        return await supplements.look(tx, case, loaded.profile, now)
    return sent_back((await content.of_case(tx, case, loaded)).digest)
