"""Every dated case of our own file: published examples and dates derived from a quoted rule."""

from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from dsar.domain.clock import Due, Fact, Mode, NoDeadlineError, Place, Promise, Regime, due


class Vector(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    received_at: datetime
    regime: Regime
    kind: str
    place: Place
    mode: Mode
    facts: tuple[Fact, ...]
    promise: str | None
    due_date: date | None
    source: str
    alternative_due_date: date | None = None
    strict_due_date: date | None = None
    extension_notice_deadline: date | None = None
    statutory_due_date: date | None = None
    promised_due_date: date | None = None


VECTORS = msgspec.json.decode(Path(__file__).with_name("vectors.json").read_bytes(), type=list[Vector])


def count(vector: Vector) -> Due:
    promise = Promise.parse(vector.promise) if vector.promise else None
    return due(
        vector.received_at,
        vector.regime,
        vector.place,
        facts=vector.facts,
        promise=promise,
        mode=vector.mode,
        kind=vector.kind,
    )


DATED = [v for v in VECTORS if v.due_date is not None]
UNDATED = [v for v in VECTORS if v.due_date is None]


@pytest.mark.parametrize("vector", DATED, ids=lambda v: v.id)
def test_every_dated_case_agrees(vector):
    result = count(vector)
    assert result.due_date == vector.due_date
    assert result.alternative_due_date == vector.alternative_due_date
    for name in ("strict_due_date", "extension_notice_deadline", "statutory_due_date", "promised_due_date"):
        expected = getattr(vector, name)
        assert expected is None or getattr(result, name) == expected


@pytest.mark.parametrize("vector", UNDATED, ids=lambda v: v.id)
def test_a_law_not_yet_in_force_sets_no_date_and_says_since_when(vector):
    with pytest.raises(NoDeadlineError, match="in force from 2027-05-13") as none:
        count(vector)
    assert none.value.steps[-1].rule == "DPDP r. 14(3)"


@pytest.mark.parametrize("vector", DATED, ids=lambda v: v.id)
def test_the_working_of_every_dated_case_leads_to_its_date(vector):
    steps = count(vector).steps
    assert steps[0].from_ == vector.received_at.isoformat()
    assert all(step.from_ == before.to for before, step in pairwise(steps))
    assert steps[-1].to == str(vector.due_date)
    assert all(step.rule and step.because for step in steps)


def test_the_file_holds_cases_of_each_regime_that_has_published_ones():
    assert {v.regime for v in VECTORS} == set(Regime) - {Regime.BR_LGPD}
    assert len({v.id for v in VECTORS}) == len(VECTORS) == 73
