"""How long data is kept: computable, once only, no shorter than the law's holds, and gone when the contract is."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from dsar.contract import Role
from dsar.domain.holds import financial_year_end, held_until
from dsar.domain.profile.category import Category
from dsar.domain.profile.finding import Finding, contradiction, gap, note
from dsar.domain.profile.hold import StatutoryHold
from dsar.domain.profile.model import Profile
from dsar.domain.profile.retention import CountedFrom, Retention, ends_on
from dsar.domain.profile.words import said

# Any day of one year: where in its financial year an object falls decides how long a hold is.
_DAYS = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
# What a contract's end starts. A period from collection is a limit of its own, which an earlier end does not break.
_AFTER_CONTRACT = {CountedFrom.RELATIONSHIP_END, CountedFrom.FINANCIAL_YEAR_END}


def retention(profile: Profile) -> Iterator[Finding]:
    """Every category's periods, against each other, the holds and the promise for the contract's end."""
    for key, category in profile.categories.items():
        if not category.retention:
            yield _missing(key, category)
        for number, one in enumerate(category.retention):
            yield from _computable(f"categories.{key}.retention[{number}]", one, category)
        yield from _twice(key, category)
        for hold in category.holds:
            yield from _too_short(key, category, profile.holds[hold])
        yield from _after_contract(key, category, profile)
    if profile.after_expiry == "delete_or_anonymise":
        yield note(
            "after_expiry",
            "lets data be made anonymous instead of deleted: a hash or a mask, which can be undone, is neither",
            "GDPR 4(5), 17(1)",
            "Anonymise only what nobody can reverse.",
        )


def _missing(key: str, category: Category) -> Finding:
    field = f"categories.{key}.retention"
    if category.role is Role.PROCESSOR:
        return note(field, "is unset: the customer decides", "GDPR 28(3)(g)", "Say it if the agreement does.")
    return gap(
        field,
        "is unset: how long the data is kept is not said",
        "GDPR 13(2)(a), 5(1)(e)",
        "Give a period, and what it is counted from.",
    )


def _computable(field: str, one: Retention, category: Category) -> Iterator[Finding]:
    words = said(one.words, "en")
    if one.for_ever:
        return
    if one.period is None and category.role is Role.PROCESSOR:
        yield note(
            f"{field}.period", f"is the customer's to set: {words!r}", "GDPR 28(3)(g)", "Nothing, or a limit."
        )
    elif one.period is None and one.reviewed is not None:
        yield note(
            f"{field}.period",
            f"is unset, and looked at again every {one.reviewed}: a person has to: {words!r}",
            "GDPR 13(2)(a), 5(1)(e)",
            "Give an end if there is one.",
        )
    elif one.period is None or one.counted_from is None:
        unset = "period" if one.period is None else "counted_from"
        # Words that are neither a period nor a criterion say what GDPR 13(2)(a) does not let a policy say.
        found = contradiction if one.period is None else gap
        yield found(
            f"{field}.{unset}",
            f"is unset: {words!r} cannot be computed",
            "GDPR 13(2)(a), 5(1)(e)",
            "Give a period, and what it is counted from.",
        )
    elif one.at_least is not None or one.decided_by == "plan":
        yield note(
            f"{field}.period",
            f"is the longest of several: {words!r}; an answer has to say which is the person's",
            "GDPR 15(1)(d)",
            "Say what decides, or split the category.",
        )


def _twice(key: str, category: Category) -> Iterator[Finding]:
    periods: dict[CountedFrom, set[str]] = defaultdict(set)
    for one in category.retention:
        if one.period is not None and one.counted_from is not None:
            periods[one.counted_from].add(one.period)
    for event, found in periods.items():
        if len(found) > 1:
            yield contradiction(
                f"categories.{key}.retention",
                f"gives {' and '.join(sorted(found))}, both counted from {event}",
                "GDPR 5(1)(e), 13(2)(a)",
                "Keep one, or split the category.",
            )


def _too_short(key: str, category: Category, hold: StatutoryHold) -> Iterator[Finding]:
    if any(one.for_ever or one.period is None for one in category.retention):
        return
    short = [one for one in category.retention if _first_before_hold(one, hold) is not None]
    if short and len(short) == len(category.retention):
        day = _first_before_hold(short[0], hold) or _DAYS[0]
        yield contradiction(
            f"categories.{key}.retention",
            f"of an object of {day} can end on {_end(short[0], day, hold)}, "
            f"and {said(hold.statute, 'en')} keeps it until {held_until(day, hold)}",
            "GDPR 17(3)(b), 6(1)(c)",
            "Lengthen the period to the hold's, or take the hold off.",
        )


def _first_before_hold(one: Retention, hold: StatutoryHold) -> date | None:
    """The first day of which an object may go while it is held."""
    return next((day for day in _DAYS if _end(one, day, hold) < held_until(day, hold)), None)


def _end(one: Retention, day: date, hold: StatutoryHold) -> date:
    """The earliest end for an object of that day: every other event than a year's end may fall on it."""
    at_year_end = one.counted_from is CountedFrom.FINANCIAL_YEAR_END
    return ends_on(one.period or "0d", financial_year_end(day, hold) if at_year_end else day)


def _after_contract(key: str, category: Category, profile: Profile) -> Iterator[Finding]:
    promise = profile.after_contract
    if promise is None or promise.period is None:
        return
    gone = ends_on(promise.period, _DAYS[0])
    longer = [
        said(one.words, "en")
        for one in category.retention
        if one.period is not None
        and one.counted_from in _AFTER_CONTRACT
        and ends_on(one.period, _DAYS[0]) > gone
    ]
    held = {
        f"{said(profile.holds[hold].statute, 'en')} (until {held_until(_DAYS[0], profile.holds[hold])})"
        for hold in category.holds
        if held_until(_DAYS[0], profile.holds[hold]) > gone
    }
    if longer or held:
        kept = "; ".join(
            [*(f"kept {words!r}" for words in longer), *(f"held by {law}" for law in sorted(held))]
        )
        yield contradiction(
            "after_contract",
            f"says that all data is gone {promise.period} after the contract ({gone} for one that ends on {_DAYS[0]}), "
            f"and categories.{key} is {kept}",
            "GDPR 5(1)(a), 17(3)(b)",
            "Say what the law keeps longer, or leave it out of the category.",
        )
