"""What an erasure would do, system by system, put together for the person who approves it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import OrderKind, Plan
from dsar.domain.legal_holds import Standing
from dsar.domain.profile import Profile
from dsar.domain.releasing import is_over, until
from dsar.domain.searching import Ended, Found, able, targets
from dsar.domain.systems import SystemFacts
from dsar.domain.work import StepOutcome, StepState

# Whoever approves has seen how things stand, not how they stood a month ago.
GOOD_FOR = timedelta(days=30)


class KeptCount(Struct, frozen=True, kw_only=True):
    """Items of one collection that would stay on one ground; `until` None: nobody can say."""

    collection: str
    ground: str
    until: date | None
    restricted: bool
    items: int


class Foreseen(Struct, frozen=True, kw_only=True):
    """What the erasure of one match would do, as its system said. Counts and grounds, no record's id."""

    id: UUID
    system_key: str
    match_id: UUID
    digest: str
    erased: Mapping[str, int]
    kept: tuple[KeptCount, ...]
    made_at: datetime
    approved_by: UUID | None = None
    approved_at: datetime | None = None


class How(StrEnum):
    """How an erasure in one system will go."""

    FORESEEN = "foreseen"
    BEING_MADE = "being_made"
    UNFORESEEN = "unforeseen"  # it could not say, or was not asked
    BY_HAND = "by_hand"


class SystemPlan(Struct, frozen=True, kw_only=True):
    """One system that holds the person. `holds`, set by hand, stop the erasure there for as long as they stand."""

    system_key: str
    how: How
    reason: str | None = None
    foreseen: tuple[Foreseen, ...] = ()
    holds: Standing = Standing()

    @property
    def erased(self) -> dict[str, int]:
        """Items that would go, by collection."""
        total: Counter[str] = Counter()
        for one in self.foreseen:
            total.update(one.erased)
        return dict(sorted(total.items()))

    @property
    def kept(self) -> list[KeptCount]:
        """What would stay, each ground and date once."""
        return _summed(kept for one in self.foreseen for kept in one.kept)

    @property
    def is_approved(self) -> bool:
        """Whether a person approved exactly this."""
        return bool(self.foreseen) and all(one.approved_at is not None for one in self.foreseen)


class Drawn(Struct, frozen=True):
    """The whole plan of a case, as it stands now."""

    systems: tuple[SystemPlan, ...]

    @property
    def digest(self) -> str:
        """One name for all of it: the same plan has the same, whoever makes it and when."""
        lines = sorted(_line(system) for system in self.systems)
        return sha256(msgspec.json.encode(lines)).hexdigest()

    @property
    def made_at(self) -> datetime | None:
        """Since when it stands: its oldest part counts."""
        return min((one.made_at for system in self.systems for one in system.foreseen), default=None)

    def keys(self, *how: How) -> list[str]:
        """The systems in which it will go so."""
        return [system.system_key for system in self.systems if system.how in how]

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to be approved."""
        return self.made_at is not None and self.made_at < now - GOOD_FOR

    def only(self, keys: Iterable[str]) -> "Drawn":
        """The part of it that is about these systems."""
        wanted = frozenset(keys)
        return Drawn(tuple(system for system in self.systems if system.system_key in wanted))

    @property
    def erased(self) -> int:
        """How many items would go."""
        return sum(sum(system.erased.values()) for system in self.systems)

    @property
    def kept(self) -> int:
        """How many would stay."""
        return sum(kept.items for system in self.systems for kept in system.kept)

    def counts(self) -> dict[str, Any]:
        """For the history: the plan's name, what would go and stay, and where nobody knows."""
        return {
            "plan": self.digest,
            "erased": self.erased,
            "kept": self.kept,
            "by_hand": self.keys(How.BY_HAND),
            "unforeseen": self.keys(How.UNFORESEEN, How.BEING_MADE),
            "held": [system.system_key for system in self.systems if system.holds],
        }


def counted(plan: Plan, profile: Profile, today: date) -> tuple[dict[str, int], tuple[KeptCount, ...]]:
    """A system's plan as counts. What a ground keeps whose time is over goes too, GDPR 17(3)(b)."""
    erased = Counter(plan.erased)
    kept: list[KeptCount] = []
    for item in plan.kept:
        collection = item.origin.collection
        if is_over(item, profile, today):
            erased[collection] += 1
            continue
        last = until(item, profile)
        kept.append(
            KeptCount(
                collection=collection, ground=item.ground, until=last, restricted=item.restricted, items=1
            )
        )
    return dict(sorted((name, items) for name, items in erased.items() if items)), tuple(_summed(kept))


def draw(
    found: Sequence[Found],
    systems: Sequence[SystemFacts],
    asked: Iterable[Ended],
    rows: Iterable[Foreseen],
    holds: Mapping[str, Standing],
) -> Drawn:
    """The plan of a case: each system that holds the person, with what it foresaw. `rows` are each match's newest."""
    able_ = able(found, systems, OrderKind.ERASE)
    steps = {step.system_key: step for step in asked}
    newest = {row.match_id: row for row in rows}
    return Drawn(
        tuple(
            _of_system(
                key,
                _asked_about(found, key),
                steps.get(key) if key in able_ else None,
                newest,
                holds.get(key, Standing()),
                is_able=key in able_,
            )
            for key in targets(found)
        )
    )


def _asked_about(found: Sequence[Found], key: str) -> list[Found]:
    """Whom a person found stands beside those whom the system knows: it is not asked about them."""
    counted = [match for match in found if match.counts and match.system_key == key]
    return [match for match in counted if not match.by_hand] or counted


def _of_system(
    key: str,
    matches: Sequence[Found],
    step: Ended | None,
    newest: Mapping[UUID, Foreseen],
    holds: Standing,
    *,
    is_able: bool,
) -> SystemPlan:
    rows = tuple(newest[match.id] for match in matches if match.id in newest)
    how, reason = How.FORESEEN, None
    if not is_able or (step is not None and step.outcome is StepOutcome.MANUAL):
        how = How.BY_HAND
    elif step is None or step.outcome is StepOutcome.DROPPED:
        how, reason = How.UNFORESEEN, "it was not asked"
    elif step.state in {StepState.READY, StepState.RUNNING}:
        how = How.BEING_MADE
    elif step.outcome is not StepOutcome.DONE:
        how, reason = How.UNFORESEEN, step.reason
    elif len(rows) < len(matches):
        how, reason = How.UNFORESEEN, "more was accepted as the person's since it was asked"
    foreseen = rows if how is How.FORESEEN else ()
    return SystemPlan(system_key=key, how=how, reason=reason, foreseen=foreseen, holds=holds)


def _summed(kept: Iterable[KeptCount]) -> list[KeptCount]:
    total: Counter[KeptCount] = Counter()
    for one in kept:
        total[msgspec.structs.replace(one, items=0)] += one.items
    found = [msgspec.structs.replace(one, items=items) for one, items in total.items()]
    return sorted(found, key=lambda one: (one.collection, one.ground, one.until or date.max, one.restricted))


def _line(system: SystemPlan) -> list[str | list[str]]:
    parts = sorted(f"{one.match_id} {one.digest}" for one in system.foreseen)
    holds = sorted(str(hold) for hold in (*system.holds.whole, *system.holds.collections))
    return [system.system_key, system.how.value, parts, holds]
