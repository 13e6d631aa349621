"""What was really done in a case, gathered for its letter."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct, structs

from dsar.contract import Role
from dsar.delivery.results import SystemResult, gaps, grounds, pending, results
from dsar.domain.case import Case, Outcome
from dsar.domain.history import Event
from dsar.domain.profile import Category, Profile, Text
from dsar.domain.proof import TOO_WEAK
from dsar.domain.recipients import TELL
from dsar.domain.resolution import Rectify, Resolution, Restrict, Review, Weigh
from dsar.domain.resolving import task_of
from dsar.domain.rights import Right
from dsar.domain.searching import outcome_of
from dsar.domain.work import StepKind, StepOutcome
from dsar.store import Connection, decisions, deliveries, events, findings, steps, systems
from dsar.store.decisions import DecisionRow
from dsar.store.deliveries import BundleRow
from dsar.store.findings import HoldCount
from dsar.store.steps import StepRow
from dsar.vault import CaseKey


class Withheld(Struct, frozen=True):
    """What stayed out of the copy; without a title, values about others within records."""

    title: Text | None
    ground: str
    records: int
    why: str | None = None  # of values within records: a WithholdingGround


class Left(Protocol):
    """What stays out of an archive that is being written."""

    @property
    def category(self) -> str | None:
        """Its category; None for values within records."""

    @property
    def ground(self) -> str:
        """The provision."""

    @property
    def records(self) -> int:
        """How many records, files or values."""

    @property
    def why(self) -> str | None:
        """Of values, the WithholdingGround."""


class Refused(Struct, frozen=True):
    """A part that was not done: what, the provision, why in words."""

    what: str
    ground: str
    text: str


class Decided(Struct, frozen=True):
    """What a person decided, or which consents were withdrawn (no purposes: all of them)."""

    kind: str
    outcome: str | None = None
    ground: str | None = None
    reasons: str | None = None
    reviewer: str | None = None
    purposes: tuple[Text, ...] = ()


class Facts(Struct, frozen=True, kw_only=True):
    """All that a letter tells."""

    systems: list[SystemResult]
    categories: list[Category]
    gaps: list[str]
    holds: list[HoldCount]
    records: int
    bundle: BundleRow | None
    refusal_ground: str | None
    refusal_text: str | None
    withheld: list[Withheld]
    refused_parts: tuple[Refused, ...]
    told: list[str]
    decision: Decided | None
    done_by_hand: bool = False  # a person did what the right asks for, in whatever system
    pending: tuple[str, ...] = ()  # of the gaps, those that are searched on: what comes is sent by itself
    grounds: Mapping[str, str] = {}  # why systems keep what they keep by themselves


async def gather(
    tx: Connection, case: Case, key: CaseKey, profile: Profile, leaving_out: Sequence[Left] = ()
) -> Facts:
    """Read what was done. `leaving_out` is what stays out of an archive whose step has not ended yet."""
    done = await steps.of_case(tx, case.id)
    configured = {row.key: row for row in await systems.all_known(tx)}
    found = [row.found for row in await findings.matches_of_case(tx, case.id)]
    counts = await findings.counts_of_case(tx, case.id)
    history = await events.of_case(tx, case.id)
    refusal = _last(history, "case.refused")
    row = await decisions.latest(tx, case.id)
    resolution = _opened(row, key) if row else None
    return Facts(
        systems=results(case.right, done, found, counts, configured),
        categories=list(_categories(case, profile, {str(row["category"]) for row in counts})),
        gaps=gaps(done, configured),
        holds=await findings.holds_of_case(tx, case.id),
        records=sum(int(row["records"]) + int(row["attachments"]) for row in counts),
        bundle=await deliveries.bundle_of_case(tx, case.id),
        refusal_ground=refusal.data.get("ground") if refusal else None,
        refusal_text=_reasons(key, refusal.data) if refusal else None,
        withheld=[*_withheld(done, profile), *(_left(one, profile) for one in leaving_out)],
        refused_parts=_refused(resolution),
        told=[str(step.payload[TELL]) for step in done if _was_told(step)],
        decision=_decided(resolution, row.staff_name) if row and resolution else _withdrawn(history, profile),
        done_by_hand=any(_did(step, case) for step in done),
        pending=pending(done, configured),
        grounds=grounds(configured.values()),
    )


def ended_as(case: Case, facts: Facts) -> Outcome:
    """How a case whose facts these are has ended."""
    if case.outcome is Outcome.REFUSED:
        return Outcome.REFUSED
    found = facts.done_by_hand or any(result.found for result in facts.systems)
    weak = any(part.ground == TOO_WEAK for part in facts.withheld)
    kept = bool(facts.holds or facts.refused_parts or weak)
    return outcome_of(case.right, found=found, gaps=bool(facts.gaps), kept=kept)


class General(Struct, frozen=True):
    """What a letter tells that says nothing of anybody: what is held of people like them."""

    categories: list[Category]


def in_general(profile: Profile) -> General:
    """All that the operator answers for itself, without a look at anybody's data."""
    return General([one for one in profile.categories.values() if one.role is Role.CONTROLLER])


