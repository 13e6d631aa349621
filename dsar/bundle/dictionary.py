"""What is said of each column: whether a machine made some of it, whether some is inferred, or was withheld."""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from dsar.bundle.field import first_name
from dsar.domain.withholding import Line, Withheld


class Column(Struct, frozen=True):
    """One column. What is said of it is true of at least one record."""

    name: str
    made_by_ai: bool = False
    inferred: bool = False
    others: bool = False  # it may tell of other people
    withheld: bool = False


class Dictionary:
    """Learns from records as they are released."""

    def __init__(self) -> None:
        self._made_by_ai: set[str] = set()
        self._inferred: set[str] = set()
        self._others: set[str] = set()
        self._withheld: set[str] = set()

    def learn(
        self, lines: Sequence[Line], withheld: Iterable[Sequence[Withheld]], names: Collection[str]
    ) -> None:
        """Take in some records; only what is said of a column among `names` is kept."""
        # Neighbours bear the same pointers: each set of them is looked at once.
        for found, pointers in (
            (self._made_by_ai, {line.made_by_ai for line in lines}),
            (self._inferred, {line.inferred for line in lines}),
            (self._others, {line.others for line in lines}),
        ):
            found.update(_named((p for each in pointers for p in each), names))
        places = {one.place.pointer for each in withheld if each for one in each}
        self._withheld.update(_named(places, names))

    def of(self, name: str) -> Column:
        """What is known of a column."""
        return Column(
            name,
            made_by_ai=name in self._made_by_ai,
            inferred=name in self._inferred,
            others=name in self._others,
            withheld=name in self._withheld,
        )


def _named(pointers: Iterable[str], names: Collection[str]) -> Iterable[str]:
    """The fields that pointers lead into; one without a name means the whole record, and so all of them."""
    for pointer in pointers:
        if not pointer:
            yield from names
        elif (name := first_name(pointer)) in names:
            yield name
