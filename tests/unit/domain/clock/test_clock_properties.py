"""What holds for every receipt: leap days, zone changes and 23:30 local among them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from dsar.domain.clock import (
    Due,
    Fact,
    FactType,
    Place,
    Promise,
    Regime,
    assist_due,
    due,
    is_working_day,
)

EU_PLACES = [
    Place("FI", None, "Europe/Helsinki"),
    Place("SE", None, "Europe/Stockholm"),
    Place("PL", None, "Europe/Warsaw"),
    Place("IE", None, "Europe/Dublin"),
    Place("DE", "BY", "Europe/Berlin"),
    Place("IS", None, "Atlantic/Reykjavik"),
]
UK_PLACES = [Place("GB", nation, "Europe/London") for nation in ("ENG", "SCT", "NIR", "WLS")]
PLACED = [(Regime.EU_GDPR, place) for place in EU_PLACES] + [(Regime.UK_GDPR, place) for place in UK_PLACES]
UNROLLED = [
    (Regime.CCPA, Place("US", "CA", "America/Los_Angeles")),
    (Regime.CH_FADP, Place("CH", None, "Europe/Zurich")),
    (Regime.BR_LGPD, Place("BR", None, "America/Sao_Paulo")),
]
FINLAND = PLACED[0]

receipts = st.datetimes(datetime(2019, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
promises = st.one_of(
    st.none(),
    st.integers(1, 366).map(lambda n: Promise(n, "days")),
    st.tuples(st.integers(1, 6), st.integers(0, 6)).map(lambda p: Promise(p[0], "months", p[1])),
)
gaps = st.integers(0, 3 * 24 * 60).map(lambda n: timedelta(minutes=n))
happenings = st.lists(
    st.tuples(st.sampled_from(FactType), st.integers(0, 120 * 24), st.sampled_from([None, "complexity"])),
    max_size=8,
)
modes = st.sampled_from(["strict", "edpb_suspension"])

LEAP_DAY = datetime(2028, 2, 29, 12, tzinfo=UTC)
LATE_EVENING = datetime(2026, 3, 5, 23, 30, tzinfo=ZoneInfo("Europe/Helsinki")).astimezone(UTC)
SPRING_FORWARD = datetime(2026, 3, 29, 1, tzinfo=UTC)


def told(received, happened):
    return [
        Fact(
            kind, received + timedelta(hours=hours), reasons, new_date=(received + timedelta(days=60)).date()
        )
        for kind, hours, reasons in happened
    ]


def composes(result: Due) -> bool:
    chain = all(step.from_ == before.to for before, step in pairwise(result.steps))
    return chain and result.steps[-1].to == result.due_date.isoformat()


@given(receipts, gaps, st.sampled_from(PLACED + UNROLLED), promises)
@example(LEAP_DAY, timedelta(days=1), FINLAND, None)
@example(LATE_EVENING, timedelta(hours=1), FINLAND, None)
@example(SPRING_FORWARD, timedelta(minutes=1), FINLAND, None)
def test_a_later_receipt_is_never_due_earlier(received, gap, placed, promise):
    early = due(received, *placed, promise=promise)
    late = due(received + gap, *placed, promise=promise)
    assert early.due_date <= late.due_date
    assert early.statutory_due_date <= late.statutory_due_date


@given(receipts, st.sampled_from(PLACED), happenings, modes)
@example(LEAP_DAY, FINLAND, [], "strict")
def test_where_the_regime_rolls_the_statute_never_ends_on_a_day_of_rest(received, placed, happened, mode):
    result = due(received, *placed, facts=told(received, happened), mode=mode)
    country, subdivision = placed[1].country, placed[1].subdivision
    assert is_working_day(result.statutory_due_date, country, subdivision)
    assert is_working_day(result.extension_notice_deadline, country, subdivision)


@given(receipts, st.sampled_from(PLACED + UNROLLED), happenings, promises, modes)
@example(LATE_EVENING, FINLAND, [], Promise(30, "days"), "strict")
@example(SPRING_FORWARD, FINLAND, [], Promise(1, "months"), "strict")
def test_the_effective_date_is_the_earlier_and_the_working_leads_to_it(
    received, placed, happened, promise, mode
):
    result = due(received, *placed, facts=told(received, happened), promise=promise, mode=mode)
    dates = [d for d in (result.statutory_due_date, result.promised_due_date) if d is not None]
    assert result.due_date == min(dates)
    assert result.strict_due_date <= result.due_date
    assert result.alternative_due_date != result.due_date
    assert result.due_date >= received.astimezone(ZoneInfo(placed[1].timezone)).date()
    assert composes(result)


@given(receipts, st.sampled_from(PLACED), happenings, modes)
def test_what_happened_never_shortens_the_period(received, placed, happened, mode):
    plain = due(received, *placed)
    told_of = due(received, *placed, facts=told(received, happened), mode=mode)
    assert told_of.due_date >= plain.due_date
    assert told_of.extension_notice_deadline >= plain.extension_notice_deadline


@given(receipts, st.sampled_from(PLACED), happenings, modes, st.randoms())
def test_the_order_in_which_facts_are_handed_in_does_not_matter(received, placed, happened, mode, random):
    facts = told(received, [(k, n, r) for n, (k, _, r) in enumerate(happened)])
    shuffled = random.sample(facts, len(facts))
    assert due(received, *placed, facts=facts, mode=mode) == due(received, *placed, facts=shuffled, mode=mode)


@given(receipts, st.sampled_from(PLACED), st.integers(1, 31))
def test_a_suspension_moves_the_date_by_no_more_than_the_wait_and_the_rest_after_it(received, placed, days):
    asked = Fact(FactType.IDENTITY_REQUESTED, received)
    answered = Fact(FactType.IDENTITY_RECEIVED, received + timedelta(days=days))
    plain = due(received, *placed)
    waited = due(received, *placed, facts=[asked, answered], mode="edpb_suspension")
    assert plain.due_date <= waited.due_date <= plain.due_date + timedelta(days=days + 12)


@given(receipts, st.sampled_from(EU_PLACES), st.integers(1, 40), gaps)
def test_a_processor_s_date_is_a_working_day_and_monotone(received, place, days, gap):
    result = assist_due(received, place, working_days=days)
    assert is_working_day(result.due_date, place.country, place.subdivision)
    assert result.due_date <= assist_due(received + gap, place, working_days=days).due_date
    assert result.due_date < assist_due(received, place, working_days=days + 1).due_date
    assert composes(result)


def test_the_same_receipt_in_another_offset_is_the_same_case():
    local = datetime(2026, 3, 5, 23, 30, tzinfo=ZoneInfo("Europe/Helsinki"))
    assert due(local, *FINLAND).due_date == due(local.astimezone(UTC), *FINLAND).due_date == date(2026, 4, 7)
