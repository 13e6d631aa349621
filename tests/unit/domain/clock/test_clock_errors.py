"""Bad input: the field, its value, and what is allowed."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from dsar.domain.clock import (
    ClockError,
    Fact,
    FactType,
    Place,
    Promise,
    Regime,
    assist_due,
    due,
    end_of_day,
    is_working_day,
)

FI = Place("FI", None, "Europe/Helsinki")
RECEIVED = datetime(2026, 3, 2, 7, tzinfo=UTC)
NAIVE = datetime(2026, 3, 2, 7)  # noqa: DTZ001  # the fault under test


def before_receipt():
    return due(
        RECEIVED, Regime.EU_GDPR, FI, facts=[Fact(FactType.FEE_PAID, datetime(2026, 3, 1, tzinfo=UTC))]
    )


@pytest.mark.parametrize(
    ("call", "field", "texts"),
    [
        (lambda: Place("XX", None, "Europe/Helsinki"), "country", ["'XX'", "FI"]),
        (lambda: Place("fi", None, "Europe/Helsinki"), "country", ["'fi'", "capitals"]),
        (lambda: Place("GB", "LON", "Europe/London"), "subdivision", ["'LON'", "ENG, NIR, SCT, WLS"]),
        (lambda: Place("GB", None, "Europe/London"), "subdivision", ["None", "ENG, NIR, SCT, WLS"]),
        (lambda: Place("SE", "AB", "Europe/Stockholm"), "subdivision", ["'AB'", "leave it empty"]),
        (lambda: Place(None, "ENG", "Europe/London"), "subdivision", ["'ENG'", "no country is set"]),
        (
            lambda: due(RECEIVED, Regime.UK_GDPR, Place(None, None, "Europe/London")),
            "country",
            ["None", "ENG, NIR, SCT or WLS"],
        ),
        (lambda: Place("FI", None, "Europe/Espoo"), "timezone", ["'Europe/Espoo'", "Europe/Helsinki"]),
        (lambda: Place("FI", None, "Europe"), "timezone", ["'Europe'"]),
        (lambda: Place("FI", None, ""), "timezone", ["''"]),
        (lambda: Place("FI", None, "../../etc/passwd"), "timezone", ["passwd"]),
        (lambda: end_of_day(date(2026, 3, 2), "Mars/Olympus"), "timezone", ["'Mars/Olympus'"]),
        (lambda: is_working_day(date(2026, 3, 2), "GB", None), "subdivision", ["ENG"]),
        (lambda: due(NAIVE, Regime.EU_GDPR, FI), "received_at", ["2026-03-02T07:00:00", "UTC offset"]),
        (
            lambda: due(RECEIVED.replace(year=1999), Regime.EU_GDPR, FI),
            "received_at",
            ["1999", "2000 to 2090"],
        ),
        (
            lambda: due(RECEIVED.replace(year=2091), Regime.EU_GDPR, FI),
            "received_at",
            ["2091", "2000 to 2090"],
        ),
        (lambda: Fact(FactType.FEE_PAID, NAIVE), "facts.at", ["2026-03-02T07:00:00"]),
        (lambda: Fact("fee_waived", RECEIVED), "facts.type", ["'fee_waived'", "fee_paid"]),
        (
            lambda: Fact(FactType.DELAY_NOTICE, RECEIVED, new_date=date(9999, 12, 31)),
            "facts.new_date",
            ["9999-12-31"],
        ),
        (before_receipt, "facts[0].at", ["2026-03-01", "2026-03-02"]),
        (lambda: due(RECEIVED, "US_GDPR", FI), "regime", ["'US_GDPR'", "EU_GDPR, UK_GDPR, CCPA"]),
        (lambda: due(RECEIVED, Regime.EU_GDPR, FI, kind="opt_out_sale_sharing"), "kind", ["dsar_response"]),
        (lambda: due(RECEIVED, Regime.EU_GDPR, FI, mode="lenient"), "mode", ["'lenient'", "edpb_suspension"]),
        (
            lambda: due(RECEIVED, Regime.EU_GDPR, Place("GB", "ENG", "Europe/London")),
            "country",
            ["'GB'", "EEA", "FI, FR"],
        ),
        (lambda: due(RECEIVED, Regime.UK_GDPR, FI), "country", ["'FI'", "ENG, NIR, SCT or WLS"]),
        (lambda: assist_due(RECEIVED, FI, working_days=0), "working_days", ["0", "1 to 250"]),
        (lambda: assist_due(NAIVE, FI, working_days=5), "received_at", ["UTC offset"]),
        (lambda: Promise.parse("30"), "promise", ["'30'", "30d"]),
        (lambda: Promise.parse("1m+30d"), "promise", ["'1m+30d'"]),
        (lambda: Promise.parse("13m"), "promise", ["'13m'", "12 months"]),
        (lambda: Promise.parse("0d"), "promise", ["'0d'"]),
        (lambda: Promise(1, "years"), "promise", ["'1y'"]),
        (lambda: Promise(1, "months", extra=-1), "promise", ["1m"]),
    ],
)
def test_bad_input_names_the_field_the_value_and_what_is_allowed(call, field, texts):
    with pytest.raises(ClockError) as refused:
        call()
    assert refused.value.field == field
    assert refused.value.allowed in str(refused.value)
    assert repr(refused.value.value) in str(refused.value)
    message = str(refused.value)
    assert message.startswith(f"{field}: ")
    assert "allowed: " in message
    for text in texts:
        assert text in message


def test_a_zone_error_also_reaches_the_reader_of_a_file():
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.json.decode(b'{"country":"FI","subdivision":null,"timezone":"Europe/Espoo"}', type=Place)


@pytest.mark.parametrize("text", ["30d", "1m", "1m+2m", "45d+45d"])
def test_a_promise_is_written_as_it_is_read(text):
    assert str(Promise.parse(text)) == text


def test_a_result_survives_json():
    result = due(RECEIVED, Regime.EU_GDPR, FI, promise=Promise.parse("30d"))
    encoded = msgspec.json.encode(result)
    assert msgspec.json.decode(encoded, type=type(result)) == result
    assert msgspec.json.decode(encoded)["steps"][0] == {
        "rule": "receipt",
        "from": "2026-03-02T07:00:00+00:00",
        "to": "2026-03-02",
        "because": "the day of receipt in Europe/Helsinki",
    }
