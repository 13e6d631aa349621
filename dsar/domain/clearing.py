"""Who has to approve what leaves, and whether they have: one person, or two different ones, each exactly this."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from dsar.contract import Role
from dsar.domain.case import Case, Decision, State
from dsar.domain.content import Contained
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile, Strength
from dsar.domain.proof import enough


class Because(StrEnum):
    """What makes somebody look before an answer leaves."""

    APPROVAL = "approval"  # the profile wants it for this right
    AUDIO = "audio"
    SENSITIVE = "sensitive"
    WEAK_PROOF = "weak_proof"


class Needed(Struct, frozen=True):
    """How many different people have to approve, and why."""

    people: int
    because: tuple[Because, ...] = ()


class Approval(Protocol):
    """One person's word for one content."""

    @property
    def content(self) -> bytes:
        """What was approved."""

    @property
    def staff_id(self) -> UUID:
        """By whom."""


def needed(case: Case, profile: Profile, contained: Contained) -> Needed:
    """Who has to approve the copy of a case. In a processor's case the controller's instruction is the approval."""
    if case.role is not Role.CONTROLLER or not case.right.copies:
        return Needed(0)
    two = tuple(_two_people(profile, contained))
    one = (Because.APPROVAL,) if case.right in profile.approval else ()
    return Needed(2 if two else len(one), (*one, *two))


def _two_people(profile: Profile, contained: Contained) -> Iterable[Because]:
    wanted = profile.review.two_people
    if "audio" in wanted and contained.recordings:
        yield Because.AUDIO
    if "sensitive" in wanted and any(
        category.sensitive for key, category in profile.categories.items() if key in contained.categories
    ):
        yield Because.SENSITIVE
    # Staff's own check, or two addresses of different kinds, is as good as it gets; one telephone may be lent.
    if "weak_proof" in wanted and not enough(Strength.TWO, contained.proofs):
        yield Because.WEAK_PROOF


def approvers(content: bytes, approvals: Iterable[Approval]) -> frozenset[UUID]:
    """Who has approved exactly this; whoever says it twice is one."""
    return frozenset(one.staff_id for one in approvals if one.content == content)


def is_cleared(needed_: Needed, content: bytes, approvals: Sequence[Approval], *, number: int = 1) -> bool:
    """Whether it may leave. Where nobody had to look and nobody has, there is nothing to compare.

    Where somebody has, the content must be what that was: a later change asks again. What was approved before a
    supplement was the answer's.
    """
    looked_at = number == 1 and len(approvals) > 0
    least = max(needed_.people, int(looked_at))
    return len(approvers(content, approvals)) >= least


def check_name(content: bytes, named: str | None) -> None:
    """Whoever approves names what they looked at."""
    if named is None:
        raise NotNow("content", "is missing.", "Look at what would leave, and name its digest.")
    if named != content.hex():
        raise NotNow("content", "is not what would leave now.", "Look at it again, and name that digest.")


def sent_back(content: bytes) -> Decision:
    """What was approved is no longer what would leave: it is looked at once more, and nothing goes out."""
    changed = NewEvent("release.changed", data={"content": content.hex()})
    asked = NewEvent("review.needed", data={"for": "approval"})
    return Decision(state=State.IN_REVIEW, events=(changed, asked))
