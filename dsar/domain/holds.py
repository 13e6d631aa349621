"""Legal holds: what keeps one object, not a whole person, from erasure (GDPR 17(3)(b))."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from msgspec import Struct

from dsar.domain.clock import FIRST_YEAR, LAST_YEAR, ClockError, Step, Trail, add_months


class Act(StrEnum):
    """The laws of bookkeeping whose periods are counted here."""

    FI_ACCOUNTING = "FI_Accounting_Act"
    SE_BOOKKEEPING = "SE_BFL"
    PL_TAX = "PL_tax"


class _Period(Struct, frozen=True):
    """Years from the end of a financial year, of its calendar year, or of the year in which its tax fell due."""

    law: str
    years: int
    from_year_end: bool
    tax_due_after_months: int = 0


_FI_VOUCHER = _Period("FI Accounting Act 2:10", 6, from_year_end=True)
_FI_LEDGER = _Period("FI Accounting Act 2:10", 10, from_year_end=False)
_SE_ALL = _Period("SE BFL 7:2", 7, from_year_end=True)
# From the start of the year after the financial year: five years from the end of that one.
_PL_LEDGER = _Period("PL Accounting Act 74", 5, from_year_end=False)
# The annual tax falls due by the end of the third month after the financial year.
_PL_TAX = _Period("PL Tax Ordinance 86, 70", 5, from_year_end=True, tax_due_after_months=3)

_SLIPS = frozenset({"voucher", "invoice", "receipt", "correspondence", "material"})
_BOOKS = frozenset({"ledger", "book", "journal", "statement"})

# One word of an object's name decides, in the singular or with an s: "sales_invoices" is an invoice. The first
# line that has it holds.
_OBJECTS: dict[Act, tuple[tuple[frozenset[str], _Period], ...]] = {
    Act.FI_ACCOUNTING: ((_BOOKS, _FI_LEDGER), (_SLIPS, _FI_VOUCHER)),
    Act.SE_BOOKKEEPING: ((_BOOKS | _SLIPS | {"accounting", "bookkeeping"}, _SE_ALL),),
    # An invoice proves the tax. Statements are left out: they count from their approval, which is not asked here.
    Act.PL_TAX: (
        (frozenset({"tax", "vat", "invoice"}), _PL_TAX),
        (frozenset({"ledger", "book", "journal", "voucher", "accounting"}), _PL_LEDGER),
    ),
}


class Hold(Struct, frozen=True):
    """Each date is the last day of the hold; from the next one the object may be erased."""

    until: date
    earliest: date  # by the shortest reading of the law; never after `until`
    alternative: date | None  # another reading, shown
    steps: tuple[Step, ...]


class HoldRule(Struct, frozen=True):
    """A ground of the profile: until when, counted from the end of the object's financial year.

    Either `act` and `object` name a statutory period that is counted here, or `years` gives one:
    `from_year_end` then counts from the end of the calendar year in which the financial year ended, otherwise
    from the end of the financial year itself.
    """

    statute: str
    years: int | None = None
    from_year_end: bool = True
    financial_year_ends: str = "12-31"  # month-day
    act: Act | None = None
    object: str | None = None

    def __post_init__(self) -> None:
        if (self.years is None) == (self.act is None):
            raise ClockError("years", self.years, "a number of years, or else `act` with `object`")
        if self.act is not None:
            _period(self.act, self.object)


def financial_year_end(dated: date, rule: HoldRule) -> date:
    """The last day of the financial year in which the object falls."""
    month, day = (int(part) for part in rule.financial_year_ends.split("-"))
    end = date(dated.year, month, day)
    return end if dated <= end else date(dated.year + 1, month, day)


def held_until(dated: date, rule: HoldRule) -> date:
    """The last day of the hold on an object of that date."""
    end = financial_year_end(dated, rule)
    if rule.act is not None:
        return hold(end, rule.act, rule.object).until
    return _end(end, _Period(rule.statute, rule.years or 0, rule.from_year_end))


def hold(year_end: date, act: Act, kind: str | None) -> Hold:
    """How long the act keeps an object of the financial year that ended on this day, with the working."""
    if not FIRST_YEAR <= year_end.year <= LAST_YEAR:
        raise ClockError("received_at", str(year_end), f"the years {FIRST_YEAR} to {LAST_YEAR}")
    period = _period(act, kind)
    trail = Trail("financial year", year_end, year_end, f"its last day; the object: {kind}")
    for to, because in _moves(year_end, period):
        trail.go(period.law, to, because)
    until = trail.at
    other = _show_other_reading(trail, year_end, period) if act is Act.PL_TAX else until
    return Hold(until, min(until, other), other if other > until else None, tuple(trail.steps))


def _show_other_reading(trail: Trail[date], year_end: date, period: _Period) -> date:
    """Poland has two laws for the same books: the accounting law's end, and that of the tax they prove."""
    other = _PL_LEDGER if period is _PL_TAX else _PL_TAX
    end = _end(year_end, other)
    if end != trail.at:
        trail.note(other.law, f"{end} is the other reading: {other.years} years counted by that law")
    return end


def _period(act: Act, kind: str | None) -> _Period:
    words = (kind or "").lower().replace("-", "_").replace(" ", "_").split("_")
    singular = {word.removesuffix("s") for word in words}
    for known, period in _OBJECTS[act]:
        if not known.isdisjoint(singular):
            return period
    allowed = ", ".join(sorted(word for known, _ in _OBJECTS[act] for word in known))
    raise ClockError("object", kind, f"under {act} a name with one of the words {allowed}")


def _end(year_end: date, period: _Period) -> date:
    *_, (end, _because) = _moves(year_end, period)
    return end


def _moves(year_end: date, period: _Period) -> Iterator[tuple[date, str]]:
    at = year_end
    if period.tax_due_after_months:
        at = add_months(at, period.tax_due_after_months)
        yield at, "the tax of that year falls due by then"
    if period.from_year_end:
        at = date(at.year, 12, 31)
        yield at, "the end of the calendar year"
    yield add_months(at, 12 * period.years), f"{period.years} years later; to be erased from the next day"
