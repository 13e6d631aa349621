"""What would leave if the answer were written now: counted, with who has to approve it and who has."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import State
from dsar.domain.clearing import Because, approvers, needed
from dsar.domain.errors import NotFound
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import StepOutcome
from dsar.review.browsing import Damaged
from dsar.review.counting import Counting, Found, Summary, WithheldCount
from dsar.review.looking import Looking
from dsar.store import Database, approvals, cases, content, supplements
from dsar.store.approvals import ApprovalRow

_SEARCHED = frozenset(
    {
        StepOutcome.FOUND,
        StepOutcome.NO_MATCH,
        StepOutcome.NOT_SEARCHABLE,
        StepOutcome.MANUAL,
        StepOutcome.DONE,
    }
)


class ShownApproval(Struct, frozen=True):
    """One person's word. `counts` is false where what they approved is no longer what would leave."""

    by: UUID
    at: datetime
    content: str
    counts: bool


class Release(Struct, frozen=True, kw_only=True):
    """What would leave. `content` is what an approval names; `number` the archive's, 1 for the answer.

    `people` is how many different ones have to approve it, for the reasons in `because`; `missing` how many have not.
    """

    content: str
    number: int
    state: State
    leaves: list[Found]
    withheld: list[WithheldCount]
    gaps: list[str]
    damaged: list[Damaged]
    people: int
    because: tuple[Because, ...]
    missing: int
    approvals: list[ShownApproval]


class Leaving:
    """Staff's look at the whole answer before it leaves. No record is shown, and nothing is changed."""

    def __init__(self, db: Database, profile: LoadedProfile, looking: Looking, counting: Counting) -> None:
        self._db = db
        self._profile = profile
        self._looking = looking
        self._counting = counting

    async def shown(self, case_id: UUID) -> Release:
        """The release as it stands; raises NotFound for a case that copies nothing."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            if not case.right.copies:
                raise NotFound("the case copies nothing, and releases nothing")
            number = await supplements.waiting(connection, case) or 1
            known = await content.of_case(connection, case, self._profile, number)
            given = await approvals.of_case(connection, case_id)
            look = await self._looking.within(connection, case, number=number)
        wanted = needed(case, self._profile.profile, known.contained)
        counted = await self._counting.of(look, known.digest)
        return Release(
            content=known.digest.hex(),
            number=number,
            state=case.state,
            leaves=counted.found,
            withheld=counted.withheld,
            gaps=sorted({one.system_key for one in known.searched if one.outcome not in _SEARCHED}),
            damaged=counted.damaged,
            people=wanted.people,
            because=wanted.because,
            missing=max(wanted.people - len(approvers(known.digest, given)), 0),
            approvals=[_approval(row, known.digest) for row in given],
        )

    async def summary(self, case_id: UUID) -> Summary:
        """The counts alone, of any case that holds something."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            known = await content.of_case(connection, case, self._profile)
            look = await self._looking.within(connection, case)
        return await self._counting.of(look, known.digest)


def _approval(row: ApprovalRow, digest: bytes) -> ShownApproval:
    return ShownApproval(row.staff_id, row.created_at, row.content.hex(), row.content == digest)
