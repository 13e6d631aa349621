"""Whether the company's own period keeps the law's on every day of a common year and a leap year."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from dsar.domain.clock import Due, Fact, FactType, Promise, Regime, due
from dsar.domain.profile.finding import Finding, contradiction, gap
from dsar.domain.profile.model import Profile
from dsar.domain.profile.operator import Jurisdiction

# At noon in UTC, of 2027 and the leap year 2028: also what India's law begins to say in 2027 is met.
_DAYS = [datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(365 + 366)]
_LAWS = {
    Regime.EU_GDPR: "GDPR 12(3)",
    Regime.UK_GDPR: "UK GDPR 12(3)",
    Regime.CCPA: "11 CCR 7021(b), Civ. 1798.130(a)(2)(A)",
    Regime.CH_FADP: "FADP 25(7), DSV 18(1)",
    Regime.BR_LGPD: "LGPD 19(II)",
    Regime.IN_DPDP: "DPDP r. 14(3)",
}


class Late(Struct, frozen=True):
    """A request whose promised answer would come after the law's date."""

    received_on: date
    promised: date
    statutory: date


def promise(profile: Profile) -> Iterator[Finding]:
    """The promise of each jurisdiction against its statute; India's law wants one."""
    for residence in ("", *profile.residents):
        where = profile.jurisdiction(residence)
        field = f"residents.{residence}.promise" if residence else "promise"
        if where.promise is not None:
            yield from _judged(field, where, where.promise)
        elif where.regime is Regime.IN_DPDP:
            # DPDP r. 14(3): the fiduciary publishes its own period
            yield gap(
                field,
                "is unset, and the law leaves the period to the company, which must publish one of 90 days at most",
                _LAWS[where.regime],
                'Publish a period, and write it here as "30d".',
            )


def _judged(field: str, where: Jurisdiction, promised: Promise) -> Iterator[Finding]:
    for extended in (False, True):
        late, counted = _late(where, promised, extended=extended)
        if not late:
            continue
        first, many = late[0], len(late) == counted
        often = "every day" if many else f"{len(late)} of {counted} days"
        says = (
            f"{promised}{' with the extension' if extended else ''} is longer than the law's period on {often}: "
            f"received on {first.received_on}, it ends on {first.promised} and the law's on {first.statutory}; "
            "the earlier date counts"
        )
        yield (contradiction if many else gap)(field, says, _LAWS[where.regime], _remedy(where.regime))
        return


def _remedy(regime: Regime) -> str:
    months = regime in {Regime.EU_GDPR, Regime.UK_GDPR}
    return 'Promise "one month" (1m), or 28 days.' if months else "Promise no more days than the law gives."


def _late(where: Jurisdiction, promised: Promise, *, extended: bool) -> tuple[list[Late], int]:
    """The late ones, and how many days were counted."""
    found = [(day, _due(day, where, promised, extended=extended)) for day in _DAYS]
    known = [
        (day, one.promised_due_date, one.statutory_due_date)
        for day, one in found
        if one.promised_due_date is not None and one.statutory_due_date is not None
    ]
    return [Late(day.date(), ours, law) for day, ours, law in known if ours > law], len(known)


def _due(day: datetime, where: Jurisdiction, promised: Promise, *, extended: bool) -> Due:
    notice = Fact(FactType.EXTENSION_NOTICE, day + timedelta(days=1), reasons="complexity")
    return due(
        day, where.regime, where.place, facts=[notice] if extended else [], promise=promised, mode=where.mode
    )
