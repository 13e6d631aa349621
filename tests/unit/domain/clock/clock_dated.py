"""The dated cases: `vectors.json`, published examples and dates derived from a quoted rule; `by_hand.json`, our own.

Both are in the shape that `dsar clock batch` reads; `source` says why the date is the one.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct, json

from dsar.domain.clock import Fact

FILES = [Path(__file__).with_name(name) for name in ("vectors.json", "by_hand.json")]


class DatedCase(Struct, forbid_unknown_fields=True):
    id: str
    kind: str
    jurisdiction: str
    country: str | None
    subdivision: str | None
    timezone: str | None
    received_at: str
    event_log: tuple[Fact, ...]
    expected_due_date: str | None
    source: str
    mode: Literal["strict", "edpb_suspension"] = "strict"
    promise: str | None = None
    object: str | None = None
    hours: int | None = None
    working_days: int | None = None
    alternative_due_date: str | None = None
    conservative_due_date: str | None = None
    extension_notice_deadline: str | None = None
    statutory_due_date: str | None = None
    promised_due_date: str | None = None

    @property
    def received(self) -> datetime:
        return datetime.fromisoformat(self.received_at)

    @property
    def year_end(self) -> date:
        return date.fromisoformat(self.received_at)

    @property
    def expected(self) -> dict[str, str]:
        """Every further date that the case names, by the name of our output."""
        named = {
            "alternative_due_date": self.alternative_due_date,
            "strict_due_date": self.conservative_due_date,
            "extension_notice_deadline": self.extension_notice_deadline,
            "statutory_due_date": self.statutory_due_date,
            "promised_due_date": self.promised_due_date,
        }
        return {name: value for name, value in named.items() if value is not None}


CASES = [case for file in FILES for case in json.decode(file.read_bytes(), type=list[DatedCase])]
