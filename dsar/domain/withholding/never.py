"""What leaves under no decision: secrets and kept passwords to anybody, in California what 11 CCR 7024(d) names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct

from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.hashed import has_hash, hashes_in
from dsar.domain.withholding.named import KEYS, VALUES, is_something
from dsar.domain.withholding.place import Place, Span
from dsar.domain.withholding.pointer import below, named
from dsar.domain.withholding.quoted import has_pairs, names_in, pairs_in
from dsar.domain.withholding.secret import Holds, secret
from dsar.domain.withholding.undisclosed import undisclosed
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld

LOOKED_AT_MAX = 1000  # characters of a value in a text, to tell whether it looks like a secret
SHAPES_MAX = 4096  # what is kept of objects' names: a hostile record makes new ones without end

Closed = tuple[Rule, Holds]


class _Shape(Struct, frozen=True):
    """What the names of an object say, whatever its values are: which may be closed, and whether it may be a row."""

    closed: tuple[tuple[str, Closed], ...]
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def is_row(self) -> bool:
        return bool(self.keys and self.values)


class Never:
    """Looks through the records of one case. `california` adds 11 CCR 7024(d) to what holds for everybody."""

    def __init__(self, *, california: bool) -> None:
        self._california = california
        self._shapes: dict[tuple[str, ...], _Shape | None] = {}

    def nothing_in(self, records: Sequence[dict[str, Any]]) -> bool:
        """Whether in none of them anything can be found, told for all in a moment: in most there is nothing."""
        # Values of one kind and place lie together, as in a table: few looks go over many records.
        columns: list[Sequence[Any]] = [records]
        while columns:
            column = columns.pop()
            kinds = set(map(type, column))
            if str in kinds:
                text = "\n".join(_of(str, column, kinds))
                if has_hash(text) or (has_pairs(text) and any(map(self._of_name, names_in(text)))):
                    return False
            if list in kinds:
                columns.append(list(chain.from_iterable(_of(list, column, kinds))))
            if dict in kinds:
                objects = _of(dict, column, kinds)
                shapes = set(map(tuple, objects))
                if any(self._shape(names) is not None for names in shapes):
                    return False
                columns += _columns(objects, alike=len(shapes) == 1)
        return True

    def hits(self, data: dict[str, Any]) -> list[Withheld]:
        """Every place that stays out."""
        return [] if self.nothing_in([data]) else list(self._look(data))

    def _look(self, data: dict[str, Any]) -> Iterator[Withheld]:
        left: list[tuple[str, Any]] = [("", data)]
        while left:
            pointer, held = left.pop()
            closed = self._closed(held) if isinstance(held, dict) else {}
            for name, value in named(held):
                if name in closed:
                    yield _hit(Place(below(pointer, name)), closed[name])
                elif isinstance(value, dict | list):
                    left.append((below(pointer, name), value))
                elif isinstance(value, str):
                    yield from self._of_text(below(pointer, name), value)

    def _of_text(self, pointer: str, text: str) -> Iterator[Withheld]:
        if has_hash(text):
            yield from _kept(pointer, text)
        if has_pairs(text):
            for rule, span in self._of_pairs(text):
                yield _hit(Place(pointer, span), rule)

    def _of_pairs(self, text: str) -> Iterator[tuple[Rule, Span]]:
        """What is closed in JSON that stands as text."""
        for name, span in pairs_in(text, self._of_name):
            closed = self._of_name(name)
            if closed is not None and closed[1](
                text[span.start : min(span.stop, span.start + LOOKED_AT_MAX)]
            ):
                yield closed[0], span

    def _closed(self, held: dict[str, Any]) -> Mapping[str | int, Rule]:
        shape = self._shape(tuple(held))
        return {} if shape is None else self._of_shape(shape, held)

    def _shape(self, names: tuple[str, ...]) -> _Shape | None:
        try:
            return self._shapes[names]
        except KeyError:
            return self._learn(names)

    def _of_shape(self, shape: _Shape, held: dict[str, Any]) -> dict[str | int, Rule]:
        found: dict[str | int, Rule]
        found = {name: rule for name, (rule, holds) in shape.closed if holds(held[name])}
        if shape.is_row and (closed := self._row(shape, held)) is not None:
            rule, holds = closed
            found |= {name: rule for name in shape.values if holds(held[name])}
        return found

    def _row(self, shape: _Shape, held: dict[str, Any]) -> Closed | None:
        told = (held[key] for key in shape.keys)
        return next((c for name in told if isinstance(name, str) and (c := self._of_name(name))), None)

    def _learn(self, names: tuple[str, ...]) -> _Shape | None:
        if len(self._shapes) >= SHAPES_MAX:
            self._shapes.clear()
        shape = _Shape(
            tuple((name, closed) for name in names if (closed := self._of_name(name))),
            tuple(key for key in KEYS if key in names),
            tuple(name for name in names if name.lower() in VALUES),
        )
        self._shapes[names] = shape if shape.closed or shape.is_row else None
        return self._shapes[names]

    def _of_name(self, name: str) -> Closed | None:
        if self._california and undisclosed(name):
            return Rule.UNDISCLOSED, is_something
        holds = secret(name)
        return None if holds is None else (Rule.SECRET, holds)


def _kept(pointer: str, text: str) -> Iterator[Withheld]:
    for span in hashes_in(text):
        yield _hit(Place(pointer, None if span == Span(0, len(text)) else span), Rule.HASH)


def _hit(place: Place, rule: Rule) -> Withheld:
    return Withheld(place=place, ground=WithholdingGround.SECURITY, rule=rule, certainty=Certainty.LIKELY)


def _of(kind: type, column: Sequence[Any], kinds: set[type]) -> Sequence[Any]:
    return column if len(kinds) == 1 else [value for value in column if value.__class__ is kind]


def _columns(objects: Sequence[dict[str, Any]], *, alike: bool) -> Iterable[Sequence[Any]]:
    values = map(dict.values, objects)
    return zip(*values, strict=True) if alike else [list(chain.from_iterable(values))]
