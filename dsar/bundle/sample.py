"""The first records of each collection, as the page shows them, and no more than a page can hold."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from msgspec import Struct

from dsar.bundle.field import Field, fields
from dsar.domain.withholding import Line, Withheld

RECORDS_MAX = 200  # of one category
CHARACTERS_MAX = 400_000  # of one collection: a page that opens on a telephone
PAGE_CHARACTERS_MAX = 3_000_000  # of all of them
MARKUP = 120  # characters about each value
WIDE = 9  # more columns than this are read better one record below the other


class Room:
    """How much the page still takes. One for each archive, however many collections and calls share it."""

    def __init__(self, characters_max: int = PAGE_CHARACTERS_MAX) -> None:
        self._left = characters_max

    @property
    def full(self) -> bool:
        """Whether nothing more is taken."""
        return self._left <= 0

    def take(self, fields: Iterable[Field]) -> None:
        """Make room for some; what was taken stays, though it be more than there was room for."""
        self._left -= sum(MARKUP + len(field.name) + len(field.text) for field in fields if field.shown)

    def take_words(self, characters: int) -> None:
        """The same for what somebody said, which bears a name, a time and a frame."""
        self._left -= 3 * MARKUP + characters


class Shown(Struct, frozen=True):
    """One record on the page."""

    fields: list[Field]

    @property
    def made_by_ai(self) -> bool:
        """Whether a machine made some of it."""
        return any(field.made_by_ai for field in self.fields)

    @property
    def inferred(self) -> bool:
        """Whether some of it is a conclusion."""
        return any(field.inferred for field in self.fields)

    @property
    def withheld(self) -> bool:
        """Whether some of it stayed out."""
        return any(field.withheld for field in self.fields)


class Sample:
    """Takes the first `records_max` records that it is shown, and no more than fit on a page."""

    def __init__(self, records_max: int, room: Room | None = None) -> None:
        self._records_max = records_max
        self._own = Room(CHARACTERS_MAX)
        self._room = room or Room()
        self.records: list[Shown] = []

    def take(self, lines: Iterable[Line], withheld: Iterable[Sequence[Withheld]] = ()) -> None:
        """Look at some records as they are released, each with what of it was withheld."""
        for line, stayed_out in zip(lines, chain(withheld, repeat(()))):  # noqa: B905 - the second never ends
            if len(self.records) >= self._records_max or self._own.full or self._room.full:
                return
            record = Shown(fields(line, stayed_out))
            for room in (self._own, self._room):
                room.take(record.fields)
            self.records.append(record)

    @property
    def columns(self) -> list[str]:
        """The names of all fields shown, in the order they come."""
        return list(dict.fromkeys(field.name for record in self.records for field in record.fields))

    @property
    def wide(self) -> bool:
        """Whether the records are shown one below the other."""
        return len(self.columns) > WIDE

    def row(self, record: Shown) -> list[Field | None]:
        """A record as a table's row."""
        by_name = {field.name: field for field in record.fields}
        return [by_name.get(name) for name in self.columns]
