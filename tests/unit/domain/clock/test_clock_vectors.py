"""Every dated case of our own files, by the functions themselves."""

from datetime import datetime
from itertools import pairwise

import pytest
from clock_dated import CASES, DatedCase

from dsar.domain.clock import (
    NoDeadlineError,
    Place,
    Promise,
    Regime,
    Step,
    assist_due,
    assist_working_days,
    breach_due,
    breach_of,
    due,
)
from dsar.domain.holds import Act, hold

OWN_COUNTRY = {"CCPA": "US", "CH_FADP": "CH", "BR_LGPD": "BR", "IN_DPDP": "IN"}


def place_of(case: DatedCase) -> Place:
    return Place(case.country or OWN_COUNTRY.get(case.jurisdiction), case.subdivision, case.timezone)


def count(case: DatedCase) -> tuple[dict[str, object], tuple[Step, ...]]:
    """Our dates by the names of the output, and the steps."""
    if case.kind == "retention_hold":
        held = hold(case.year_end, Act(case.jurisdiction), case.object)
        names = {"due_date": "until", "strict_due_date": "earliest", "alternative_due_date": "alternative"}
        return {name: getattr(held, field) for name, field in names.items()}, held.steps
    breach = breach_of(case.kind, by_contract=case.jurisdiction == "CONTRACT")
    if breach is not None:
        hours = int(case.promise.removesuffix("h")) if case.promise else case.hours
        told = breach_due(case.received, place_of(case), breach, hours=hours)
        fields = ("due", "strict_due", "alternative_due", "statutory_due", "promised_due")
        return {f"{field}_date": getattr(told, f"{field}_at") for field in fields}, told.steps
    result = _answered(case)
    return {name: getattr(result, name) for name in result.__struct_fields__}, result.steps


def _answered(case):
    days = assist_working_days(case.kind)
    if days is not None:
        return assist_due(case.received, place_of(case), working_days=case.working_days or days)
    return due(
        case.received,
        Regime(case.jurisdiction),
        place_of(case),
        facts=case.event_log,
        promise=Promise.parse(case.promise) if case.promise else None,
        mode=case.mode,
        kind="opt_out_sale_sharing" if case.kind == "opt_out_sale" else case.kind,
    )


def text(value):
    return None if value is None else value.isoformat()


DATED = [case for case in CASES if case.expected_due_date is not None]
UNDATED = [case for case in CASES if case.expected_due_date is None]


@pytest.mark.parametrize("case", DATED, ids=lambda c: c.id)
def test_every_dated_case_agrees_in_each_date_that_it_names(case):
    dates, _ = count(case)
    assert text(dates["due_date"]) == case.expected_due_date
    assert {name: text(dates[name]) for name in case.expected} == case.expected


# Readings of ours that a case leaves out
UNLISTED = {
    "PAU-002": {"2026-04-02"},  # without the suspension
    "CA-007": {"2026-04-23"},  # the day of receipt as the first
    "CA-009": {"2026-04-23"},
    "RET-007": {"2016-12-31"},  # as books of the tax
    "H-UK-20": {"2026-02-19"},  # both days excluded
    "H-BR-03": {"2026-04-01T00:00:00+03:00"},  # two working days
    "H-BR-04": {"2026-10-28T00:00:00+02:00"},
}


@pytest.mark.parametrize("case", DATED, ids=lambda c: c.id)
def test_no_other_reading_is_shown(case):
    dates, _ = count(case)
    shown = {text(dates[name]) for name in ("strict_due_date", "alternative_due_date")}
    assert shown - {None, case.expected_due_date, *case.expected.values()} == UNLISTED.get(case.id, set())


@pytest.mark.parametrize("case", UNDATED, ids=lambda c: c.id)
def test_a_law_not_yet_in_force_sets_no_date_and_says_since_when(case):
    with pytest.raises(NoDeadlineError, match="in force from 2027-05-13") as none:
        count(case)
    assert none.value.steps[-1].rule == "DPDP r. 14(3)"


@pytest.mark.parametrize("case", DATED, ids=lambda c: c.id)
def test_the_working_of_every_dated_case_leads_to_its_date(case):
    _, steps = count(case)
    assert datetime.fromisoformat(steps[0].from_) == case.received
    assert all(step.from_ == before.to for before, step in pairwise(steps))
    assert steps[-1].to == case.expected_due_date
    assert all(step.rule and step.because for step in steps)


def test_the_files_hold_cases_of_every_regime_and_each_case_once():
    assert {case.jurisdiction for case in CASES} == {*Regime, "CONTRACT", *Act}
    assert len({case.id for case in CASES}) == len(CASES)
    assert sum(not case.id.startswith("H-") for case in CASES) == 79
