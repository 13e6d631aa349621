"""The clock of one case: its jurisdiction, its right and the facts of its history handed to `domain.clock`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from dsar.domain.clock import Due, Fact, FactType, Kind, NoDeadlineError, Promise, Regime, due
from dsar.domain.history import Event, NewEvent
from dsar.domain.profile import Jurisdiction
from dsar.domain.rights import Right

# DPDP r. 14(3): the most that the coming rule allows, taken as our own period until it binds
UNBOUND = Promise(90, "days")
CLARIFIED = frozenset({FactType.CLARIFICATION_REQUESTED, FactType.CLARIFICATION_RECEIVED})
FACT_EVENT = "clock.fact"


def deadline(
    received_at: datetime, jurisdiction: Jurisdiction, right: Right, facts: Sequence[Fact] = ()
) -> Due:
    """When the case must be answered. The same facts give the same date, whenever it is computed."""
    promise = jurisdiction.promise if right.clock_kind is Kind.DSAR_RESPONSE else None
    counted = [fact for fact in facts if _counts(fact, jurisdiction.regime, right)]
    try:
        return _due(received_at, jurisdiction, right, counted, promise)
    except NoDeadlineError:
        planned = _due(received_at, jurisdiction, right, counted, UNBOUND)
        return structs.replace(planned, promised_due_date=None)


def _due(
    received_at: datetime, where: Jurisdiction, right: Right, facts: Sequence[Fact], promise: Promise | None
) -> Due:
    return due(
        received_at,
        where.regime,
        where.place,
        facts=facts,
        promise=promise,
        mode=where.mode,
        kind=right.clock_kind,
    )


def _counts(fact: Fact, regime: Regime, right: Right) -> bool:
    # UK GDPR 12A: a question about what is meant stops the clock of access requests alone
    return not (regime is Regime.UK_GDPR and fact.type in CLARIFIED and right is not Right.ACCESS)


def facts_of(events: Iterable[Event]) -> list[Fact]:
    """The facts that a case's history holds."""
    return [msgspec.convert(event.data, Fact) for event in events if event.type == FACT_EVENT]


def fact_data(fact: Fact) -> dict[str, str]:
    """A fact as its entry in the history: nothing in it is free text."""
    data = {"type": fact.type.value, "at": fact.at.isoformat()}
    if fact.reasons is not None:
        data["reasons"] = fact.reasons
    if fact.new_date is not None:
        data["new_date"] = fact.new_date.isoformat()
    return data


def is_open(facts: Iterable[Fact], asked: FactType, answered: FactType) -> bool:
    """Whether a question still waits: the last of the two kinds, by their times, is the asking."""
    last = [fact.type for fact in sorted(facts, key=lambda fact: fact.at) if fact.type in {asked, answered}][
        -1:
    ]
    return last == [asked]


def identity_came(events: Sequence[Event], actor: str, now: datetime) -> tuple[NewEvent, ...]:
    """The fact that an identity which was asked for has come; nothing where nobody asked."""
    if not is_open(facts_of(events), FactType.IDENTITY_REQUESTED, FactType.IDENTITY_RECEIVED):
        return ()
    return (NewEvent(FACT_EVENT, actor, fact_data(Fact(type=FactType.IDENTITY_RECEIVED, at=now))),)
