"""One collection written as JSON and as CSV beside it, in one pass over its segments, or in two if it must be."""

from collections.abc import Iterator, Sequence

from dsar.bundle.cells import escaped
from dsar.bundle.columns import Columns
from dsar.bundle.dictionary import Dictionary
from dsar.bundle.element import element, encoder
from dsar.bundle.material import Material
from dsar.bundle.provenance import Provenance, Provenances
from dsar.bundle.release import Release
from dsar.bundle.sample import Sample
from dsar.bundle.shelf import Table
from dsar.bundle.spool import Spool
from dsar.domain.withholding import Collected, Line, Withheld
from dsar.store.findings import SegmentRow

MARK = "\ufeff"  # at a file's beginning a reader takes it for a mark of its encoding


class CollectionFiles:
    """First `json`, which learns the columns, takes the sample and counts; then `csv`.

    The table's lines are made along with the JSON. Where a later segment brings a further column, or they are too many
    to keep, they are made anew.
    """

    def __init__(
        self, material: Material, rows: Sequence[SegmentRow], release: Release, sample: Sample
    ) -> None:
        self._material = material
        self._rows = [row for row in rows if row.records]
        self._where = collected(rows[0])
        self._release = release
        self._sample = sample
        self._columns = Columns()
        self._dictionary = Dictionary()
        self._provenances = Provenances()
        self._plain_bytes = sum(row.bytes for row in self._rows)
        self._is_full = True  # no line of the table is blank
        self._spool = Spool()
        self._tabled: int | None = None  # as many columns have the lines in there
        self._untouched: list[
            bool
        ] = []  # the segments of which all leaves as it is: they are not looked through twice
        self.records = 0
        self.withheld = 0

    @property
    def json_bytes_max(self) -> int:
        """More than the JSON file can grow to: a number may gain a letter, a place of a few bytes its ground."""
        return 20 * self._plain_bytes + 1024

    @property
    def csv_bytes_max(self) -> int:
        """More than the CSV file can grow to: quotes doubled, a comma for each column that a record lacks."""
        return 2 * self._plain_bytes + (self.records + 1) * (self._columns.count + 4)

    @property
    def provenance(self) -> Provenance:
        """Where the records come from, once they are written."""
        columns = list(map(self._dictionary.of, self._columns.names))
        made_by_ai = [column.name for column in columns if column.made_by_ai]
        return self._provenances.of(
            self._where, made_by_ai, [column.name for column in columns if column.inferred]
        )

    @property
    def table(self) -> Table:
        """What the CSV file's columns are, once it is written."""
        names = self._columns.labels
        labels = tuple(map(escaped, names))
        whole = all(label and label == label.strip() and not label.startswith(MARK) for label in labels)
        columns = tuple(map(self._dictionary.of, names))
        return Table(labels, columns, strict=bool(labels) and whole and self._is_full)

    def json(self) -> Iterator[bytes]:
        """An array, one record a line."""
        before = b"[\n"
        for lines, withheld in self._released():
            self._learn(lines, withheld)
            self._tabulate(lines)
            elements = list(map(element, lines, withheld))
            # No line ends within JSON: each is the end of a record.
            yield before + encoder.encode_lines(elements)[:-1].replace(b"\n", b",\n")
            before = b",\n"
        yield b"\n]\n" if self.records else b"[]\n"

    def csv(self) -> Iterator[bytes]:
        """A head line and one line a record."""
        yield self._columns.head().encode()
        if not self._spool.dropped:
            yield from self._spool.pieces()
            return
        self._is_full = True
        yield from map(self._lines, self._released_again())

    def _tabulate(self, lines: list[Line]) -> None:
        if self._tabled not in (None, self._columns.count):
            self._spool.drop()
        self._tabled = self._columns.count
        if not self._spool.dropped:
            self._spool.add(self._lines(lines))

    def _lines(self, lines: list[Line]) -> bytes:
        table = self._columns.lines([line.data for line in lines])
        self._is_full &= self._columns.blank not in table
        return "".join(table).encode()

    def _learn(self, lines: list[Line], withheld: Sequence[Sequence[Withheld]]) -> None:
        self.records += len(lines)
        self.withheld += sum(map(len, withheld))
        self._sample.take(lines, withheld)
        self._columns.learn(line.data for line in lines)
        self._dictionary.learn(lines, withheld, self._columns.names)
        self._provenances.learn(lines)

    def _released_again(self) -> Iterator[list[Line]]:
        release = self._release.again()
        for untouched, items in zip(self._untouched, self._material.items(self._rows), strict=True):
            given = [item for item in items if isinstance(item, Line)]
            lines = given if untouched else release.of(self._where, given)[0]
            if lines:
                yield lines

    def _released(self) -> Iterator[tuple[list[Line], Sequence[Sequence[Withheld]]]]:
        for items in self._material.items(self._rows):
            given = [item for item in items if isinstance(item, Line)]
            lines, withheld = self._release.of(self._where, given)
            self._untouched.append(len(lines) == len(given) and not any(withheld))
            if lines:
                yield lines, withheld


def collected(row: SegmentRow) -> Collected:
    """Where the items of a segment were collected."""
    return Collected(row.system_key, row.category, row.collection)
