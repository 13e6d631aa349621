"""`dsar clock batch`: a line for each case, the dated ones among them."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.cli import main
from dsar.cli.clock_answer import Answer, answer
from dsar.cli.clock_case import Case, read
from dsar.domain.clock import ClockError

CLOCK = Path(__file__).parents[1] / "domain" / "clock"
FILES = [CLOCK / "vectors.json", CLOCK / "by_hand.json"]
KEYS = [
    "id",
    "due_date",
    "strict_due_date",
    "alternative_due_date",
    "extension_notice_deadline",
    "statutory_due_date",
    "promised_due_date",
    "steps",
]
# Where a case names a date under another name than the output's
OUTPUT = {"expected_due_date": "due_date", "conservative_due_date": "strict_due_date"}
FINNISH = {
    "id": "one",
    "kind": "dsar_response",
    "jurisdiction": "EU_GDPR",
    "country": "FI",
    "timezone": "Europe/Helsinki",
    "received_at": "2026-03-02T09:00:00+02:00",
    "event_log": [],
}


@pytest.fixture
def batch(tmp_path, capsys):
    """Hand in a file's content, or a path; get the exit code and the lines."""

    def run(given):
        file = given
        if not isinstance(given, Path):
            file = tmp_path / "cases.json"
            file.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
        code = main(["clock", "batch", str(file)])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_dated_case_of_a_file_agrees(batch, file):
    cases = json.loads(file.read_text(encoding="utf-8"))
    code, lines = batch(file)
    assert code == 0
    assert [line["id"] for line in lines] == [case["id"] for case in cases]
    dates = {*KEYS, *OUTPUT} - {"id", "steps"}
    for case, line in zip(cases, lines, strict=True):
        assert list(line) == KEYS
        named = {OUTPUT.get(key, key): value for key, value in case.items() if key in dates}
        assert {key: line[key] for key in named} == named, case["id"]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_the_steps_of_each_line_lead_from_the_receipt_to_the_date(batch, file):
    for line in batch(file)[1]:
        steps = line["steps"]
        assert all(list(step) == ["rule", "from", "to", "because"] for step in steps)
        assert all(one["to"] == after["from"] for one, after in pairwise(steps))
        assert line["due_date"] in {steps[-1]["to"], None}


def test_a_case_without_a_date_is_a_line_of_nulls_with_its_steps(batch):
    code, [line] = batch([{**FINNISH, "jurisdiction": "IN_DPDP", "country": "", "timezone": "Asia/Kolkata"}])
    assert code == 0
    assert [line[key] for key in KEYS[1:-1]] == [None] * 6
    assert "in force from 2027-05-13" in line["steps"][-1]["because"]


def test_what_a_case_leaves_out_is_filled_in(batch):
    bare = {"jurisdiction": "UK_GDPR", "subdivision": "ENG", "timezone": "Europe/London"}
    code, lines = batch(
        [
            {**bare, "received_at": "2026-03-05T10:00:00Z"},
            {
                **bare,
                "received_at": "2026-03-05T10:00:00Z",
                "kind": None,
                "mode": None,
                "event_log": None,
                "promise": "",
            },
            {
                "jurisdiction": "CCPA",
                "country": None,
                "timezone": "America/Los_Angeles",
                "received_at": "2026-03-10T09:00:00-07:00",
            },
            {**FINNISH, "country": None, "received_at": "2026-03-05T10:00:00+02:00"},
        ]
    )
    assert code == 0
    assert [line["due_date"] for line in lines] == ["2026-04-07", "2026-04-07", "2026-04-24", "2026-04-06"]
    assert lines[0]["id"] is None


def test_a_file_s_own_notes_are_left_alone_and_reasons_may_be_a_list(batch):
    notice = {
        "type": "extension_notice",
        "at": "2026-03-10T09:00:00+02:00",
        "reasons": ["number", "complexity"],
        "valid": False,
    }
    code, [line] = batch([{**FINNISH, "basis": "ours", "sources": [1], "event_log": [notice]}])
    assert (code, line["due_date"]) == (0, "2026-06-02")


def test_a_void_notice_is_a_step(batch):
    notice = {"type": "extension_notice", "at": "2026-03-10T09:00:00+02:00"}
    code, [line] = batch([{**FINNISH, "event_log": [notice]}])
    assert (code, line["due_date"]) == (0, "2026-04-02")
    assert any("it gives no reasons" in step["because"] for step in line["steps"])


def test_a_receipt_in_the_future_is_counted(batch):
    code, [line] = batch([{**FINNISH, "received_at": "2088-03-02T09:00:00+02:00"}])
    assert (code, line["due_date"]) == (0, "2088-04-02")


