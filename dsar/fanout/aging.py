"""Counts what an export finds that should already be gone, reading no more of a record than its date."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from dsar.contract import Collection, Record
from dsar.domain.overstaying import is_dated_by_record, overstays
from dsar.domain.profile import Category, Profile

DATE_LENGTH = len("2026-03-02")


class Ages:
    """The tally of one search. Collections whose category says nothing computable cost a look into a dict."""

    def __init__(
        self, collections: Mapping[str, Collection], profile: Profile, today: date, so_far: Mapping[str, Any]
    ) -> None:
        self._today = today
        self._watched: dict[str, _Watched] = {}
        for name, collection in collections.items():
            category = profile.categories.get(collection.category)
            if collection.dated is not None and category is not None and is_dated_by_record(category):
                self._watched[name] = _Watched(collection.category, category, collection.dated)
        self.found: dict[str, dict[str, Any]] = {key: dict(value) for key, value in so_far.items()}

    def see(self, record: Record) -> None:
        """Count a record if its time is over."""
        watched = self._watched.get(record.origin.collection)
        if watched is None:
            return
        day = watched.day_of(record.data)
        if day is None or not watched.is_over(day, self._today):
            return
        found = self.found.setdefault(watched.key, {"records": 0, "oldest_on": day})
        found["records"] += 1
        found["oldest_on"] = min(found["oldest_on"], day)


class Days:
    """Reads the day of a collection's records, in ISO 8601."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._read = _reader(field)

    def of(self, data: dict[str, Any] | msgspec.Raw) -> str | None:
        """The day; None where the record has none."""
        if isinstance(data, dict):
            value = data.get(self._field)
            text = value.isoformat() if isinstance(value, date | datetime) else value
        else:
            try:
                text = self._read(data)
            except msgspec.ValidationError:
                return None
        return text[:DATE_LENGTH] if isinstance(text, str) else None


class _Watched:
    """One collection: how its records' date is read, and which days are over. Days are few, records many."""

    def __init__(self, key: str, category: Category, field: str) -> None:
        self.key = key
        self._category = category
        self.day_of = Days(field).of
        self._over: dict[str, bool] = {}

    def is_over(self, day: str, today: date) -> bool:
        """Whether records of that day should be gone."""
        over = self._over.get(day)
        if over is None:
            try:
                over = overstays(self._category, date.fromisoformat(day), today)
            except ValueError:
                over = False  # no date, or one beyond the calendar
            self._over[day] = over
        return over


def _reader(field: str) -> Callable[[msgspec.Raw], Any]:
    """Reads one field of a record's JSON and skips the rest."""
    try:
        only = msgspec.defstruct("Dated", [("on", str | None, None)], rename={"on": field})
    except ValueError:  # a name that JSON would escape: the whole record is read
        whole = msgspec.json.Decoder(dict[str, Any])
        return lambda raw: whole.decode(raw).get(field)
    decoder = msgspec.json.Decoder(only)
    return lambda raw: decoder.decode(raw).on  # type: ignore[attr-defined]
