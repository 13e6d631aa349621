"""A business's questions to the person: put by us on its behalf, each answered, or not, through staff."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, Decision, Notice
from dsar.domain.errors import NotNow
from dsar.domain.history import Event, NewEvent
from dsar.domain.routing import INSTRUCTED, Instruction
from dsar.domain.telling import STATUS_CHANGED, WEBHOOK
from dsar.domain.work import NewStep, StepKind, StepOutcome

QUESTIONS_MAX = 3  # what was asked three times is not asked by a letter any more
CAME = "information.came"
TEMPLATE = "business_asks"
_TASK = "information:"


class AnswerState(StrEnum):
    """How it stands with an answer."""

    WAITING = "waiting"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"


class Question(Struct, frozen=True):
    """A question and what came back; both sealed under the case's key, as hexadecimal text."""

    number: int
    asked_at: datetime
    sealed_question: str
    state: AnswerState = AnswerState.WAITING
    answered_at: datetime | None = None
    sealed_answer: str | None = None


def task_key(number: int) -> str:
    """The key of the task that waits for the answer."""
    return f"{_TASK}{number}"


def number_of(task: str) -> int | None:
    """Which question a task waits for; None for a task of another kind."""
    return int(task.removeprefix(_TASK)) if task.startswith(_TASK) else None


def questions(history: Iterable[Event]) -> list[Question]:
    """Read from the history."""
    found: list[Question] = []
    for event in history:
        if event.type == INSTRUCTED and event.data["instruction"] == Instruction.NEED_INFORMATION.value:
            asked = Question(len(found) + 1, event.at, event.data["sealed_ground"])
            found.append(asked)
        elif event.type == CAME:
            at = int(event.data["question"]) - 1
            found[at] = msgspec.structs.replace(
                found[at],
                state=AnswerState(event.data["state"]),
                answered_at=event.at,
                sealed_answer=event.data["sealed_answer"],
            )
    return found


def may_ask(history: Sequence[Event]) -> int:
    """The number that the next question gets."""
    asked = len(questions(history))
    if asked >= QUESTIONS_MAX:
        raise NotNow(
            "instruction",
            "asks the person once more than a case allows.",
            "Decide with what you have: fulfil, refuse, or deal with it yourself.",
        )
    return asked + 1


def asked(heard: Decision, number: int, notice: Notice) -> Decision:
    """The question goes to the person, and staff sees to the answer."""
    task = NewStep(StepKind.BY_HAND, task_key(number), {"question": number}, by_hand=True)
    return msgspec.structs.replace(heard, steps=(task,), notices=(notice,))


def came(case: Case, number: int, outcome: StepOutcome, sealed_answer: str | None, actor: str) -> Decision:
    """Staff has the answer, or knows that none comes; the controller hears that there is something to read."""
    state = AnswerState.ANSWERED if outcome is StepOutcome.DONE else AnswerState.NO_ANSWER
    data = {
        "question": number,
        "state": state.value,
        "sealed_answer": sealed_answer if state is AnswerState.ANSWERED else None,
    }
    notice = Notice(WEBHOOK, STATUS_CHANGED, controller_id=case.controller_id)
    return Decision(events=(NewEvent(CAME, actor, data),), notices=(notice,))
