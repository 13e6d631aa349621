"""What leaves under no decision: secrets and kept passwords to anybody, in California what 11 CCR 7024(d) names."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.hashed import has_hash, hashes_in
from dsar.domain.withholding.named import KEYS, VALUES, is_something
from dsar.domain.withholding.place import Place, Span
from dsar.domain.withholding.pointer import below, named
from dsar.domain.withholding.secret import Holds, secret
from dsar.domain.withholding.undisclosed import undisclosed
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld

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


_LOOKED_AT = frozenset({str, dict, list})
_UNKNOWN = _Shape((), (), ())


class Never:
    """Looks through the records of one case. `california` adds 11 CCR 7024(d) to what holds for everybody."""

    def __init__(self, *, california: bool) -> None:
        self._california = california
        self._shapes: dict[tuple[str, ...], _Shape | None] = {}

    def hits(self, data: dict[str, Any]) -> list[Withheld]:
        """Every place that stays out."""
        return [] if self._is_plain(data) else list(self._look(data))

    def _is_plain(self, data: dict[str, Any]) -> bool:
        """Whether nothing can be found, told in a moment: in most records there is nothing."""
        left: list[Any] = [data]
        while left:
            held = left.pop()
            if held.__class__ is dict:
                if self._shapes.get(tuple(held), _UNKNOWN) is not None:
                    return False
                held = held.values()
            looked_at = [value for value in held if value.__class__ in _LOOKED_AT]
            try:
                text = "\n".join(looked_at)
            except TypeError:  # an object or a list, which joins no texts
                text = "\n".join([value for value in looked_at if value.__class__ is str])
                left += [value for value in looked_at if value.__class__ is not str]
            if has_hash(text):
                return False
        return True

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
                elif isinstance(value, str) and has_hash(value):
                    yield from _kept(below(pointer, name), value)

    def _closed(self, held: dict[str, Any]) -> Mapping[str | int, Rule]:
        names = tuple(held)
        try:
            shape = self._shapes[names]
        except KeyError:
            shape = self._learn(names)
        return {} if shape is None else self._of_shape(shape, held)

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
