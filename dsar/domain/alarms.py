"""Alarms of a case's dates: which there are, and which ring now. Each rings once for its date."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct

from dsar.domain.clock import Kind, Place, Regime, due, end_of_day, is_working_day
from dsar.domain.history import Event, NewEvent
from dsar.domain.profile import Jurisdiction
from dsar.domain.rights import Right

RAISED = "alarm.raised"
_DAY = timedelta(days=1)
# An extension takes a reason, a letter and a day on which it arrives: plain days could all fall on a weekend.
NOTICE_WORKING_DAYS = 3


class AlarmName(StrEnum):
    """What is told."""

    ACKNOWLEDGE = "acknowledge"  # a request came, and its receipt has to be confirmed
    HALF = "half"  # half of the time for an answer is over
    NOTICE_WINDOW = "notice_window"  # the last days in which an extension can still be told
    DAYS_7 = "days_7"
    DAYS_3 = "days_3"
    DAYS_1 = "days_1"
    OVERDUE = "overdue"


class AlarmClock(StrEnum):
    """Which date it is about: the answer's, or that of a processor's help."""

    ANSWER = "answer"
    ASSIST = "assist"


BEFORE = {AlarmName.DAYS_7: 7, AlarmName.DAYS_3: 3, AlarmName.DAYS_1: 1}


class Alarm(Struct, frozen=True):
    """One alarm: `on` is the date it is about, of which the whole local day still counts; it rings from `at` on."""

    name: AlarmName
    clock: AlarmClock
    on: date
    at: datetime

    @property
    def raised(self) -> NewEvent:
        """As the history has it."""
        data = {"alarm": self.name.value, "clock": self.clock.value, "date": self.on.isoformat()}
        return NewEvent(RAISED, data=data)

    def rang(self, data: dict[str, Any]) -> bool:
        """Whether an entry of the history is this one: a date that has moved rings anew."""
        return (data["alarm"], data["clock"], data["date"]) == (self.name, self.clock, self.on.isoformat())


class Dates(Struct, frozen=True, kw_only=True):
    """What the alarms of one case are counted from. None: there is no such date, or its clock stands.

    `ours` is false where a customer-controller answers: it is told as the dates come near, and of nothing else.
    """

    received_at: datetime
    place: Place
    ours: bool
    acknowledge_by: date | None = None
    notice_deadline: date | None = None
    strict_due_date: date | None = None
    assist_due_date: date | None = None


def acknowledge_by(received_at: datetime, where: Jurisdiction, right: Right) -> date:
    """Until when the receipt has to be confirmed."""
    if where.regime is Regime.CCPA and right.clock_kind is Kind.DSAR_RESPONSE:
        # 11 CCR 7021(a): in ten business days
        return due(received_at, where.regime, where.place, kind=Kind.CONFIRM_RECEIPT).strict_due_date
    # Elsewhere no provision asks for it; EDPB 01/2022 has it as good practice, and so on the day itself.
    return where.place.local_date(received_at)


def alarms(dates: Dates) -> list[Alarm]:
    """All alarms by the moment from which they ring. What would ring before the receipt is not there."""
    every = [*_of_answer(dates), *_of_assist(dates)]
    return sorted((a for a in every if a.at >= dates.received_at), key=lambda a: (a.at, a.clock, a.on))


def _of_answer(dates: Dates) -> Iterator[Alarm]:
    zone, on = dates.place.timezone, dates.strict_due_date
    if dates.ours and dates.acknowledge_by is not None:
        yield _answer(AlarmName.ACKNOWLEDGE, dates.acknowledge_by, dates.received_at)
    if dates.ours and dates.notice_deadline is not None:
        # GDPR 12(3): the notice of an extension must reach the person inside the first period
        begins = _working_days_before(dates.notice_deadline, dates.place)
        yield _answer(AlarmName.NOTICE_WINDOW, dates.notice_deadline, _begin(begins, zone))
    if dates.ours and on is not None:
        half = dates.received_at + (end_of_day(on, zone) - dates.received_at) / 2
        yield _answer(AlarmName.HALF, on, half)
    if on is not None:
        yield from _closing_in(AlarmClock.ANSWER, on, zone)


def _of_assist(dates: Dates) -> Iterator[Alarm]:
    if dates.assist_due_date is not None:
        yield from _closing_in(AlarmClock.ASSIST, dates.assist_due_date, dates.place.timezone)


def _closing_in(clock: AlarmClock, on: date, zone: str) -> Iterator[Alarm]:
    for name, days in BEFORE.items():
        yield Alarm(name, clock, on, _begin(on - days * _DAY, zone))
    yield Alarm(AlarmName.OVERDUE, clock, on, end_of_day(on, zone))


def _answer(name: AlarmName, on: date, at: datetime) -> Alarm:
    return Alarm(name, AlarmClock.ANSWER, on, at)


def _begin(day: date, zone: str) -> datetime:
    return end_of_day(day - _DAY, zone)


def _working_days_before(day: date, place: Place) -> date:
    left = NOTICE_WORKING_DAYS
    while left:
        day -= _DAY
        left -= is_working_day(day, place.country, place.subdivision)
    return day


def ringing(all_alarms: Sequence[Alarm], history: Iterable[Event], now: datetime) -> list[Alarm]:
    """Those to raise now: of each clock what came due last.

    Whatever came due before it and was not raised in its time (the request was entered late, the clock stood, the
    worker was away) is passed over: the later alarm says more, and nobody reads seven at once.
    """
    rang = [event for event in history if event.type == RAISED]
    found: list[Alarm] = []
    for clock in AlarmClock:
        last = max((event.at for event in rang if event.data["clock"] == clock), default=None)
        fresh = [
            a
            for a in all_alarms
            if a.clock is clock and a.at <= now and (last is None or a.at > last) and not _rang(a, rang)
        ]
        latest = max((a.at for a in fresh), default=None)
        found += [a for a in fresh if a.at == latest]
    return found


def _rang(alarm: Alarm, rang: Sequence[Event]) -> bool:
    return any(alarm.rang(event.data) for event in rang)


def next_at(all_alarms: Iterable[Alarm], now: datetime) -> datetime | None:
    """When the next one rings; None when none is left."""
    return min((a.at for a in all_alarms if a.at > now), default=None)
