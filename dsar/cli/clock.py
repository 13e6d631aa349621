"""`dsar clock`: a due date with its working, of one case or of a file of cases."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dsar.cli import clock_options
from dsar.cli.clock_answer import Answer, answer
from dsar.cli.clock_case import read
from dsar.cli.clock_text import as_text
from dsar.domain.clock import ClockError

_FILE_BYTES_MAX = 256 * 1024 * 1024


def arguments(command: argparse.ArgumentParser) -> None:
    """`explain` and `batch`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    explain = "Print each step from the receipt to the due date. The receipt may not lie in the future."
    clock_options.add(actions.add_parser("explain", help=explain, description=explain))
    about = "Print one JSON object a line for each case of a file."
    future = "There a receipt may lie in the future."
    broken = "A case that cannot be counted is a line with its error, and it ends with 1."
    batch = actions.add_parser("batch", help=about, description=f"{about} {future} {broken}")
    batch.add_argument("file", type=Path, metavar="FILE", help="a JSON array of cases")


def run(given: argparse.Namespace) -> int:
    """Print what the clock says."""
    return _batch(given.file) if given.action == "batch" else _explain(given)


def _explain(given: argparse.Namespace) -> int:
    try:
        case = clock_options.case_of(given, datetime.now(UTC))
        found = answer(case)
    except ClockError as error:
        raise clock_options.option(error) from error
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        print(as_text(case, found))
    return 0


def _batch(file: Path) -> int:
    broken = 0
    for given in _cases(file):
        try:
            line = _line(answer(read(given)))
        except ClockError as error:
            broken += 1
            line = _error(given, error)
        print(msgspec.json.encode(line, enc_hook=str).decode())
    return 1 if broken else 0


def _cases(file: Path) -> list[Any]:
    allowed = "a JSON array of cases"
    with file.open("rb") as opened:
        text = opened.read(_FILE_BYTES_MAX + 1)
    if len(text) > _FILE_BYTES_MAX:
        raise ClockError("FILE", str(file), f"{allowed} of at most {_FILE_BYTES_MAX} bytes")
    try:
        return msgspec.json.decode(text, type=list[Any])
    except msgspec.DecodeError as error:
        raise ClockError("FILE", str(file), f"{allowed}; {error}") from error


def _line(found: Answer) -> dict[str, Any]:
    """Without `paused`: the shape that files of dated cases are compared with."""
    return {key: value for key, value in msgspec.to_builtins(found).items() if key != "paused"}


def _error(given: object, error: ClockError) -> dict[str, Any]:
    told = {"field": error.field, "value": error.value, "allowed": error.allowed}
    return {"id": given.get("id") if isinstance(given, dict) else None, "error": told}
