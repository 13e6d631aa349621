"""Finds the line of a system's TOML file that an error is about, by the path that the error names."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsar.contract import ConnectorError
from dsar.outbound import BadSystem

Steps = tuple[str, ...]

_HEADER = re.compile(r"""\s*\[(\[?)\s*((?:[\w-]+|"[^"]*")(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*\]""")
_ENTRY = re.compile(r"""\s*([\w-]+|"[^"]*")\s*(?:=\s*(?:"([^"]*)")?|\.)""")
# As msgspec writes it, `$.tables[2].key`; as a connector does, `tables.contact.key: …`.
_THEIRS = re.compile(r"`\$([^`]*)`")
_OWN = re.compile(r"(?:^|: )([A-Za-z][\w.\[\]-]*)(?:, table '([^']+)')?(?=:)")
_FIELD = re.compile(r"field `([^`]+)`")
SETTINGS = "settings"
NAMING = frozenset({"name", "table"})


@contextmanager
def located(path: Path) -> Iterator[None]:
    """Whatever is wrong with the file is told with its line, where one can be named."""
    try:
        yield
    except (BadSystem, ConnectorError) as error:
        line = line_of(path.read_text(encoding="utf-8"), str(error)) if path.suffix == ".toml" else None
        if line is None and isinstance(error, ConnectorError):
            raise  # of the system, and not of the file
        where = path.name if line is None else f"{path.name}, line {line}"
        raise BadSystem(f"{where}: {error}") from error


def line_of(text: str, said: str) -> int | None:
    """The line of the deepest part of the path that the file has; None where the text names no path of it."""
    outline = _Outline(text)
    for named in _paths(said):
        for prefix in ((SETTINGS,), ()):
            line = None
            steps: Steps = prefix
            for step in named:
                steps = outline.names.get((*steps, step), (*steps, step))
                line = outline.lines.get(steps, line)
            if line is not None:
                return line
    return None


def _paths(said: str) -> Iterator[Steps]:
    theirs, field = _THEIRS.search(said), _FIELD.search(said)
    steps = _steps(theirs[1]) if theirs else ()
    yield (*steps, field[1]) if field else steps
    for own in _OWN.finditer(said):
        yield (*_steps(own[1]), own[2]) if own[2] else _steps(own[1])


def _steps(path: str) -> Steps:
    return tuple(re.findall(r"[^.\[\]]+", path))


class _Outline:
    """Each header and key of a TOML text by its path. An element of a list is known by its number.

    `names` leads from its `name` or `table` to that number.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Steps, int] = {}
        self.names: dict[Steps, Steps] = {}
        self._counts: dict[Steps, int] = {}
        here: Steps = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                here = self._enter(header[2], number, is_list=bool(header[1]))
            elif entry := _ENTRY.match(line):
                self._note(here, entry[1].strip('"'), entry[2], number)

    def _enter(self, dotted: str, number: int, *, is_list: bool) -> Steps:
        """The path that a header opens: within the newest element of each list on the way."""
        *way, last = (part.strip().strip('"') for part in re.findall(r'"[^"]*"|[^.]+', dotted))
        steps: Steps = ()
        for part in way:
            steps = self._newest((*steps, part))
        steps = (*steps, last)
        if is_list:
            self._counts[steps] = self._counts.get(steps, -1) + 1
            self.lines.setdefault(steps, number)
            steps = self._newest(steps)
        self.lines.setdefault(steps, number)
        return steps

    def _newest(self, steps: Steps) -> Steps:
        return (*steps, str(self._counts[steps])) if steps in self._counts else steps

    def _note(self, here: Steps, key: str, value: str | None, number: int) -> None:
        self.lines.setdefault((*here, key), number)
        if value and key in NAMING and here[-1:] and here[-1].isdigit():
            self.names.setdefault((*here[:-1], value), here)