BROKEN = [
    ({"jurisdiction": "US_GDPR"}, "jurisdiction", "US_GDPR", "EU_GDPR, UK_GDPR, CCPA"),
    ({"jurisdiction": None}, "jurisdiction", None, "str"),
    ({"country": "XX"}, "country", "XX", "ISO 3166-1"),
    ({"country": "GB", "subdivision": "ENG"}, "country", "GB", "EEA"),
    ({"jurisdiction": "UK_GDPR", "country": None}, "subdivision", None, "ENG, NIR, SCT, WLS"),
    ({"subdivision": "AB"}, "subdivision", "AB", "for FI: 01"),
    ({"timezone": "Europe/Espoo"}, "timezone", "Europe/Espoo", "IANA"),
    ({"timezone": None}, "timezone", "", "IANA"),
    ({"kind": "dsar"}, "kind", "dsar", "dsar_response"),
    ({"kind": 7}, "kind", 7, "str"),
    ({"mode": "lax"}, "mode", "lax", "edpb_suspension"),
    ({"promise": "30"}, "promise", "30", "30d"),
    ({"promise": "24h"}, "promise", "24h", "30d"),
    ({"promise": 30}, "promise", 30, "str"),
    ({"received_at": "2026-03-02T09:00:00"}, "received_at", "2026-03-02T09:00:00", "UTC offset"),
    ({"received_at": "soon"}, "received_at", "soon", "a time like"),
    ({"event_log": {}}, "event_log", {}, "array"),
    (
        {"event_log": [{"type": "letter", "at": "2026-03-03T09:00:00Z"}]},
        "event_log[0].type",
        "letter",
        "fee_paid",
    ),
    ({"event_log": [{"type": "fee_paid", "at": "soon"}]}, "event_log[0].at", "soon", "a time like"),
    ({"event_log": [{"type": "fee_paid"}]}, "event_log[0]", {"type": "fee_paid"}, "required field `at`"),
    (
        {"event_log": [{"type": "fee_paid", "at": "2026-03-01T09:00:00Z"}]},
        "event_log[0].at",
        "2026-03-01T09:00:00+00:00",
        "not before the receipt",
    ),
    (
        {"event_log": [{"type": "delay_notice", "at": "2026-03-03T09:00:00Z", "new_date": "May"}]},
        "event_log[0].new_date",
        "May",
        "a day like",
    ),
    (
        {"event_log": [{"type": "delay_notice", "at": "2026-03-03T09:00:00Z", "new_date": "2999-01-01"}]},
        "event_log[0].new_date",
        "2999-01-01",
        "2000 to 2090",
    ),
    (
        {"event_log": [{"type": "fee_paid", "at": "2026-03-03T09:00:00"}]},
        "event_log[0].at",
        "2026-03-03T09:00:00",
        "UTC offset",
    ),
    ({"kind": "retention_hold"}, "jurisdiction", "EU_GDPR", "FI_Accounting_Act, SE_BFL, PL_tax"),
    ({"kind": "retention_hold", "jurisdiction": "SE_BFL", "object": "photo"}, "object", "photo", "voucher"),
    ({"kind": "dsar_response", "jurisdiction": "SE_BFL"}, "kind", "dsar_response", "retention_hold"),
    ({"kind": "dsar_response", "jurisdiction": "CONTRACT"}, "kind", "dsar_response", "processor_assist"),
    ({"kind": "breach_to_authority", "jurisdiction": "BR_LGPD"}, "jurisdiction", "BR_LGPD", "EU_GDPR"),
    ({"kind": "breach_to_authority", "promise": "3d"}, "promise", "3d", "24h"),
    ({"kind": "breach_to_authority", "hours": 0}, "hours", 0, "1 to 744"),
    ({"kind": "processor_assist", "working_days": 0}, "working_days", 0, "1 to 250"),
]


@pytest.mark.parametrize(("change", "field", "value", "allowed"), BROKEN)
def test_a_broken_case_is_a_line_with_its_error_and_the_rest_goes_on(batch, change, field, value, allowed):
    code, [before, broken, after] = batch([FINNISH, {**FINNISH, "id": "broken", **change}, FINNISH])
    assert code == 1
    assert before == after
    assert before["due_date"] == "2026-04-02"
    assert list(broken) == ["id", "error"]
    assert broken["id"] == "broken"
    assert list(broken["error"]) == ["field", "value", "allowed"]
    assert (broken["error"]["field"], broken["error"]["value"]) == (field, value)
    assert allowed in broken["error"]["allowed"]


def test_what_is_no_case_at_all_is_a_line_too(batch):
    code, lines = batch([3, None, "x", {}, FINNISH])
    assert code == 1
    assert [line["id"] for line in lines] == [None, None, None, None, "one"]
    assert [line["error"]["field"] for line in lines[:4]] == ["case", "case", "case", "jurisdiction"]


@pytest.mark.parametrize("content", ["{}", "", "[1", '"x"', "[]]"])
def test_a_file_that_is_no_array_of_cases_is_one_clear_error(tmp_path, capsys, content):
    file = tmp_path / "cases.json"
    file.write_text(content, encoding="utf-8")
    assert main(["clock", "batch", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "a JSON array of cases" in told.err
    assert str(file) in told.err


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path, capsys):
    assert main(["clock", "batch", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_an_empty_file_of_cases_prints_nothing(batch):
    assert batch([]) == (0, [])


def answer_or_error(case):
    try:
        return answer(read(case))
    except ClockError as refused:
        return refused


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=8),
        st.sampled_from(["2026-03-02T09:00:00Z", ""]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "at", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from([*FINNISH, *Case.__struct_fields__]),
    ANYTHING,
    st.sampled_from(["dsar_response", "retention_hold", "breach_to_authority", "processor_assist"]),
    st.sampled_from(["EU_GDPR", "UK_GDPR", "CCPA", "CONTRACT", "PL_tax"]),
)
def test_whatever_a_field_holds_the_case_is_an_answer_or_an_error(field, value, kind, jurisdiction):
    case = {**FINNISH, "kind": kind, "jurisdiction": jurisdiction, "object": "ledger", field: value}
    assert isinstance(answer_or_error(case), Answer | ClockError)
