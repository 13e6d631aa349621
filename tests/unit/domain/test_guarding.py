"""The completeness guard: each field is as somebody decided, or it is named."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Coverage, Field, Use
from dsar.domain.guarding import Drift, DriftKind, drift, locked, tally, unreadable

SECRET = Field("contact", "password", Use.EXCLUDED, "a secret")
EMAIL = Field("contact", "email", Use.EXPORTED)
LOG = Field("audit_log", "*", Use.UNDECLARED)
COVERAGE = Coverage((EMAIL, SECRET, LOG))
DECIDED = {
    "contact": {"email": "exported", "password": "excluded: never"},
    "audit_log": {"*": "excluded: machines"},
}

FIELDS = st.builds(
    Field, st.sampled_from("abc"), st.sampled_from("xyz*"), st.sampled_from(Use), st.sampled_from([None, "r"])
)
COVERAGES = st.lists(FIELDS, unique_by=lambda f: (f.collection, f.name)).map(lambda fs: Coverage(tuple(fs)))


def test_where_every_field_is_decided_nothing_drifts_however_the_reason_is_worded():
    assert drift(DECIDED, COVERAGE) == ()


def test_without_a_lock_nothing_is_guarded():
    assert drift(None, COVERAGE) == ()


def test_a_lock_of_nothing_finds_every_field_new():
    assert [(one.name, one.kind, one.now, one.locked) for one in drift({}, COVERAGE)] == [
        ("audit_log.*", DriftKind.NEW, "undeclared", None),
        ("contact.email", DriftKind.NEW, "exported", None),
        ("contact.password", DriftKind.NEW, "excluded: a secret", None),
    ]


def test_a_new_column_is_named():
    coverage = Coverage((*COVERAGE.fields, Field("contact", "shoe_size", Use.EXPORTED)))
    assert drift(DECIDED, coverage) == (Drift("contact", "shoe_size", DriftKind.NEW, "exported"),)


def test_a_column_that_is_gone_is_named():
    assert drift(DECIDED, Coverage((EMAIL, LOG))) == (
        Drift("contact", "password", DriftKind.GONE, None, "excluded: never"),
    )


def test_a_column_that_is_no_longer_told_is_named_and_so_is_one_that_is_told_after_all():
    coverage = Coverage(
        (Field("contact", "email", Use.EXCLUDED, "x"), Field("contact", "password", Use.EXPORTED), LOG)
    )
    assert drift(DECIDED, coverage) == (
        Drift("contact", "email", DriftKind.CHANGED, "excluded: x", "exported"),
        Drift("contact", "password", DriftKind.CHANGED, "exported", "excluded: never"),
    )


def test_a_table_that_was_taken_out_of_the_mapping_is_named_whatever_the_lock_says_of_its_columns():
    coverage = Coverage((Field("contact", "*", Use.UNDECLARED), LOG))
    assert [(one.field, one.kind) for one in drift(DECIDED, coverage)] == [
        ("*", DriftKind.NEW),
        ("email", DriftKind.GONE),
        ("password", DriftKind.GONE),
    ]


def test_an_undeclared_table_stays_new_until_somebody_writes_why_it_is_left_out():
    lock = locked(COVERAGE, None)
    assert lock["audit_log"] == {"*": "undecided"}
    assert drift(lock, COVERAGE) == (Drift("audit_log", "*", DriftKind.NEW, "undeclared", "undecided"),)
    assert drift({**lock, "audit_log": {"*": "excluded: machines"}}, COVERAGE) == ()
    assert drift(lock, Coverage((EMAIL, SECRET, Field("audit_log", "*", Use.EXCLUDED, "machines")))) == ()


def test_an_undeclared_table_cannot_be_locked_as_exported_or_without_a_reason():
    for decision in ("exported", "excluded: ", "excluded:"):
        [one] = drift({**DECIDED, "audit_log": {"*": decision}}, COVERAGE)
        assert (one.name, one.kind) == ("audit_log.*", DriftKind.CHANGED)


def test_reasons_written_by_hand_survive_a_new_lock_and_what_is_gone_leaves_it():
    lock = locked(
        Coverage((EMAIL, SECRET, LOG, Field("contact", "new", Use.EXPORTED))),
        {**DECIDED, "old": {"x": "exported"}},
    )
    assert lock == {
        "audit_log": {"*": "excluded: machines"},
        "contact": {"email": "exported", "new": "exported", "password": "excluded: never"},
    }


def test_an_exclusion_that_the_mapping_does_not_keep_stays_red_after_locking():
    coverage = Coverage((Field("contact", "password", Use.EXPORTED),))
    lock = locked(coverage, DECIDED)
    assert [one.kind for one in drift(lock, coverage)] == [DriftKind.CHANGED]


@given(COVERAGES)
def test_a_fresh_lock_leaves_nothing_but_the_undeclared(coverage):
    lock = locked(coverage, None)
    left = {(one.collection, one.field) for one in drift(lock, coverage)}
    assert left == {(f.collection, f.name) for f in coverage.fields if f.use is Use.UNDECLARED}
    assert not list(unreadable(lock))


@given(COVERAGES, COVERAGES)
def test_locking_twice_is_locking_once_and_names_each_field_once(before, now):
    lock = locked(now, locked(before, None))
    assert locked(now, lock) == lock
    names = [one.name for one in drift(locked(before, None), now)]
    assert len(names) == len(set(names))


@given(COVERAGES, COVERAGES)
def test_no_field_that_the_lock_does_not_know_passes_unnamed(before, now):
    lock = locked(before, None)
    named = {(one.collection, one.field) for one in drift(lock, now)}
    fresh = {(f.collection, f.name) for f in now.fields} - {(f.collection, f.name) for f in before.fields}
    assert fresh <= named


def test_a_decision_that_is_none_is_named():
    lock = {"a": {"x": "exportet", "y": "excluded:", "z": "excluded: why", "u": "undecided", "v": "exported"}}
    assert list(unreadable(lock)) == ["a.x", "a.y"]


def test_the_tally_counts_by_collection():
    assert tally(COVERAGE) == {
        "audit_log": Counter({Use.UNDECLARED: 1}),
        "contact": Counter({Use.EXPORTED: 1, Use.EXCLUDED: 1}),
    }
