"""What the clock says of one case, as one object: the same for a deadline, an hour clock and a hold."""

from datetime import date
from typing import Any

from msgspec import Struct

from dsar.cli.clock_case import CONTRACT, HOLD, Case
from dsar.domain.clock import (
    Breach,
    ClockError,
    Due,
    Fact,
    NoDeadlineError,
    Regime,
    Step,
    assist_due,
    assist_working_days,
    breach_due,
    breach_of,
    due,
)
from dsar.domain.holds import Act, hold
from dsar.domain.rights import Right

# California's duties may be named by the right.
_CALIFORNIAN = frozenset({Right.KNOW, Right.DELETE, Right.CORRECT, Right.OPT_OUT_SALE, Right.LIMIT_SENSITIVE})


class Answer(Struct, frozen=True, kw_only=True):
    """Days, or for hour clocks moments, as ISO 8601; None where it does not apply. `due_date` ends a hold."""

    id: Any = None
    due_date: str | None = None
    strict_due_date: str | None = None
    alternative_due_date: str | None = None
    extension_notice_deadline: str | None = None
    statutory_due_date: str | None = None
    promised_due_date: str | None = None
    steps: tuple[Step, ...]
    paused: bool = False


def answer(case: Case) -> Answer:
    """Count. Raises ClockError for what cannot be counted."""
    facts = case.facts  # read whatever the kind: an entry that cannot be read is told
    if case.duty == HOLD:
        return _held(case)
    breach = breach_of(case.duty, by_contract=case.jurisdiction == CONTRACT)
    if breach is not None:
        return _told(case, breach)
    working_days = assist_working_days(case.duty)
    if working_days is not None:
        agreed = working_days if case.working_days is None else case.working_days
        return _of(case, assist_due(case.moment, case.place, working_days=agreed))
    return _answered(case, facts)


def _held(case: Case) -> Answer:
    if case.jurisdiction not in set(Act):
        raise ClockError("jurisdiction", case.jurisdiction, f"for a {HOLD}: {', '.join(Act)}")
    held = hold(case.day, Act(case.jurisdiction), case.object)
    return Answer(
        id=case.id,
        due_date=held.until.isoformat(),
        strict_due_date=held.earliest.isoformat(),
        alternative_due_date=_text(held.alternative),
        statutory_due_date=held.until.isoformat(),
        steps=held.steps,
    )


def _told(case: Case, breach: Breach) -> Answer:
    known = (CONTRACT, Regime.EU_GDPR, Regime.UK_GDPR)
    if case.jurisdiction not in known:
        raise ClockError("jurisdiction", case.jurisdiction, f"for {breach}: {', '.join(known)}")
    told = breach_due(case.moment, case.place, breach, hours=case.promised_hours)
    return Answer(
        id=case.id,
        due_date=told.due_at.isoformat(),
        strict_due_date=told.strict_due_at.isoformat(),
        alternative_due_date=_text(told.alternative_due_at),
        statutory_due_date=_text(told.statutory_due_at),
        promised_due_date=_text(told.promised_due_at),
        steps=told.steps,
    )


def _answered(case: Case, facts: list[Fact]) -> Answer:
    kind = case.duty
    if case.jurisdiction not in set(Regime):
        raise ClockError("kind", kind, f"under {case.jurisdiction}: {_kinds_without_regime(case)}")
    if case.jurisdiction == Regime.CCPA and kind in _CALIFORNIAN:
        kind = Right(kind).clock_kind
    try:
        found = due(
            case.moment,
            Regime(case.jurisdiction),
            case.place,
            facts=facts,
            promise=case.promised,
            mode=case.counted_mode,
            kind=kind,
        )
    except NoDeadlineError as none:
        return Answer(id=case.id, steps=none.steps)
    except ClockError as error:
        raise ClockError(error.field.replace("facts", "event_log"), error.value, error.allowed) from error
    return _of(case, found)


def _kinds_without_regime(case: Case) -> str:
    if case.jurisdiction != CONTRACT:
        return HOLD
    return f"{Breach.TO_CUSTOMER}, processor_assist, processor_forward, processor_fulfil"


def _of(case: Case, found: Due) -> Answer:
    return Answer(
        id=case.id,
        due_date=found.due_date.isoformat(),
        strict_due_date=found.strict_due_date.isoformat(),
        alternative_due_date=_text(found.alternative_due_date),
        extension_notice_deadline=_text(found.extension_notice_deadline),
        statutory_due_date=_text(found.statutory_due_date),
        promised_due_date=_text(found.promised_due_date),
        steps=found.steps,
        paused=found.paused,
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
