"""How long 100,000 due dates take, each with its working: the laws, places and facts of a mixed case load."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from msgspec import Struct

from bench.measure import RUNS, Measure, middle
from dsar.domain.clock import Due, Fact, FactType, Kind, Mode, Place, Promise, Regime, due

COUNT = 100_000
FROM = datetime(2024, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=17)  # over three years, at every hour

FINLAND = Place("FI", None, "Europe/Helsinki")
SWEDEN = Place("SE", None, "Europe/Stockholm")
POLAND = Place("PL", None, "Europe/Warsaw")
ENGLAND = Place("GB", "ENG", "Europe/London")
CALIFORNIA = Place("US", "CA", "America/Los_Angeles")


class Load(Struct, frozen=True):
    """One kind of case; `happened` are its facts, each so many days after receipt."""

    regime: Regime
    place: Place
    happened: tuple[tuple[FactType, int], ...] = ()
    promise: Promise | None = None
    mode: Mode = "strict"
    kind: Kind = Kind.DSAR_RESPONSE


class Case(Struct, frozen=True):
    """A case as it is read from its history."""

    received_at: datetime
    facts: tuple[Fact, ...]
    load: Load


LOADS = (
    Load(Regime.EU_GDPR, FINLAND),
    Load(Regime.EU_GDPR, POLAND, promise=Promise(30, "days")),
    Load(Regime.EU_GDPR, SWEDEN, ((FactType.EXTENSION_NOTICE, 9),)),
    Load(
        Regime.EU_GDPR,
        FINLAND,
        ((FactType.IDENTITY_REQUESTED, 1), (FactType.IDENTITY_RECEIVED, 8)),
        mode="edpb_suspension",
    ),
    Load(Regime.UK_GDPR, ENGLAND),
    Load(
        Regime.UK_GDPR,
        ENGLAND,
        ((FactType.CLARIFICATION_REQUESTED, 1), (FactType.CLARIFICATION_RECEIVED, 8)),
    ),
    Load(Regime.CCPA, CALIFORNIA),
    Load(Regime.CCPA, CALIFORNIA, kind=Kind.CONFIRM_RECEIPT),
)


def measure() -> list[Measure]:
    """Ours by turns with the least that tells a date: the local day and thirty more, as text."""
    cases = [_case(n) for n in range(COUNT)]
    _seconds(cases, _explain)  # the public holidays of these years are read once
    ours, least = [], []
    for _ in range(RUNS):
        ours.append(_seconds(cases, _explain))
        least.append(_seconds(cases, _thirty_days))
    return [
        Measure(
            key="clock",
            title="100,000 due dates explained",
            figure=middle(ours),
            unit="s",
            limit=middle(least),
            limit_title="the local day and 30 more",
            aim=2,
        )
    ]


def _case(number: int) -> Case:
    received, load = FROM + number * EVERY, LOADS[number % len(LOADS)]
    facts = (Fact(kind, received + timedelta(days=days), "complexity") for kind, days in load.happened)
    return Case(received, tuple(facts), load)


def _seconds(cases: Sequence[Case], tell: Callable[[Case], object]) -> float:
    began = perf_counter()
    for case in cases:
        tell(case)
    return perf_counter() - began


def _explain(case: Case) -> Due:
    load = case.load
    return due(
        case.received_at,
        load.regime,
        load.place,
        facts=case.facts,
        promise=load.promise,
        mode=load.mode,
        kind=load.kind,
    )


def _thirty_days(case: Case) -> str:
    local = case.received_at.astimezone(ZoneInfo("Europe/Helsinki")).date()
    return f"{case.received_at.isoformat()} {local.isoformat()} {(local + timedelta(days=30)).isoformat()}"
