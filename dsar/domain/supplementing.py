"""What comes after the answer: a gap that closes is told, and what was found goes out in an archive of its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from dsar.domain.case import Case, Decision, Outcome, State
from dsar.domain.clearing import Needed, needed
from dsar.domain.content import Contained
from dsar.domain.history import Event, NewEvent
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.profile import Profile
from dsar.domain.work import NewStep, StepKind, StepOutcome

# Systems that come back together go in one archive and one letter.
SETTLES_IN = timedelta(minutes=10)
REVIEW = "supplement:"  # how the key of the task begins, in which people approve what came late
ANSWERED = "case.answered"
SENT = "supplement.sent"
KINDS = frozenset({StepKind.SUPPLEMENT, StepKind.TELL_MORE})
MISSING = frozenset({StepOutcome.GAP, StepOutcome.FAILED})
LEFT_OPEN = "left_open"  # where a step's detail says as what it goes on once the answer is out


class Search(Struct, frozen=True):
    """One search of one system; without an outcome it has not ended."""

    system_key: str
    outcome: StepOutcome | None


class Fresh(Struct, frozen=True):
    """What is in no archive yet, of one system and category."""

    system_key: str
    category: str
    records: int
    attachments: int
    recordings: int


class Late(Struct, frozen=True, kw_only=True):
    """A delivered case as the end of a late search finds it.

    `told_missing` are the systems that the person was last told are missing, `numbers` those of the supplements so far.
    """

    told_missing: frozenset[str]
    searches: tuple[Search, ...]
    fresh: tuple[Fresh, ...]
    numbers: tuple[int, ...] = ()
    under_way: bool = False
    undecided: bool = False  # whether a match waits for a person
    proofs: tuple[tuple[IdentityKind, ProofKind | None], ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        """The systems that are a gap now; so is one whose find has gone out in no archive yet."""
        return missing(self.searches) | (self.told_missing & {one.system_key for one in self.fresh})

    @property
    def at_work(self) -> frozenset[str]:
        """Of the missing, those that are searched on: by the system, or by a person whose task it is."""
        return frozenset(s.system_key for s in self.searches if s.outcome is None) & self.missing

    @property
    def closed(self) -> frozenset[str]:
        """The gaps that the person can be told are closed."""
        return self.told_missing - self.missing

    @property
    def contained(self) -> Contained:
        """What decides who has to approve it."""
        return Contained(
            recordings=sum(one.recordings for one in self.fresh),
            categories=frozenset(one.category for one in self.fresh),
            proofs=self.proofs,
        )


def missing(searches: Iterable[Search]) -> frozenset[str]:
    """The systems of which some search has not ended, or not well."""
    return frozenset(s.system_key for s in searches if s.outcome is None or s.outcome in MISSING)


def told_missing(history: Sequence[Event]) -> frozenset[str]:
    """Which systems the last letter named as missing."""
    last = next((event for event in reversed(history) if event.type in {ANSWERED, SENT}), None)
    return frozenset(last.data.get("missing", ())) if last is not None else frozenset()


def may_supplement(case: Case) -> bool:
    """Whether something may still be added to the answer: a copy that was sent, until the case closes."""
    return case.state is State.DELIVERED and case.right.copies and case.outcome is not Outcome.REFUSED


def review_key(number: int) -> str:
    """The key of the task in which people approve a supplement."""
    return f"{REVIEW}{number}"


def payload(number: int) -> dict[str, str | int | bool]:
    """What every step of a supplement says: which one it is."""
    return {"number": number}


def who_approves(case: Case, profile: Profile, late: Late) -> Needed:
    """The rules of the answer hold for what is added to it."""
    return needed(case, profile, late.contained)


def after_late_search(case: Case, profile: Profile, late: Late, now: datetime) -> Decision:
    """A search ended after the answer went out: tell what came, once people who must see it have.

    The clock of GDPR 12(3) is not touched: the answer was in time or was not, and the history says what came when.
    """
    if not may_supplement(case) or late.under_way or not (late.fresh or late.closed):
        return Decision()
    if late.undecided:
        return Decision()  # whose it is a person says first; that decision leads here again
    number = max((1, *late.numbers)) + 1
    found = sorted({one.system_key for one in late.fresh})
    seen = NewEvent(
        "search.caught_up", data={"number": number, "found": found, "closed": sorted(late.closed)}
    )
    if not late.fresh:
        return Decision(events=(seen,), steps=(_step(StepKind.TELL_MORE, number, now),))
    if who_approves(case, profile, late).people:
        asked = NewEvent("review.needed", data={"for": "supplement", "number": number})
        task = NewStep(StepKind.BY_HAND, review_key(number), payload(number), by_hand=True)
        return Decision(events=(seen, asked), steps=(task,))
    return Decision(events=(seen,), steps=(_step(StepKind.SUPPLEMENT, number, now),))


def _step(kind: StepKind, number: int, now: datetime) -> NewStep:
    return NewStep(kind, str(number), payload(number), due_at=now + SETTLES_IN)


def approved(number: int, content: bytes, actor: str) -> Decision:
    """People have seen what came late: it may be written."""
    data = {"number": number, "content": content.hex()}
    step = NewStep(StepKind.SUPPLEMENT, str(number), payload(number))
    return Decision(events=(NewEvent("supplement.approved", actor, data),), steps=(step,))
