"""`dsar clock explain`: a due date with its working."""

import argparse
import json
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from dsar.domain.clock import ClockError, Due, Fact, FactType, Kind, Place, Promise, Regime, due

E = TypeVar("E", bound=StrEnum)


def arguments(command: argparse.ArgumentParser) -> None:
    """`explain`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    explain = actions.add_parser("explain", help="Print each step from the receipt to the due date.")
    explain.add_argument("--jurisdiction", required=True, help=f"one of {', '.join(Regime)}")
    explain.add_argument("--country", required=True)
    explain.add_argument("--subdivision")
    explain.add_argument("--timezone", required=True)
    explain.add_argument("--received-at", required=True, help="ISO 8601 with its offset")
    explain.add_argument("--kind", default="dsar_response")
    explain.add_argument("--event", action="append", default=[], metavar="TYPE@ISO[,key=value]…")
    explain.add_argument("--promise", help="for example 30d or 1m")
    explain.add_argument("--json", action="store_true")


def run(given: argparse.Namespace) -> int:
    """Print the explanation."""
    place = Place(country=given.country, subdivision=given.subdivision, timezone=given.timezone)
    found = due(
        _moment("--received-at", given.received_at),
        _choice("--jurisdiction", given.jurisdiction, Regime),
        place,
        facts=[_fact(text) for text in given.event],
        promise=Promise.parse(given.promise) if given.promise else None,
        kind=_choice("--kind", given.kind, Kind),
    )
    print(json.dumps(msgspec.to_builtins(found), indent=2) if given.json else as_text(found))
    return 0


def as_text(found: Due) -> str:
    """One line a step, then the date."""
    lines = [f"{step.from_} -> {step.to}  {step.rule}: {step.because}" for step in found.steps]
    return "\n".join([*lines, f"due: {found.due_date}" + (" (paused)" if found.paused else "")])


def _choice(name: str, text: str, kind: type[E]) -> E:
    try:
        return kind(text)
    except ValueError as error:
        raise ClockError(name, text, ", ".join(kind)) from error


def _moment(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ClockError(name, text, "a time like 2026-03-05T10:00:00+02:00") from error


def _fact(text: str) -> Fact:
    """`extension_notice@2026-03-20T09:00:00+02:00,reasons=complexity`."""
    head, *pairs = text.split(",")
    kind, _, at = head.partition("@")
    extra = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if kind not in set(FactType):
        raise ClockError("--event", kind, ", ".join(FactType))
    return Fact(type=FactType(kind), at=_moment("--event", at), reasons=extra.get("reasons"))
