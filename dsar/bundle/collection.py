"""One collection written as JSON and as CSV beside it, in two passes over its segments."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from dsar.bundle.cells import LINE_END
from dsar.bundle.columns import Columns
from dsar.bundle.material import Material
from dsar.bundle.release import Release
from dsar.bundle.sample import Sample
from dsar.domain.withholding import Line
from dsar.store.findings import SegmentRow

_encoder = msgspec.json.Encoder(decimal_format="number")


class Element(Struct, frozen=True, omit_defaults=True, gc=False):
    """A record as it stands in the JSON file."""

    origin: msgspec.Raw
    data: dict[str, Any]
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


class CollectionFiles:
    """First `json`, which learns the columns and takes the sample, then `csv`."""

    def __init__(self, material: Material, rows: list[SegmentRow], release: Release, sample: Sample) -> None:
        self._material = material
        self._rows = [row for row in rows if row.records]
        self._release = release
        self._sample = sample
        self._columns = Columns()
        self._plain_bytes = sum(row.bytes for row in self._rows)
        self.records = 0

    @property
    def json_bytes_max(self) -> int:
        """More than the JSON file can grow to: written anew, a number may gain a sign or a letter."""
        return 2 * self._plain_bytes + 1024

    @property
    def csv_bytes_max(self) -> int:
        """More than the CSV file can grow to: quotes doubled, a comma for each column that a record lacks."""
        return 2 * self._plain_bytes + (self.records + 1) * (self._columns.count + 4)

    def json(self) -> Iterator[bytes]:
        """An array, one record a line."""
        before = b"[\n"
        for lines in self._released(self._release):
            self.records += len(lines)
            self._sample.take(lines)
            self._columns.learn(line.data for line in lines)
            elements = [Element(x.origin, x.data, x.others, x.made_by_ai, x.inferred) for x in lines]
            # No line ends within JSON, so what stands between two lines is known for sure.
            yield before + _encoder.encode_lines(elements)[:-1].replace(b"}\n{", b"},\n{")
            before = b",\n"
        yield b"\n]\n" if self.records else b"[]\n"

    def csv(self) -> Iterator[bytes]:
        """A head line and one line a record."""
        yield (self._columns.head() + LINE_END).encode()
        for lines in self._released(self._release.again()):
            table = self._columns.lines([line.data for line in lines])
            yield (LINE_END.join(table) + LINE_END).encode()

    def _released(self, release: Release) -> Iterable[list[Line]]:
        for items in self._material.items(self._rows):
            if lines := release.of([item for item in items if isinstance(item, Line)]):
                yield lines
