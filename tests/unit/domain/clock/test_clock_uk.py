"""The UK's month: relevant time, clarification under the old and the new rule."""

from datetime import UTC, date, datetime

from dsar.domain.clock import Fact, FactType, Place, Regime, due

ENGLAND = Place("GB", "ENG", "Europe/London")
RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(month, day, hour=9):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def uk(*facts, received=RECEIVED):
    return due(received, Regime.UK_GDPR, ENGLAND, facts=facts)


def test_before_february_2026_the_day_of_the_answer_counts_again():
    asked, answered = at(2, 9), at(2, 12)
    facts = (Fact(FactType.CLARIFICATION_REQUESTED, asked), Fact(FactType.CLARIFICATION_RECEIVED, answered))
    old = uk(*facts, received=at(2, 4))
    new = uk(*facts, received=at(2, 5))
    assert (old.due_date, old.strict_due_date, old.alternative_due_date) == (
        date(2026, 3, 9),  # 4 March and three days: Saturday
        date(2026, 3, 4),
        None,  # both days excluded would be Sunday 8 March, the same Monday
    )
    assert (new.due_date, new.strict_due_date) == (date(2026, 3, 9), date(2026, 3, 9))


def test_an_awaited_answer_pauses_and_the_date_shown_is_the_one_without_the_wait():
    for asked in (FactType.IDENTITY_REQUESTED, FactType.FEE_REQUESTED, FactType.CLARIFICATION_REQUESTED):
        result = uk(Fact(asked, at(3, 4)))
        assert result.paused
        assert result.due_date == date(2026, 4, 2)


def test_the_latest_of_identity_and_fee_starts_the_clock():
    facts = (
        Fact(FactType.FEE_REQUESTED, at(3, 3)),
        Fact(FactType.FEE_PAID, at(3, 10)),
        Fact(FactType.IDENTITY_REQUESTED, at(3, 4)),
        Fact(FactType.IDENTITY_RECEIVED, at(3, 17)),
    )
    assert uk(*facts).due_date == date(2026, 4, 17)
    assert uk(*facts[2:], *facts[:2]).due_date == date(2026, 4, 17)


def test_proof_that_comes_before_the_fee_does_not_move_the_start_again():
    facts = (
        Fact(FactType.FEE_REQUESTED, at(3, 3)),
        Fact(FactType.IDENTITY_REQUESTED, at(3, 4)),
        Fact(FactType.IDENTITY_RECEIVED, at(3, 5)),
        Fact(FactType.FEE_PAID, at(3, 20)),
    )
    result = uk(*facts)
    assert result.due_date == date(2026, 4, 20)
    assert any("does not move the start" in step.because for step in result.steps)


def test_a_question_after_the_end_revives_nothing():
    late = at(4, 10)
    answered = at(4, 12)
    identity = uk(Fact(FactType.IDENTITY_REQUESTED, late), Fact(FactType.IDENTITY_RECEIVED, answered))
    clarification = uk(
        Fact(FactType.CLARIFICATION_REQUESTED, late), Fact(FactType.CLARIFICATION_RECEIVED, answered)
    )
    assert identity.due_date == clarification.due_date == date(2026, 4, 2)
    assert not uk(Fact(FactType.IDENTITY_REQUESTED, late)).paused
    assert not uk(Fact(FactType.CLARIFICATION_REQUESTED, late)).paused


def test_two_clarifications_that_touch_share_their_day():
    facts = (
        Fact(FactType.CLARIFICATION_REQUESTED, at(3, 5)),
        Fact(FactType.CLARIFICATION_RECEIVED, at(3, 10, 9)),
        Fact(FactType.CLARIFICATION_REQUESTED, at(3, 10, 10)),
        Fact(FactType.CLARIFICATION_RECEIVED, at(3, 12)),
    )
    # 5 to 12 March are eight days: 2 April and eight days
    assert uk(*facts).due_date == date(2026, 4, 10)


def test_days_before_the_start_are_not_excluded_twice():
    facts = (
        Fact(FactType.IDENTITY_REQUESTED, at(3, 3)),
        Fact(FactType.CLARIFICATION_REQUESTED, at(3, 3)),
        Fact(FactType.IDENTITY_RECEIVED, at(3, 10)),
        Fact(FactType.CLARIFICATION_RECEIVED, at(3, 11)),
    )
    # starts on 10 March, of which 10 and 11 do not count: 10 April and two days is Sunday
    assert uk(*facts).due_date == date(2026, 4, 13)