def _categories(case: Case, profile: Profile, found: set[str]) -> Iterable[Category]:
    """What the profile says of the categories that were found, in its order, each with all its recipients."""
    for key, category in profile.categories.items():
        # Civ. 1798.110: categories are told for all that is held of people like them, not of what was found alone
        if key in found or (case.right is Right.KNOW and category.role is case.role):
            yield structs.replace(category, recipients=profile.recipients_of(category))


def _last(history: Sequence[Event], kind: str) -> Event | None:
    return next((event for event in reversed(history) if event.type == kind), None)


def _reasons(key: CaseKey, data: Mapping[str, Any]) -> str:
    return key.open(bytes.fromhex(data["sealed_reasons"]), "refusal").decode()


def _withheld(done: Sequence[StepRow], profile: Profile) -> Iterable[Withheld]:
    return withheld_of((step for step in done if step.kind is StepKind.ASSEMBLE), profile)


def withheld_of(done: Iterable[StepRow], profile: Profile) -> Iterable[Withheld]:
    """What stayed out of the archives that these steps wrote."""
    for step in done:
        for left in step.detail.get("withheld", ()):
            title = _title(left["category"], profile)
            yield Withheld(title, left["ground"], left["records"], left.get("why"))


def _left(left: Left, profile: Profile) -> Withheld:
    return Withheld(_title(left.category, profile), left.ground, left.records, left.why)


def _title(key: str | None, profile: Profile) -> Text | None:
    category = profile.categories.get(key or "")
    return category.title if category else key


def _was_told(step: StepRow) -> bool:
    return step.kind is StepKind.BY_HAND and TELL in step.payload and step.outcome is StepOutcome.DONE


def _did(step: StepRow, case: Case) -> bool:
    by_hand = {task_of(case), "no_systems"} if case.right.by_hand else set()
    return step.kind is StepKind.BY_HAND and step.key in by_hand and step.outcome is StepOutcome.DONE


def _refused(resolution: Resolution | None) -> tuple[Refused, ...]:
    if not isinstance(resolution, Rectify):
        return ()
    return tuple(Refused(part.what, part.ground.law, part.text) for part in resolution.refused)


def _opened(row: DecisionRow, key: CaseKey) -> Resolution:
    opened: Resolution = msgspec.json.decode(key.open(row.sealed, "decision"), type=Resolution)
    return opened


def _decided(resolution: Resolution, reviewer: str) -> Decided:
    match resolution:
        case Rectify():
            return Decided("rectify")
        case Restrict():
            return Decided("restrict", ground=resolution.ground.value)
        case Weigh():
            return Decided("weigh", outcome=resolution.outcome, reasons=resolution.reasons)
        case Review():
            return Decided(
                "review", outcome=resolution.outcome, reasons=resolution.reasons, reviewer=reviewer
            )


def _withdrawn(history: Sequence[Event], profile: Profile) -> Decided | None:
    event = _last(history, "consent.withdrawn")
    if event is None:
        return None
    named = tuple(event.data["categories"])
    titles = tuple(profile.categories[key].title for key in named if key in profile.categories)
    return Decided("withdraw", purposes=() if named == profile.consents else titles)
