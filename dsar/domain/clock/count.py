"""From a receipt to the due date: the regime's answer, the promise, and the other readings."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from msgspec import Struct

from dsar.domain.clock import brazil, california, eu, india, switzerland, uk
from dsar.domain.clock.error import ClockError, NoDeadlineError
from dsar.domain.clock.explain import Trail
from dsar.domain.clock.facts import Fact, FactType, in_order
from dsar.domain.clock.place import Place, check_moment
from dsar.domain.clock.promise import Promise
from dsar.domain.clock.regime import Kind, Mode, Regime
from dsar.domain.clock.result import Due
from dsar.domain.clock.statute import Question, Reading, Statute


class _Rule(Struct, frozen=True):
    law: str
    count: Callable[[Question], Statute]
    moved_by: frozenset[FactType] = frozenset()


_ASKING = frozenset(
    {
        FactType.IDENTITY_REQUESTED,
        FactType.IDENTITY_RECEIVED,
        FactType.CLARIFICATION_REQUESTED,
        FactType.CLARIFICATION_RECEIVED,
    }
)
_EXTENDING = frozenset({FactType.EXTENSION_NOTICE})
_PAYING = frozenset({FactType.FEE_REQUESTED, FactType.FEE_PAID})

_EU = _Rule(eu.LAW, eu.count, _ASKING | _EXTENDING)
_UK = _Rule(uk.LAW, uk.count, _ASKING | _EXTENDING | _PAYING)
_CALIFORNIA = _Rule(california.RESPONSE, california.count_response, _EXTENDING)
_SWITZERLAND = _Rule(switzerland.LAW, switzerland.count, frozenset({FactType.DELAY_NOTICE}))
_BRAZIL = _Rule(brazil.LAW, brazil.count)
_INDIA = _Rule(india.LAW, india.count)

_RULES: dict[Regime, dict[str, _Rule]] = {
    Regime.EU_GDPR: {Kind.DSAR_RESPONSE: _EU, Kind.PROMISED_RESPONSE: _EU},
    Regime.UK_GDPR: {Kind.DSAR_RESPONSE: _UK, Kind.PROMISED_RESPONSE: _UK},
    Regime.CCPA: {
        Kind.DSAR_RESPONSE: _CALIFORNIA,
        Kind.PROMISED_RESPONSE: _CALIFORNIA,
        Kind.CONFIRM_RECEIPT: _Rule(california.CONFIRM, california.count_confirmation),
        Kind.OPT_OUT_SALE_SHARING: _Rule(california.OPT_OUT, california.count_opt_out),
        Kind.LIMIT_SENSITIVE: _Rule(california.LIMIT, california.count_limit),
    },
    Regime.CH_FADP: {Kind.DSAR_RESPONSE: _SWITZERLAND, Kind.PROMISED_RESPONSE: _SWITZERLAND},
    Regime.BR_LGPD: {Kind.DSAR_RESPONSE: _BRAZIL, Kind.PROMISED_RESPONSE: _BRAZIL},
    Regime.IN_DPDP: {Kind.DSAR_RESPONSE: _INDIA, Kind.PROMISED_RESPONSE: _INDIA, Kind.GRIEVANCE: _INDIA},
}


def due(
    received_at: datetime,
    regime: Regime,
    place: Place,
    *,
    facts: Sequence[Fact] = (),
    promise: Promise | None = None,
    mode: Mode = "strict",
    kind: str = "dsar_response",
) -> Due:
    """The date by which the person must be answered, with its working.

    Raises ClockError for malformed input and its child NoDeadlineError where nothing sets a date.
    """
    rule = _rule(regime, kind)
    if mode not in {"strict", "edpb_suspension"}:
        raise ClockError("mode", mode, "strict, edpb_suspension")
    check_moment("received_at", received_at)
    dated = in_order(facts, received_at, place) if facts else ()
    received_on = place.local_date(received_at)
    statute = rule.count(Question(received_at, received_on, place, dated, mode))
    for fact, on in dated:
        if fact.type not in rule.moved_by:
            statute.trail.note(rule.law, f"{fact.type} of {on} does not move this clock")
    return _answer(statute, received_on, promise)


def _rule(regime: Regime, kind: str) -> _Rule:
    kinds = _RULES.get(regime)
    if kinds is None:
        raise ClockError("regime", str(regime), ", ".join(_RULES))
    if kind not in kinds:
        raise ClockError("kind", str(kind), f"under {regime}: {', '.join(kinds)}")
    return kinds[kind]


def _answer(statute: Statute, received_on: date, promise: Promise | None) -> Due:
    promised = None
    if promise is not None:
        promised = promise.ends(received_on, extended=statute.extended, calendar=statute.calendar)
    effective = _earlier(statute.due_date, promised)
    if effective is None:
        raise NoDeadlineError(received_on, tuple(statute.trail.steps))
    if promise is not None and promised is not None:
        _show_promise(statute, promise, promised, effective)
    strict, alternative = _other_readings(statute, promise, effective)
    return Due(
        due_date=effective,
        strict_due_date=strict,
        alternative_due_date=alternative,
        statutory_due_date=statute.due_date,
        promised_due_date=promised,
        extension_notice_deadline=statute.notice_deadline,
        steps=tuple(statute.trail.steps),
        paused=statute.paused,
    )


def _earlier(statutory: date | None, promised: date | None) -> date | None:
    if statutory is None or promised is None:
        return statutory or promised
    return min(statutory, promised)


def _show_promise(statute: Statute, promise: Promise, promised: date, effective: date) -> None:
    ends = f"{promise.amount} {promise.unit} promised from receipt end on {promised}"
    if statute.due_date is None:
        why = "the only date"
    elif promised < statute.due_date:
        why = f"earlier than the statute's {statute.due_date}"
    else:
        why = f"not earlier than the statute's {statute.due_date}, which stays"
    statute.trail.go("promise", effective, f"{ends}: {why}")


def _other_readings(statute: Statute, promise: Promise | None, effective: date) -> tuple[date, date | None]:
    """The strict date and the alternative, each with the promise counted by the same reading."""
    strict, others = effective, []
    for reading in statute.readings:
        end = _read(reading, promise, extended=statute.extended)
        if end == effective:
            continue
        _show_reading(statute.trail, reading, end)
        if reading.is_strict:
            strict = min(strict, end)
        if reading.is_alternative:
            others.append(end)
    return strict, max(others, default=None)


def _read(reading: Reading, promise: Promise | None, *, extended: bool) -> date:
    if promise is None:
        return reading.due_date
    return min(
        reading.due_date, promise.ends(reading.starts_on, extended=extended, calendar=reading.calendar)
    )


def _show_reading(trail: Trail[date], reading: Reading, end: date) -> None:
    name = "the strict date" if reading.is_strict else "an alternative, not relied upon"
    trail.note(reading.rule, f"{end} is {name}: {reading.because}")
