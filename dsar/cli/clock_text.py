"""An answer of the clock as a person reads it: the steps in columns, then each date with its meaning."""

from dsar.cli.clock_answer import Answer
from dsar.cli.clock_case import HOLD, Case

_ANSWER = (
    ("due", "due_date", "the earlier of statute and promise; a day counts to its end"),
    ("strict", "strict_due_date", "the earliest reading; alarms run on it"),
    ("alternative", "alternative_due_date", "another reading, shown and never relied upon"),
    ("statute", "statutory_due_date", "the law's"),
    ("promise", "promised_due_date", "the policy's, or the contract's"),
    ("notice until", "extension_notice_deadline", "the last day to tell the person of more time"),
)
_HOLD = (
    ("held until", "due_date", "the last day; to be erased from the next one"),
    ("at the least", "strict_due_date", "by the shortest reading"),
    ("alternative", "alternative_due_date", "by another reading, longer"),
)


def as_text(case: Case, answer: Answer) -> str:
    """Steps, dates, and whether the clock stands."""
    steps = [(step.from_, step.to, step.rule, step.because) for step in answer.steps]
    lines = [*_columns([("from", "to", "rule", "because"), *steps]), "", *_dates(case, answer)]
    if answer.paused:
        lines.append("paused: the clock stands until the person answers; the dates leave the open wait out")
    return "\n".join(lines)


def _dates(case: Case, answer: Answer) -> list[str]:
    if answer.due_date is None:
        return ["no due date: no law in force sets one, and nothing was promised"]
    known: list[tuple[str, ...]] = [
        (name, value, meaning)
        for name, field, meaning in (_HOLD if case.duty == HOLD else _ANSWER)
        if (value := getattr(answer, field)) is not None
    ]
    return _columns(known)


def _columns(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
