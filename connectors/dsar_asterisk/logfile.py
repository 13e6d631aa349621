"""A log of rows in a file, searched in constant memory; a row that cannot be read is never passed over in silence."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.cdr import HEAD_FIELDS, SHAPE, parse, split
from dsar_asterisk.faults import faults
from dsar_asterisk.rows import Row, Shape, blocks, lines, rows
from dsar_asterisk.traces import MalformedRowError, Trace
from dsar_asterisk.wanted import Wanted


class Form(Struct, frozen=True):
    """How the rows of a log are written. `head_fields`: among so many first fields are all the numbers."""

    read: Callable[[str, str], Trace | None]
    shape: Shape
    head_fields: int

    def trace(self, row: Row, path: Path, setting: str) -> Trace | None:
        """What the row says; None where it is about no call."""
        try:
            return self.read(row.text, setting)
        except MalformedRowError as why:
            raise Refused(
                f"{setting}: {path.name} line {row.line} cannot be read: {why}; mend the row"
            ) from None

    def head(self, row: Row) -> Sequence[str]:
        """The first fields; fewer than asked for where the row ends early."""
        fields = split(row.text) if self.shape.quoted else row.text.split("|")
        return fields[: self.head_fields]


CDR = Form(parse, SHAPE, HEAD_FIELDS)


def probe(path: Path, setting: str, form: Form) -> int:
    """Read the first row, so that a log of another form is told; how many fields it has."""
    cut = rows if form.shape.quoted else lines
    with faults(setting), path.open("rb") as stream:
        for row in islice(cut(stream), 1):
            form.trace(row, path, setting)
            return row.text.count(form.shape.separator.decode()) + 1
    return 0


def scan(path: Path, setting: str, form: Form, wanted: Wanted) -> Iterator[list[Trace]]:
    """Yield the wanted traces in batches, some of them empty."""
    with faults(setting), path.open("rb") as stream:
        for block in blocks(stream, form.shape, wanted.may_be_in):
            found = (_wanted_trace(row, path, setting, form, wanted) for row in block.rows)
            yield [trace for trace in found if trace is not None]


def _wanted_trace(row: Row, path: Path, setting: str, form: Form, wanted: Wanted) -> Trace | None:
    if row.is_blank or (form.shape.is_sound(row.raw) and not wanted.may_be_in(row.raw)):
        return None
    try:
        trace = form.trace(row, path, setting)
    except Refused:
        if _is_plainly_foreign(row, form, wanted):
            return None
        raise
    return trace if trace is not None and wanted.takes(trace) else None


def _is_plainly_foreign(row: Row, form: Form, wanted: Wanted) -> bool:
    """Whether a broken row still shows that it is not wanted: its numbers can be read and are others'."""
    try:
        head = form.head(row)
    except MalformedRowError:
        return False
    return len(head) == form.head_fields and not wanted.may_be_in(row.raw)
