"""A conversation in a row: its turns in the order they were spoken, and the model that wrote it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

import msgspec

from dsar.contract import Maker, Refused, Speaker, Turn
from dsar_sql.mapping.conversation import MadeBy, Turns, Unit, spelled
from dsar_sql.mapping.pointers import Pointer, found

TURNS_MAX = 20_000
_MS_MAX = 10**10  # of one conversation: four months
_FACTORS = {Unit.SECONDS: 1000, Unit.MILLISECONDS: 1}


class Conversation:
    """Finds the turns of one table's rows."""

    def __init__(self, table: str, turns: Turns) -> None:
        self._where = f"tables.{table}.turns"
        self._array = turns.place
        self._speakers = turns.speakers()
        self._text, self._speaker = _path(turns.text), _path(turns.speaker)
        self._below = Pointer.read(turns.text).written()
        self._times = [_path(turns.start) if turns.start else None, _path(turns.end) if turns.end else None]
        self._factor = _FACTORS[turns.unit] if turns.unit else 0

    def turns(self, values: Mapping[str, Any], row: str) -> tuple[Turn, ...]:
        """Those of a row by its decoded columns. What is no conversation is refused: nobody would be withheld in it."""
        array, begin = found(values, (self._array.column, *self._array.parts)), self._array.written()
        if array is None:
            return ()
        if isinstance(array, str):  # all of it in one text: nobody knows who speaks where
            return (Turn(begin),) if array else ()
        if not isinstance(array, list):
            raise Refused(f"{self._where}.array: is no array in row {row}; correct the place, or the row")
        if len(array) > TURNS_MAX:
            raise Refused(f"{self._where}.array: has more than {TURNS_MAX} turns in row {row}; split the row")
        return tuple(
            t for number, said in enumerate(array) for t in self._turn(f"{begin}/{number}", said, row)
        )

    def _turn(self, begin: str, said: Any, row: str) -> Iterator[Turn]:
        """None where nothing was said, as where a tool was called."""
        if isinstance(said, str):
            yield Turn(begin)
            return
        text = found(said, self._text)
        if text is None:
            return
        if not isinstance(text, str):
            raise Refused(f"{self._where}.text: is no text in row {row}; correct the place, or the row")
        who = found(said, self._speaker)
        known = isinstance(who, str | int) and not isinstance(who, bool)
        speaker = self._speakers.get(spelled(who), Speaker.UNKNOWN) if known else Speaker.UNKNOWN
        yield Turn(begin + self._below, speaker, *self._moments(said))

    def _moments(self, said: Any) -> tuple[int | None, int | None]:
        """In milliseconds, widened to whole ones; one that ends before it begins is taken as what lies between."""
        begin, end = (self._moment(found(said, path)) if path else None for path in self._times)
        if begin is not None and end is not None:
            begin, end = min(begin, end), max(begin, end)
        return None if begin is None else int(begin), None if end is None else ceil(end)

    def _moment(self, value: Any) -> Decimal | None:
        try:
            moment = Decimal(value) * self._factor if isinstance(value, str | int | Decimal) else None
        except ArithmeticError:
            return None
        return moment if moment is not None and moment.is_finite() and 0 <= moment <= _MS_MAX else None


def maker(made_by: MadeBy, row: Mapping[str, msgspec.Raw]) -> Maker | None:
    """The model of one row by its columns; None where the row names none."""
    model = made_by.model or (_text(row, made_by.column) if made_by.column else None)
    return Maker(model, _moment(row, made_by.at)) if model else None


def _moment(row: Mapping[str, msgspec.Raw], column: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(row, column) or "") if column else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _text(row: Mapping[str, msgspec.Raw], column: str) -> str | None:
    value = msgspec.json.decode(row[column])
    return None if value is None else str(value)


def _path(text: str) -> tuple[str, ...]:
    pointer = Pointer.read(text)
    return (pointer.column, *pointer.parts)
