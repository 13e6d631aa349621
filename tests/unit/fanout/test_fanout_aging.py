"""The tally of what should already be gone, over records as connectors give them."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from dsar.contract import Collection, Origin, Record
from dsar.domain.overstaying import exceeded, is_dated_by_record, overstays
from dsar.domain.profile import Category, LegalBasis, Retention
from dsar.fanout.aging import Ages

TODAY = date(2026, 3, 2)
A_YEAR = {"words": "a year", "period": "1y", "counted_from": "collection"}


def category(*lines, **more):
    return Category(
        title="t",
        purpose="p",
        legal_basis=(LegalBasis("GDPR 6(1)(f)"),),
        source="s",
        retention=tuple(msgspec.convert(line, Retention) for line in lines),
        **more,
    )


class Policy:
    def __init__(self, **categories):
        self.categories = categories


def ages(dated="at", so_far=None, **categories):
    categories = categories or {"log": category(A_YEAR)}
    collections = {"rows": Collection("log", "Rows", dated=dated)}
    return Ages(collections, Policy(**categories), TODAY, so_far or {})


def record(data, collection="rows"):
    return Record(Origin(collection, "1", datetime(2026, 3, 2, tzinfo=UTC)), data)


def raw(text):
    return msgspec.Raw(text.encode())


def seen(tally, *datas):
    for data in datas:
        tally.see(record(data))
    return tally.found


def test_the_boundary_is_the_end_of_the_periods_last_day():
    assert seen(ages(), {"at": "2025-03-02"}) == {}
    assert seen(ages(), {"at": "2025-03-01"}) == {"log": {"records": 1, "oldest_on": "2025-03-01"}}


@pytest.mark.parametrize(
    "data",
    [
        raw('{"a": {"at": "2099-01-01"}, "at": "2020-01-02T10:00:00+02:00", "b": [1, {"at": 5}]}'),
        raw('{"at": "2020-01-02"}'),
        {"at": "2020-01-02 10:00:00"},
        {"at": date(2020, 1, 2)},
        {"at": datetime(2020, 1, 2, tzinfo=UTC)},
    ],
)
def test_a_date_is_read_however_the_connector_writes_it(data):
    assert seen(ages(), data) == {"log": {"records": 1, "oldest_on": "2020-01-02"}}


@pytest.mark.parametrize(
    "data", [raw("{}"), raw('{"at": null}'), raw('{"at": 17}'), raw('{"at": "x"}'), raw("[]"), {"at": 17}, {}]
)
def test_what_has_no_date_is_not_judged(data):
    assert seen(ages(), data) == {}


def test_a_field_may_have_any_name():
    assert seen(ages(dated='odd "näme"'), raw('{"odd \\"n\\u00e4me\\"": "2020-01-02"}'))


def test_counting_goes_on_from_where_an_earlier_attempt_stood():
    so_far = {"log": {"records": 5, "oldest_on": "2019-01-01"}}
    assert seen(ages(so_far=so_far), {"at": "2020-01-01"}) == {
        "log": {"records": 6, "oldest_on": "2019-01-01"}
    }
    assert so_far["log"]["records"] == 5, "the step's own detail is not touched"


def test_another_collection_and_an_unknown_category_are_passed_over():
    tally = ages(other=category(A_YEAR))
    tally.see(record({"at": "2001-01-01"}, "elsewhere"))
    assert seen(tally, {"at": "2001-01-01"}) == {}


@pytest.mark.parametrize(
    ("kept", "dated"),
    [
        (category(A_YEAR), True),
        (category(), False),
        (category(A_YEAR, {**A_YEAR, "period": "3y"}), True),
        (category({"words": "as long as needed"}), False),
        (category({"words": "for ever", "for_ever": True}), False),
        (category({**A_YEAR, "counted_from": "last_contact"}), False),
        (category(A_YEAR, {**A_YEAR, "counted_from": "relationship_end"}), False),
        (category(A_YEAR, holds=("FI-2:10-voucher",)), False),
    ],
)
def test_a_category_is_judged_only_where_the_records_date_says_all(kept, dated):
    assert is_dated_by_record(kept) is dated
    tally = ages(log=kept)
    assert bool(seen(tally, {"at": "1999-01-01"})) is dated


def test_of_several_periods_the_longest_counts():
    kept = category(A_YEAR, {**A_YEAR, "period": "3y"})
    assert not overstays(kept, date(2024, 1, 1), TODAY)
    assert overstays(kept, date(2022, 1, 1), TODAY)


def test_each_category_is_an_entry_of_the_history():
    found = {"b": {"records": 1, "oldest_on": "2020-01-01"}, "a": {"records": 2, "oldest_on": "2019-01-01"}}
    assert [event.data for event in exceeded("pbx", found)] == [
        {"system": "pbx", "category": "a", "records": 2, "oldest_on": "2019-01-01"},
        {"system": "pbx", "category": "b", "records": 1, "oldest_on": "2020-01-01"},
    ]
