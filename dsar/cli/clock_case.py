"""One dated case, as a file or the command line writes it: the text in, what the clock takes out."""

import re
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from dsar.domain.clock import ClockError, Fact, FactType, Mode, Place, Promise, Regime, check_moment
from dsar.domain.holds import Act

CONTRACT = "CONTRACT"
JURISDICTIONS = (*Regime, CONTRACT, *Act)
HOLD = "retention_hold"

# What a case may leave out: these laws know one country.
OWN_COUNTRY: dict[str, str] = {
    Regime.UK_GDPR: "GB",
    Regime.CCPA: "US",
    Regime.CH_FADP: "CH",
    Regime.BR_LGPD: "BR",
    Regime.IN_DPDP: "IN",
}
MODES: dict[str, Mode] = {"strict": "strict", "edpb_suspension": "edpb_suspension"}
_HOURS = re.compile(r"([1-9][0-9]{0,2})h", re.ASCII)


class Entry(Struct, frozen=True):
    """One entry of a case's `event_log`."""

    type: str
    at: str
    reasons: str | tuple[str, ...] | None = None
    new_date: str | None = None


class Case(Struct, frozen=True, kw_only=True):
    """Keys that are not named here are the file's own notes, and left alone."""

    jurisdiction: str
    received_at: str  # ISO 8601 with its offset; for a hold the last day of the financial year
    id: Any = None
    kind: str | None = None
    country: str | None = None
    subdivision: str | None = None
    timezone: str | None = None
    event_log: tuple[Entry, ...] | None = None
    promise: str | None = None
    mode: str | None = None
    object: str | None = None  # of a hold
    hours: int | None = None  # of an hour clock
    working_days: int | None = None  # of a processor's assistance

    def __post_init__(self) -> None:
        if self.jurisdiction not in JURISDICTIONS:
            raise ClockError("jurisdiction", self.jurisdiction, ", ".join(JURISDICTIONS))

    @property
    def duty(self) -> str:
        """The kind, or what is meant where none is named."""
        return self.kind or "dsar_response"

    @property
    def place(self) -> Place:
        """Where the clock runs."""
        country = self.country or OWN_COUNTRY.get(self.jurisdiction)
        return Place(country, self.subdivision or None, self.timezone or "")

    @property
    def moment(self) -> datetime:
        """The receipt."""
        moment = _moment("received_at", self.received_at)
        check_moment("received_at", moment)
        return moment

    @property
    def day(self) -> date:
        """The day that a hold counts from."""
        return _moment("received_at", self.received_at).date()

    @property
    def counted_mode(self) -> Mode:
        """`strict` where none is named."""
        mode = MODES.get(self.mode or "strict")
        if mode is None:
            raise ClockError("mode", self.mode, ", ".join(MODES))
        return mode

    @property
    def facts(self) -> list[Fact]:
        """The event log, as the clock takes it."""
        return [_fact(f"event_log[{n}]", entry) for n, entry in enumerate(self.event_log or ())]

    @property
    def promised(self) -> Promise | None:
        """In days or months."""
        return Promise.parse(self.promise) if self.promise else None

    @property
    def promised_hours(self) -> int | None:
        """Of an hour clock: `hours`, or a promise like `24h`."""
        if self.hours is not None or not self.promise:
            return self.hours
        found = _HOURS.fullmatch(self.promise)
        if found is None:
            raise ClockError("promise", self.promise, "a number of hours, '24h'")
        return int(found[1])


def read(given: object) -> Case:
    """A case from a file's JSON. Raises ClockError with the field, its value and what is allowed."""
    if not isinstance(given, dict):
        raise ClockError("case", given, "an object with at least jurisdiction and received_at")
    try:
        return msgspec.convert(given, Case)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, ClockError):
            raise error.__cause__ from error
        told, _, path = str(error).partition(" - at `$")
        field = path.strip(".`") or told.rpartition("field `")[2].strip("`")
        raise ClockError(field, _value(given, field), told) from error


def _value(given: dict[str, Any], field: str) -> object:
    """What stands in the file at a path such as `event_log[0].at`, as far as it can be followed."""
    found: Any = given
    for part in re.findall(r"[^.\[\]]+", field):
        found = found[int(part)] if isinstance(found, list) else found.get(part)
    return found


def _fact(field: str, entry: Entry) -> Fact:
    if entry.type not in set(FactType):
        raise ClockError(f"{field}.type", entry.type, ", ".join(FactType))
    reasons = ", ".join(entry.reasons) if isinstance(entry.reasons, tuple) else entry.reasons
    at = _moment(f"{field}.at", entry.at)
    try:
        return Fact(FactType(entry.type), at, reasons, _day(f"{field}.new_date", entry.new_date))
    except ClockError as error:
        raise ClockError(error.field.replace("facts", field), error.value, error.allowed) from error


def _moment(field: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ClockError(field, text, "a time like 2026-03-05T10:00:00+02:00") from error


def _day(field: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ClockError(field, text, "a day like 2026-05-15") from error
