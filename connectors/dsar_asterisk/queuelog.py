"""The queue log, which Asterisk holds open for as long as it runs.

A file that took its place would get nothing more, so a row is taken out where it stands: its bytes are
overwritten with spaces. Asterisk only ever appends, and readers of the log pass over a line that is blank.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from dsar.contract import Unreachable
from dsar_asterisk import logfile
from dsar_asterisk.faults import faults
from dsar_asterisk.logfile import Form
from dsar_asterisk.queued import HEAD_FIELDS, SHAPE, read
from dsar_asterisk.rows import Row, blocks
from dsar_asterisk.traces import MalformedRowError, Trace
from dsar_asterisk.wanted import ByKeys, Wanted

_FORM = Form(read, SHAPE, HEAD_FIELDS)


class QueueLog(Struct, frozen=True):
    """`queue_log`."""

    path: Path
    name: str = "queue_log"

    def probe(self) -> int:
        """Read the first row, so that a log of another form is told."""
        return logfile.probe(self.path, self.name, _FORM)

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Trace]]:  # noqa: ARG002 - it knows none
        """Yield the wanted rows in batches, some of them empty."""
        return logfile.scan(self.path, self.name, _FORM, wanted)

    def blank(self, calls: ByKeys) -> int:
        """Overwrite the rows of these channels; how many."""
        with faults(self.name), self.path.open("r+b") as log:
            doomed = list(_doomed(log, calls))
            for place, size in doomed:
                os.pwrite(log.fileno(), b" " * size, place)
            os.fsync(log.fileno())
            if not os.path.samestat(os.fstat(log.fileno()), self.path.stat()):
                raise Unreachable(
                    f"{self.name}: it was rotated while its rows were erased; it is tried again"
                )
        return len(doomed)


def _doomed(log: BinaryIO, calls: ByKeys) -> Iterator[tuple[int, int]]:
    """Where each row of these channels stands, and its length without the line end."""
    place = 0
    for block in blocks(log, SHAPE, calls.may_be_in):
        at = place
        for row in block.rows:
            if _is_of(row, calls):
                yield at, len(row.raw.rstrip(b"\r\n"))
            at += len(row.raw)
        place += len(block.raw)


def _is_of(row: Row, calls: ByKeys) -> bool:
    if row.is_blank or not calls.may_be_in(row.raw):
        return False
    try:
        queued = read(row.text, "")
    except MalformedRowError:
        return False  # the search has refused those that matter
    return queued is not None and queued.uniqueid in calls.uniqueids
