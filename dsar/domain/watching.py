"""What the watch over a case's dates does when it wakes: raise an alarm, and sleep until the next."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from dsar.domain.alarms import Alarm, AlarmClock, AlarmName, Dates, acknowledge_by, alarms, next_at, ringing
from dsar.domain.case import Case, Decision, Notice, State
from dsar.domain.clock import Due, FactType
from dsar.domain.deadline import facts_of
from dsar.domain.history import Event, NewEvent
from dsar.domain.information import AnswerState, questions
from dsar.domain.profile import Jurisdiction
from dsar.domain.rights import Right
from dsar.domain.work import Again, Done, End, NewStep, StepKind

# A clock that stands starts again by a fact, which wakes the watch; this look is for one that did not.
PAUSED_LOOK = timedelta(days=1)
ANSWERED = frozenset({State.DELIVERED, State.CLOSED})
NO_INSTRUCTION = "no_instruction"
NOTICES = frozenset({FactType.EXTENSION_NOTICE, FactType.DELAY_NOTICE})


class Watched(Struct, frozen=True):
    """What one look at a case found."""

    raised: tuple[Alarm, ...]
    decision: Decision
    end: End
    silent: bool = False  # the business has said nothing until the date of our help: the person hears of it


def begin(
    clock: Due,
    received_at: datetime,
    where: Jurisdiction,
    right: Right,
    *,
    assist_due_date: date | None,
    ours: bool,
    now: datetime,
) -> NewStep:
    """The watch of a new case, due when its first alarm is."""
    dates = Dates(
        received_at=received_at,
        place=where.place,
        ours=ours,
        acknowledge_by=acknowledge_by(received_at, where, right),
        notice_deadline=clock.extension_notice_deadline,
        strict_due_date=clock.strict_due_date,
        assist_due_date=assist_due_date,
    )
    first = min((alarm.at for alarm in alarms(dates)), default=now)
    return NewStep(StepKind.WATCH, due_at=max(first, now))


def watch(case: Case, where: Jurisdiction, history: Sequence[Event], now: datetime) -> Watched:
    """Decide what to raise and when to look again. A case that was answered is watched no more."""
    if case.state in ANSWERED:
        return Watched((), Decision(), Done())
    all_alarms = alarms(dates_of(case, where, history))
    raised = tuple(ringing(all_alarms, history, now))
    decision = Decision(
        events=tuple(alarm.raised for alarm in raised),
        notices=tuple(notice for alarm in raised for notice in _notices(case, alarm, where, now)),
    )
    return Watched(raised, decision, _end(case, next_at(all_alarms, now), now), silent(case, raised, history))


def silent(case: Case, raised: Sequence[Alarm], history: Sequence[Event]) -> bool:
    """Whether a person who asked us waits for a business that has not instructed us in time.

    GDPR 12(4), 28(3)(a): nothing is collected for want of an instruction, and nobody is left without word. A business
    that waits for the person's answer is not silent, and what it filed itself is between it and its caller.
    """
    over = any(a.clock is AlarmClock.ASSIST and a.name is AlarmName.OVERDUE for a in raised)
    waits = any(question.state is AnswerState.WAITING for question in questions(history))
    return over and not waits and case.state is State.AWAITING_CONTROLLER and case.parent_id is not None


def no_instruction(identity_id: UUID, channel: str, asked_on: date) -> Decision:
    """The letter to the person; it names no business."""
    facts: dict[str, str | int | None] = {"asked_on": asked_on.isoformat()}
    notice = Notice(channel, NO_INSTRUCTION, identity_id=identity_id, facts=facts)
    told = NewEvent("person.told", data={"of": NO_INSTRUCTION})
    return Decision(events=(told,), notices=(notice,))


def dates_of(case: Case, where: Jurisdiction, history: Sequence[Event]) -> Dates:
    """The dates that somebody waits for, as the case has them: a cache of the clock, renewed with every fact."""
    ours = case.controller_id is None
    if case.paused:
        # What the contract dates goes on all the same.
        return Dates(
            received_at=case.received_at,
            place=where.place,
            ours=ours,
            assist_due_date=case.assist_due_date,
        )
    extended = any(fact.type in NOTICES for fact in facts_of(history))
    return Dates(
        received_at=case.received_at,
        place=where.place,
        ours=ours,
        acknowledge_by=acknowledge_by(case.received_at, where, case.right),
        notice_deadline=None if extended else case.notice_deadline,
        strict_due_date=case.strict_due_date,
        assist_due_date=case.assist_due_date,
    )


def _end(case: Case, following: datetime | None, now: datetime) -> End:
    if case.paused:
        look = now + PAUSED_LOOK
        return Again(min(following or look, look), burns_attempt=False)
    return Again(following, burns_attempt=False) if following else Done()


def _notices(case: Case, alarm: Alarm, where: Jurisdiction, now: datetime) -> Iterator[Notice]:
    facts = _facts(case, alarm, where.place.local_date(now))
    if case.controller_id is not None:
        yield Notice("webhook", "case.due_soon", controller_id=case.controller_id, facts=facts)
    # The controller's own date is the controller's; our help, which the contract dates, is told to both.
    if case.controller_id is None or alarm.clock is AlarmClock.ASSIST:
        yield Notice("mail", "alarm", to_staff=True, facts=facts)


def _facts(case: Case, alarm: Alarm, today: date) -> dict[str, str | int | None]:
    """`due_date` is the answer's or the help's, `date` the alarm's own: until when to confirm, or to extend."""
    due_date = alarm.on if alarm.clock is AlarmClock.ASSIST else case.strict_due_date
    return {
        "alarm": alarm.name.value,
        "clock": alarm.clock.value,
        "days": (due_date - today).days,
        "due_date": due_date.isoformat(),
        "date": alarm.on.isoformat(),
    }
