"""`dsar clock explain`: one case, for a person or as JSON, and what it refuses."""

import json

import pytest

from dsar.cli import main

FINNISH = [
    *("--jurisdiction", "EU_GDPR", "--country", "FI", "--timezone", "Europe/Helsinki"),
    *("--received-at", "2026-03-02T09:00:00+02:00"),
]
ASKED = "identity_requested@2026-03-03T09:00:00+02:00"
ANSWERED = "identity_received@2026-03-10T09:00:00+02:00"
EXTENDED = "extension_notice@2026-03-10T09:00:00+02:00,reasons=complexity"


@pytest.fixture
def explain(capsys):
    def run(*words):
        assert main(["clock", "explain", *words]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def explained(explain):
    return lambda *words: json.loads(explain(*words, "--json"))


def of(jurisdiction, zone, received, *more):
    return ["--jurisdiction", jurisdiction, "--timezone", zone, "--received-at", received, *more]


def test_the_steps_stand_in_columns_and_both_readings_below(explain):
    lines = explain(*FINNISH, "--event", ASKED, "--event", ANSWERED, "--mode", "edpb_suspension").splitlines()
    column = lines[0].index("because")
    assert lines[0].split() == ["from", "to", "rule", "because"]
    assert lines[1][column:] == "the day of receipt in Europe/Helsinki"
    assert all(line[column - 2 : column] == "  " for line in lines[1 : lines.index("")])
    dates = {line.split("  ")[0]: line for line in lines[lines.index("") + 1 :]}
    assert list(dates) == ["due", "strict", "statute", "notice until"]
    assert "2026-04-09" in dates["due"]
    assert "2026-04-02  the earliest reading" in dates["strict"]


def test_the_json_is_the_line_of_batch_and_whether_the_clock_stands(explained):
    result = explained(*FINNISH, "--promise", "30d")
    assert list(result) == [
        "id",
        "due_date",
        "strict_due_date",
        "alternative_due_date",
        "extension_notice_deadline",
        "statutory_due_date",
        "promised_due_date",
        "steps",
        "paused",
    ]
    assert (result["due_date"], result["statutory_due_date"], result["paused"]) == (
        "2026-04-01",
        "2026-04-02",
        False,
    )


def test_a_clock_that_stands_says_so(explain, explained):
    waiting = [*FINNISH, "--event", ASKED, "--mode", "edpb_suspension"]
    assert explained(*waiting)["paused"]
    assert "paused: the clock stands" in explain(*waiting)


def test_strict_is_the_mode_that_needs_no_naming(explained):
    result = explained(*FINNISH, "--event", ASKED, "--event", ANSWERED)
    assert (result["due_date"], result["alternative_due_date"]) == ("2026-04-02", "2026-04-09")


def test_an_event_carries_its_keys(explained):
    assert explained(*FINNISH, "--event", EXTENDED)["due_date"] == "2026-06-02"
    notice = "delay_notice@2026-03-25T09:00:00+01:00,new_date=2026-05-15"
    swiss = of("CH_FADP", "Europe/Zurich", "2026-03-02T09:00:00+01:00", "--event", notice)
    assert explained(*swiss)["due_date"] == "2026-05-15"


@pytest.mark.parametrize(
    ("words", "due_date"),
    [
        (of("CH_FADP", "Europe/Zurich", "2026-03-02T09:00:00+01:00"), "2026-04-01"),
        (of("BR_LGPD", "America/Sao_Paulo", "2026-03-06T09:00:00-03:00"), "2026-03-21"),
        (
            of("CCPA", "America/Los_Angeles", "2026-03-10T09:00:00-07:00", "--kind", "confirm_receipt"),
            "2026-03-24",
        ),
        (of("CCPA", "America/Los_Angeles", "2026-03-10T09:00:00-07:00", "--kind", "delete"), "2026-04-24"),
        (of("UK_GDPR", "Europe/London", "2026-03-05T10:00:00Z", "--subdivision", "SCT"), "2026-04-06"),
        (
            of(
                "EU_GDPR",
                "Europe/Helsinki",
                "2026-03-27T10:20:00+02:00",
                "--country",
                "FI",
                "--kind",
                "breach_to_authority",
            ),
            "2026-03-30T12:00:00+03:00",
        ),
        (
            of(
                "CONTRACT",
                "Europe/Helsinki",
                "2026-03-27T10:20:00+02:00",
                "--kind",
                "processor_to_customer_breach",
                "--hours",
                "36",
            ),
            "2026-03-28T22:20:00+02:00",
        ),
        (
            of(
                "CONTRACT",
                "Europe/Helsinki",
                "2026-04-01T09:00:00+03:00",
                "--country",
                "FI",
                "--kind",
                "processor_assist",
                "--working-days",
                "3",
            ),
            "2026-04-08",
        ),
    ],
)
def test_each_law_and_kind_is_explained(explain, explained, words, due_date):
    assert explained(*words)["due_date"] == due_date
    [line] = [line for line in explain(*words).splitlines() if line.startswith("due ")]
    assert line.split()[1] == due_date


def test_a_hold_needs_no_zone_and_may_end_its_year_in_the_future(explain):
    hold = ["--jurisdiction", "PL_tax", "--kind", "retention_hold", "--received-at", "2088-12-31"]
    text = explain(*hold, "--object", "ledger")
    assert "held until    2093-12-31" in text
    assert "alternative   2094-12-31" in text


def test_where_no_law_is_in_force_the_steps_say_why(explain):
    text = explain(*of("IN_DPDP", "Asia/Kolkata", "2026-03-02T09:00:00+05:30"))
    assert "in force from 2027-05-13" in text
    assert "no due date" in text


REFUSED = [
    (["--jurisdiction", "US_GDPR"], "--jurisdiction", "US_GDPR", "CH_FADP"),
    (["--country", "XX"], "--country", "XX", "ISO 3166-1"),
    (["--country", ""], "--country", "None", "such as FI"),
    (["--subdivision", "AB"], "--subdivision", "AB", "for FI: 01"),
    (["--timezone", "Europe/Espoo"], "--timezone", "Europe/Espoo", "IANA"),
    (["--kind", "dsar"], "--kind", "dsar", "dsar_response"),
    (["--mode", "lax"], "--mode", "lax", "edpb_suspension"),
    (["--promise", "soon"], "--promise", "soon", "30d"),
    (["--received-at", "2088-01-01T00:00:00Z"], "--received-at", "2088", "not in the future"),
    (["--received-at", "2026-03-02"], "--received-at", "2026-03-02", "UTC offset"),
    (["--received-at", "yesterday"], "--received-at", "yesterday", "a time like"),
    (["--event", "letter@2026-03-03T09:00:00Z"], "--event", "letter", "fee_paid"),
    (["--event", "fee_paid"], "--event", "''", "a time like"),
    (["--event", "fee_paid@2026-03-01T09:00:00Z"], "--event", "2026-03-01", "not before the receipt"),
    (["--event", "fee_paid@2026-03-03T09:00:00Z,paid"], "--event", "'paid'", "key=value"),
    (["--event", "fee_paid@2026-03-03T09:00:00Z,reason=x"], "--event", "'reason=x'", "reasons, new_date"),
    (["--event", "fee_paid@2026-03-03T09:00:00Z,reasons="], "--event", "'reasons='", "key=value"),
    (["--event", f"{EXTENDED},reasons=number"], "--event", "'reasons=number'", "once each"),
    (["--event", "extension_notice@2026-03-03T09:00:00Z"], "--event", "extension_notice", "with its reasons"),
    (["--event", "delay_notice@2026-03-03T09:00:00Z"], "--event", "delay_notice", "with the date it names"),
    (["--event", "delay_notice@2026-03-03T09:00:00Z,new_date=May"], "--event", "'May'", "a day like"),
    (["--kind", "retention_hold"], "--jurisdiction", "EU_GDPR", "FI_Accounting_Act"),
    (["--kind", "breach_to_authority", "--hours", "745"], "--hours", "745", "1 to 744"),
    (
        ["--jurisdiction", "CONTRACT", "--country", "", "--kind", "processor_assist"],
        "--country",
        "None",
        "FI",
    ),
]


@pytest.mark.parametrize(("words", "option", "value", "allowed"), REFUSED)
def test_what_cannot_be_used_is_one_line_with_the_option_its_value_and_what_is_allowed(
    capsys, words, option, value, allowed
):
    assert main(["clock", "explain", *FINNISH, *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith(f"dsar clock: {option}: ")
    assert value in told.err.partition("allowed: ")[0]
    assert allowed in told.err.partition("allowed: ")[2]


def test_the_help_says_where_the_future_is_allowed(capsys):
    for action, told in (("explain", "may not lie in the future"), ("batch", "may lie in the future")):
        with pytest.raises(SystemExit):
            main(["clock", action, "--help"])
        assert told in " ".join(capsys.readouterr().out.split())
