"""What was really done in each system, as the letter tells it: one line a system, and never a silent skip."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dsar.contract import Proof
from dsar.domain.rights import Right
from dsar.domain.searching import FINDS_BY, Found
from dsar.domain.supplementing import LEFT_OPEN
from dsar.domain.work import StepKind, StepOutcome
from dsar.outbound import installed
from dsar.store.steps import StepRow
from dsar.store.systems import SystemRow

MISSING = frozenset({StepOutcome.GAP, StepOutcome.FAILED})
GAP_KINDS = frozenset({StepKind.SEARCH, StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND})


class SystemResult(Struct, frozen=True):
    """One system in the letter: how it was searched, and what an order did there."""

    title: str
    outcome: str
    records: int
    changed: int | None
    proof: str | None
    residue: str | None
    by_hand: bool = False  # whether a person did what was ordered
    finds_by: tuple[str, ...] = ()  # kinds of identity, of which none was proven: it could not be searched

    @property
    def found(self) -> bool:
        """Whether the system held the person: seen by us, or by the staff member who looked instead."""
        return self.outcome in {StepOutcome.FOUND, StepOutcome.DONE}


def results(
    right: Right,
    steps: Sequence[StepRow],
    found: Sequence[Found],
    counts: Sequence[Mapping[str, Any]],
    configured: Mapping[str, SystemRow],
) -> list[SystemResult]:
    """One result for each system that was searched or ordered something, by its key."""
    wanted = _ORDER.get(right, "erase")
    per: dict[str, _Steps] = {}
    for row in steps:
        mine = per.setdefault(system_of(row), _Steps())
        if row.kind is StepKind.SEARCH:
            mine.searches.append(row)
        elif row.kind is StepKind.ORDER and row.payload["order"] == wanted:
            mine.orders.append(row)
        elif row.kind is StepKind.VERIFY:
            mine.check = row
        mine.by_hand |= _done_by_hand(row, wanted)
    known = {match.system_key for match in found if match.counts and not match.by_hand}
    seen = {match.system_key for match in found if match.counts and match.by_hand}
    return [
        _result(
            key,
            mine,
            configured.get(key),
            counts,
            counted=key in known or (key in seen and mine.ended_as_found),
        )
        for key, mine in sorted(per.items())
        if mine.searches or mine.orders
    ]


# An erasure stops marketing too; what the letter counts there is what was erased.
_ORDER = {
    Right.OBJECTION: "suppress",
    Right.WITHDRAW_CONSENT: "suppress",
    Right.OPT_OUT_SALE: "suppress",
    Right.LIMIT_SENSITIVE: "suppress",
    Right.RECTIFICATION: "rectify",
    Right.CORRECT: "rectify",
    Right.RESTRICTION: "restrict",
}


_STRENGTH = [Proof.UNVERIFIABLE, Proof.ACCEPTED, Proof.VERIFIED]


class _Steps(Struct):
    """What was done in one system."""

    searches: list[StepRow] = []
    orders: list[StepRow] = []  # each correction of a system is an order of its own
    check: StepRow | None = None
    by_hand: bool = False

    @property
    def ended_as_found(self) -> bool:
        """Whether a search ended so; one that a person ended as done is told as theirs."""
        return any(row.outcome is StepOutcome.FOUND for row in self.searches)


def _done_by_hand(row: StepRow, wanted: str) -> bool:
    ordered = row.kind in {StepKind.ORDER, StepKind.BY_HAND} and row.payload.get("order") == wanted
    return ordered and row.outcome is StepOutcome.DONE and "by" in row.detail


def _result(
    key: str, mine: _Steps, system: SystemRow | None, counts: Sequence[Mapping[str, Any]], *, counted: bool
) -> SystemResult:
    connector = installed().get(system.connector) if system else None
    return SystemResult(
        title=system.title if system else key.replace("_", " "),
        outcome=_outcome(mine, counted=counted).value,
        records=sum(int(c["records"]) + int(c["attachments"]) for c in counts if c["system_key"] == key),
        changed=_changed(mine.orders),
        proof=_proof(mine),
        residue=connector.manifest.residue if connector and mine.orders else None,
        by_hand=mine.by_hand,
        finds_by=tuple(kind for row in mine.searches for kind in row.detail.get(FINDS_BY, ())),
    )


def _proof(mine: _Steps) -> str | None:
    """What the system said of its order, unless the second search could not bear it out."""
    if mine.check is not None and mine.check.outcome in MISSING:
        return "incomplete"
    proofs = [Proof(row.detail["proof"]) for row in mine.orders if "proof" in row.detail]
    return min(proofs, key=_STRENGTH.index).value if proofs else None


def _changed(orders: Sequence[StepRow]) -> int | None:
    """How many records the orders changed; None where none of them said."""
    counts = [int(row.detail["changed"]) for row in orders if "changed" in row.detail]
    return sum(counts) if counts else None


def _outcome(mine: _Steps, *, counted: bool) -> StepOutcome:
    """The worst of a system's steps. A match that a person rejected was somebody else's: that is no match."""
    rows = mine.searches or mine.orders
    outcomes = [row.outcome for row in rows]
    if any(outcome is None or outcome in MISSING for outcome in outcomes):
        return StepOutcome.GAP
    if counted:
        return StepOutcome.FOUND
    told = (StepOutcome.DONE, StepOutcome.NOT_SEARCHABLE)
    return next((outcome for outcome in told if outcome in outcomes), StepOutcome.NO_MATCH)


def gaps(steps: Sequence[StepRow], configured: Mapping[str, SystemRow]) -> list[str]:
    """What the answer lacks, by the names that people know: whoever was to do it, the service or a person."""
    return _titles((row for row in steps if _is_missing(row)), configured)


def _is_missing(row: StepRow) -> bool:
    # An answer is written when all searches have ended; a supplement may be while another goes on.
    unended = row.kind is StepKind.SEARCH and row.outcome is None
    return unended or (row.kind in GAP_KINDS and row.outcome in MISSING)


def grounds(configured: Iterable[SystemRow]) -> dict[str, str]:
    """Why these systems keep items by themselves, in their connectors' words."""
    connectors = (installed().get(system.connector) for system in configured)
    return {key: words for one in connectors if one for key, words in one.manifest.grounds.items()}


def pending(steps: Sequence[StepRow], configured: Mapping[str, SystemRow]) -> tuple[str, ...]:
    """Of the gaps, those that were left open: they are searched on once the answer is out."""
    return tuple(_titles((row for row in steps if LEFT_OPEN in row.detail), configured))


def _titles(rows: Iterable[StepRow], configured: Mapping[str, SystemRow]) -> list[str]:
    return sorted(title_of(key, configured) for key in {system_of(row) for row in rows})


def title_of(key: str, configured: Mapping[str, SystemRow]) -> str:
    """A system's name as people know it."""
    return configured[key].title if key in configured else key.replace("_", " ")


def system_of(row: StepRow) -> str:
    """The key of the system that a step is about; of a task about none, the task's own."""
    return str(row.payload.get("system", row.key))
