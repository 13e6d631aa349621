"""What holds for every receipt: leap days, zone changes and 23:30 local among them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from dsar.domain.clock import (
    Due,
    Fact,
    FactType,
    Kind,
    NoDeadlineError,
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
    Place(None, None, "Europe/Helsinki"),  # a policy that names no country
]
UK_PLACES = [Place("GB", nation, "Europe/London") for nation in ("ENG", "SCT", "NIR", "WLS")]
PLACED = [(Regime.EU_GDPR, place) for place in EU_PLACES] + [(Regime.UK_GDPR, place) for place in UK_PLACES]
UNROLLED = [
    (Regime.CCPA, Place("US", "CA", "America/Los_Angeles")),
    (Regime.CH_FADP, Place("CH", None, "Europe/Zurich")),
    (Regime.BR_LGPD, Place("BR", None, "America/Sao_Paulo")),
]
INDIA = (Regime.IN_DPDP, Place("IN", None, "Asia/Kolkata"))
EVERY = [*PLACED, *UNROLLED, INDIA]
FINLAND = PLACED[0]
BUSINESS_DAYS = [Kind.CONFIRM_RECEIPT, Kind.OPT_OUT_SALE_SHARING, Kind.LIMIT_SENSITIVE]

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
everywhere = st.sampled_from(EVERY)

IN_FORCE = date(2027, 5, 13)
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


def dated(received, placed, **more) -> Due:
    """Of India, only receipts that something dates."""
    try:
        return due(received, *placed, **more)
    except NoDeadlineError:
        assume(False)


def local_day(received, placed):
    return received.astimezone(ZoneInfo(placed[1].timezone)).date()


def of_one_law(early, late, placed):
    """Where a law comes into force between two receipts, the later one may be due earlier."""
    if placed == INDIA:
        assume((local_day(early, placed) < IN_FORCE) == (local_day(late, placed) < IN_FORCE))


@given(receipts, gaps, everywhere, promises)
@example(LEAP_DAY, timedelta(days=1), FINLAND, None)
@example(LATE_EVENING, timedelta(hours=1), FINLAND, None)
@example(SPRING_FORWARD, timedelta(minutes=1), FINLAND, None)
@example(LEAP_DAY, timedelta(days=1), INDIA, Promise(366, "days"))
def test_a_later_receipt_is_never_due_earlier(received, gap, placed, promise):
    of_one_law(received, received + gap, placed)
    early = dated(received, placed, promise=promise)
    late = dated(received + gap, placed, promise=promise)
    assert early.due_date <= late.due_date
    if early.statutory_due_date is not None:
        assert early.statutory_due_date <= late.statutory_due_date


@given(receipts, gaps, st.sampled_from(BUSINESS_DAYS))
@example(LEAP_DAY, timedelta(days=1), Kind.CONFIRM_RECEIPT)
@example(datetime(2026, 11, 26, 7, 30, tzinfo=UTC), timedelta(hours=1), Kind.OPT_OUT_SALE_SHARING)  # 23:30
@example(datetime(2026, 3, 8, 9, 59, tzinfo=UTC), timedelta(minutes=1), Kind.LIMIT_SENSITIVE)  # zone change
def test_business_days_are_monotone_working_days_that_compose(received, gap, kind):
    result = due(received, *UNROLLED[0], kind=kind)
    assert result.due_date <= due(received + gap, *UNROLLED[0], kind=kind).due_date
    assert is_working_day(result.due_date, "US", None)
    assert result.strict_due_date <= result.due_date < (result.alternative_due_date or date.max)
    assert composes(result)


@given(receipts, st.sampled_from(PLACED), happenings, modes)
@example(LEAP_DAY, FINLAND, [], "strict")
@example(LATE_EVENING, FINLAND, [], "strict")
@example(SPRING_FORWARD, FINLAND, [(FactType.EXTENSION_NOTICE, 24, "complexity")], "edpb_suspension")
def test_where_the_regime_rolls_the_statute_never_ends_on_a_day_of_rest(received, placed, happened, mode):
    result = due(received, *placed, facts=told(received, happened), mode=mode)
    country, subdivision = placed[1].country, placed[1].subdivision
    assert is_working_day(result.statutory_due_date, country, subdivision)
    assert is_working_day(result.extension_notice_deadline, country, subdivision)


@given(receipts, everywhere, happenings, promises, modes)
@example(LATE_EVENING, FINLAND, [], Promise(30, "days"), "strict")
@example(SPRING_FORWARD, FINLAND, [], Promise(1, "months"), "strict")
@example(LEAP_DAY, UNROLLED[1], [(FactType.DELAY_NOTICE, 24, None)], None, "strict")
def test_the_effective_date_is_the_earlier_and_the_working_leads_to_it(
    received, placed, happened, promise, mode
):
    result = dated(received, placed, facts=told(received, happened), promise=promise, mode=mode)
    dates = [d for d in (result.statutory_due_date, result.promised_due_date) if d is not None]
    assert result.due_date == min(dates)
    assert result.strict_due_date <= result.due_date
    assert result.alternative_due_date != result.due_date
    assert result.due_date >= local_day(received, placed)
    assert composes(result)


@given(receipts, everywhere, happenings, promises, modes)
@example(LEAP_DAY, FINLAND, [(FactType.IDENTITY_REQUESTED, 1, None)], None, "edpb_suspension")
@example(LATE_EVENING, PLACED[-1], [(FactType.FEE_REQUESTED, 1, None)], None, "strict")
@example(SPRING_FORWARD, UNROLLED[0], [(FactType.EXTENSION_NOTICE, 1, "volume")], None, "strict")
def test_what_happened_never_shortens_the_period(received, placed, happened, promise, mode):
    plain = dated(received, placed, promise=promise)
    told_of = dated(received, placed, facts=told(received, happened), promise=promise, mode=mode)
    assert told_of.due_date >= plain.due_date
    if plain.extension_notice_deadline is not None:
        assert told_of.extension_notice_deadline >= plain.extension_notice_deadline


PAUSES = [
    (FactType.IDENTITY_REQUESTED, FactType.IDENTITY_RECEIVED),
    (FactType.CLARIFICATION_REQUESTED, FactType.CLARIFICATION_RECEIVED),
    (FactType.FEE_REQUESTED, FactType.FEE_PAID),
]


@given(
    receipts, everywhere, happenings, st.sampled_from(PAUSES), st.integers(0, 900), st.integers(0, 900), modes
)
@example(LEAP_DAY, PLACED[-1], [(FactType.EXTENSION_NOTICE, 720, "complexity")], PAUSES[1], 24, 240, "strict")
@example(
    LATE_EVENING, FINLAND, [(FactType.CLARIFICATION_REQUESTED, 2, None)], PAUSES[0], 1, 24, "edpb_suspension"
)
@example(SPRING_FORWARD, PLACED[-4], [(FactType.IDENTITY_REQUESTED, 2, None)], PAUSES[2], 1, 24, "strict")
def test_a_pause_never_shortens_whatever_else_happened(
    received, placed, happened, pause, asked, waited, mode
):
    others = told(received, [happening for happening in happened if happening[0] not in pause])
    asked_at = received + timedelta(hours=asked)
    question, answer = Fact(pause[0], asked_at), Fact(pause[1], asked_at + timedelta(hours=waited))
    without = dated(received, placed, facts=others, promise=Promise(366, "days"), mode=mode)
    paused = dated(
        received, placed, facts=[*others, question, answer], promise=Promise(366, "days"), mode=mode
    )
    assert paused.due_date >= without.due_date


@given(receipts, st.sampled_from(EU_PLACES))
@example(LEAP_DAY, EU_PLACES[0])
def test_a_country_only_ever_makes_the_date_later(received, place):
    nowhere = Place(None, None, place.timezone)
    without = due(received, Regime.EU_GDPR, nowhere)
    assert without.due_date <= due(received, Regime.EU_GDPR, place).due_date
    assert any("no public holidays are known" in step.because for step in without.steps)


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
