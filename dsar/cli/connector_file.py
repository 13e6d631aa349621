"""The two files of a system: its description, and beside it the lock of its fields."""

import json
import re
import tomllib
from pathlib import Path

import msgspec

from dsar.cli.connector_lines import located
from dsar.domain.guarding import Lock
from dsar.fanout import NewSystem
from dsar.outbound import BadSystem

LOCK_SUFFIX = ".columns.lock"

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_DECODERS = (msgspec.ValidationError, msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError)
_HEADING = """\
# What was decided of each field of this system, for the completeness guard: a field that comes, goes or is treated
# otherwise turns the probe red, and `dsar connector check` ends with 3.
#
#   "exported"             it is told to the person
#   "excluded: <reason>"   it is left out, and why; for a table that the settings do not name, write it here
#   "undecided"            nobody has decided yet: decide, here or in the settings
#
# `dsar connector lock` writes the file anew and leaves the reasons that stand here. Keep it under version control.
"""


def read(path: Path) -> NewSystem:
    """A system's description, TOML or JSON; raises BadSystem naming the field."""
    text = path.read_bytes()
    try:
        if path.suffix == ".json":
            return msgspec.json.decode(text, type=NewSystem)
        with located(path):
            return _converted(text)
    except _DECODERS as error:
        raise BadSystem(f"{path.name}: {error}") from error


def _converted(text: bytes) -> NewSystem:
    try:
        return msgspec.convert(tomllib.loads(text.decode()), NewSystem)
    except msgspec.ValidationError as error:
        raise BadSystem(str(error)) from error


def lock_path(path: Path) -> Path:
    """`crm.columns.lock` beside `crm.toml`."""
    return path.with_suffix(LOCK_SUFFIX)


def read_lock(path: Path) -> dict[str, dict[str, str]] | None:
    """The lock beside a description; None where there is none."""
    beside = lock_path(path)
    try:
        text = beside.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return msgspec.convert(tomllib.loads(text.decode()), dict[str, dict[str, str]])
    except _DECODERS as error:
        raise BadSystem(f"{beside.name}: {error}") from error


def lock_text(lock: Lock) -> str:
    """The lock as its file has it, sorted: what changes is a line of a comparison."""
    tables = []
    for collection, fields in sorted(lock.items()):
        lines = [f"{_key(name)} = {_string(decision)}" for name, decision in sorted(fields.items())]
        tables.append("\n".join([f"[{_key(collection)}]", *lines]) + "\n")
    return "\n".join([_HEADING, *tables])


def _key(name: str) -> str:
    return name if _BARE.match(name) else _string(name)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but for one character that TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
