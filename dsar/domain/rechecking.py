"""Late looks: days after an erasure the system is searched once more, and what is found is a person's to judge."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from dsar.contract import Proof, Ref, Role, Scope
from dsar.domain.history import NewEvent
from dsar.domain.work import NewStep, StepKind

RECHECKS_MAX = 10
RECHECK_DAYS_MAX = 366
TOLD_MAX = 10_000
AFTER_RELEASE, AFTER_REPETITION = "release:", "again:"  # what a cause begins with
# A person's task that nobody ends does not keep whom to look for beyond this: GDPR 5(1)(e).
FORGOTTEN_AFTER = timedelta(days=90)


class Looks(Struct, frozen=True):
    """Late looks at one system that belong together. `cause` names what they came after; empty: the case's erasure."""

    system_key: str
    cause: str = ""

    @property
    def of_items(self) -> bool:
        """Whether what had been kept was erased, and nothing else of a person who may be back by now."""
        return self.cause.startswith(AFTER_RELEASE)

    def key(self, day: int) -> str:
        """Of the step of that day."""
        return ":".join(filter(None, (self.system_key, self.cause, str(day))))


def looks_of(payload: Mapping[str, Any]) -> Looks:
    """Those that a step belongs to."""
    return Looks(str(payload.get("system", "")), str(payload.get("cause", "")))


class Sought(Struct, frozen=True):
    """Whom a later look is for; it stands sealed under the operator's key, for the case's may be gone by then.

    `subjects` are those that a person said are theirs although the system was not sure. As keyed hashes: `told`, what
    the last look found, `dismissed`, of which a person said that it came after the erasure, and `items`, which alone
    were erased: the look is for these of the subjects, and for nothing else of theirs.
    """

    refs: tuple[Ref, ...]
    subjects: tuple[Ref, ...]
    role: Role
    tenant: str | None
    erased_at: datetime
    told: frozenset[bytes] = frozenset()
    dismissed: frozenset[bytes] = frozenset()
    items: frozenset[bytes] = frozenset()

    @property
    def scope(self) -> Scope:
        """Where to look."""
        return Scope(self.role, self.tenant)

    def is_since(self, day: str | None, today: datetime) -> bool:
        """Whether a record of that day (ISO 8601) came after the erasure, whatever zone its system counts in."""
        first = (self.erased_at + timedelta(days=2)).date().isoformat()
        return day is not None and first <= day <= (today + timedelta(days=1)).date().isoformat()


class Counts(Struct):
    """What a look found: `since` came after the erasure by its own date, `unexpected` no ground keeps."""

    left: int = 0
    kept: int = 0
    since: int = 0
    unexpected: int = 0


def recheck_days(wanted: Sequence[int], declared: Iterable[int]) -> list[int]:
    """The days after an erasure on which a system is searched once more: the operator's, else the connector's.

    `[0]` is the operator's word for never.
    """
    days = {day for day in (wanted or declared) if 0 < day <= RECHECK_DAYS_MAX}
    return sorted(days)[:RECHECKS_MAX]


def recheck_steps(looks: Looks, days: Iterable[int], proof: str, now: datetime) -> list[NewStep]:
    """One for each day; `proof` is how far the order's own word went: it may be known better by then."""
    cause = {"cause": looks.cause} if looks.cause else {}
    return [
        NewStep(
            StepKind.RECHECK,
            looks.key(day),
            {"system": looks.system_key, "day": day, "proof": proof, **cause},
            due_at=now + timedelta(days=day),
        )
        for day in days
    ]


def proof_after(before: str, *, unexpected: int) -> str:
    """What a vendor had only taken on is verified once a search finds no more of it; what it hides it still hides."""
    if before == Proof.ACCEPTED.value and not unexpected:
        return Proof.VERIFIED.value
    return before


def rechecked(payload: Mapping[str, Any], found: Counts) -> NewEvent:
    """A later look, with its proof."""
    before = str(payload["proof"])
    proof = proof_after(before, unexpected=found.unexpected)
    counts = {"left": found.left, "kept": found.kept, "since": found.since, "unexpected": found.unexpected}
    data = {**_named(payload), **counts, "proof": proof}
    return NewEvent("erasure.rechecked", data=data if proof == before else {**data, "before": before})


def not_rechecked(payload: Mapping[str, Any], reason: str) -> NewEvent:
    """The look could not be taken, and no other will take its place."""
    return NewEvent("erasure.not_rechecked", data={**_named(payload), "reason": reason})


def _named(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Which look it was; after a release, or a repetition, that too."""
    return {name: payload[name] for name in ("system", "day", "cause") if name in payload}
