"""An erasure in PostHog, looked after until it is verified."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dsar.contract import (
    Changed,
    Erase,
    Proof,
    Record,
    Rectify,
    Refused,
    Restrict,
    Suppress,
    Unreachable,
)
from dsar.demo.posthog_double import mischief

from .project import (
    BULK_DELETE,
    OURS,
    PETRA,
    STATUS_ROWS,
    clicks,
    data_of,
    exported,
    person_ref,
)


async def test_an_erasure_is_accepted_then_looked_after_then_verified(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(120)))
    for _ in range(2):
        receipt = await session.carry_out(ref, OURS, Erase(), "k")
        assert (receipt.changed, receipt.proof) == (1, Proof.ACCEPTED)
        assert receipt.ask_again_at > datetime.now(UTC)
        assert double.remaining(PETRA) == 120
    double.forward(timedelta(minutes=2))
    done = await session.carry_out(ref, OURS, Erase(), "k")
    assert (done.proof, done.kept, done.ask_again_at, double.remaining(PETRA)) == (
        Proof.VERIFIED,
        (),
        None,
        0,
    )
    assert await session.carry_out(ref, OURS, Erase(), "k") == done
    assert double.calls.count(("POST", BULK_DELETE)) == 1


async def test_a_missing_row_is_no_completion_and_orders_nothing_anew(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.misbehave(mischief.rewrites(lambda page: {**page, "results": []}, on=STATUS_ROWS), times=2)
    waiting = await session.carry_out(ref, OURS, Erase(), "k")
    assert (waiting.proof, waiting.ask_again_at is None) == (Proof.ACCEPTED, False)
    double.forward(timedelta(minutes=2))
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.UNVERIFIABLE
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.VERIFIED
    assert double.calls.count(("POST", BULK_DELETE)) == 1


async def test_a_person_that_was_never_there_is_not_ordered_away(double, session):
    receipt = await session.carry_out(person_ref(str(UUID(int=5))), OURS, Erase(), "k")
    assert (receipt.changed, receipt.proof) == (0, Proof.UNVERIFIABLE)
    assert ("POST", BULK_DELETE) not in double.calls


async def test_a_verified_deletion_with_its_events_still_there_is_not_verified(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.misbehave(mischief.rewrites(claim_done, on=STATUS_ROWS))
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.ACCEPTED


async def test_a_verified_deletion_with_the_person_still_there_needs_a_person(double, session):
    uuid = double.add_person(PETRA, {})
    row = {
        "person_uuid": uuid,
        "created_at": datetime.now(UTC),
        "delete_verified_at": None,
        "status": "completed",
    }
    double.misbehave(mischief.rewrites(lambda page: claim_done({**page, "results": [row]}), on=STATUS_ROWS))
    with pytest.raises(Refused, match="not the person"):
        await session.carry_out(person_ref(uuid), OURS, Erase(), "k")


def claim_done(page):
    return {
        **page,
        "results": [{**row, "delete_verified_at": "2026-11-01T05:00:00Z"} for row in page["results"]],
    }


async def test_an_order_that_was_held_back_takes_the_person_only_where_nothing_has_come_since(
    double, session
):
    uuid = double.add_person(PETRA, {}, clicks(250))
    items = [item for item in await exported(session, person_ref(uuid)) if isinstance(item, Record)]
    named = tuple((item.origin.collection, item.origin.record_id) for item in items)
    with pytest.raises(Refused, match="came since"):
        await session.carry_out(person_ref(uuid), OURS, Erase(only=named[:-1]), "k")
    assert len(data_of(await exported(session, person_ref(uuid)))) == 251
    receipt = await session.carry_out(person_ref(uuid), OURS, Erase(only=named), "k")
    assert receipt.proof is Proof.ACCEPTED


async def test_what_came_after_the_request_is_reported_as_kept(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.capture(PETRA)
    double.forward(timedelta(minutes=2))
    receipt = await session.carry_out(ref, OURS, Erase(), "k")
    assert receipt.proof is Proof.VERIFIED
    assert [kept.origin.collection for kept in receipt.kept] == ["persons", "events"]
    assert {kept.ground for kept in receipt.kept} == {"captured_after_request"}
    assert double.remaining(PETRA) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"events_queued_for_deletion": False}, Refused),
        ({"recordings_queued_for_deletion": False}, Refused),
        ({"deletion_errors": [{"person_uuid": "x"}]}, Unreachable),
    ],
)
async def test_half_an_acceptance_is_none(double, session, answer, error):
    ref = person_ref(double.add_person(PETRA, {}))
    double.misbehave(mischief.rewrites(lambda body: {**body, **answer}, on=BULK_DELETE))
    with pytest.raises(error):
        await session.carry_out(ref, OURS, Erase(), "k")


@pytest.mark.parametrize("order", [Suppress(), Restrict(), Rectify("persons", {"name": "x"})])
async def test_other_orders_are_a_persons_task(session, order):
    with pytest.raises(Refused):
        await session.carry_out(person_ref(str(UUID(int=5))), OURS, order, "k")


async def test_a_plan_counts_what_would_go_and_orders_nothing(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(250)))
    first = await session.foresee(ref, OURS, Erase())
    assert (first.erased, first.kept) == ({"persons": 1, "events": 250}, ())
    assert (await session.foresee(ref, OURS, Erase())).digest == first.digest
    assert ("POST", BULK_DELETE) not in double.calls


async def test_an_event_since_the_plan_stops_the_order_before_it_is_sent(double, session):
    uuid = double.add_person(PETRA, {}, clicks(3), distinct_id=f"user|{PETRA}")
    order = Erase(plan=(await session.foresee(person_ref(uuid), OURS, Erase())).digest)
    double.capture(PETRA)
    with pytest.raises(Changed):
        await session.carry_out(person_ref(uuid), OURS, order, "k")
    assert ("POST", BULK_DELETE) not in double.calls
    assert double.remaining(PETRA) == 1 + 3 + 1


async def test_an_approved_order_is_looked_after_although_what_it_named_is_going(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    order = Erase(plan=(await session.foresee(ref, OURS, Erase())).digest)
    assert (await session.carry_out(ref, OURS, order, "k")).proof is Proof.ACCEPTED
    double.forward(timedelta(minutes=2))
    assert (await session.carry_out(ref, OURS, order, "k")).proof is Proof.VERIFIED


async def test_a_plan_for_somebody_who_came_back_says_that_all_of_it_stays(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.forward(timedelta(minutes=2))
    double.capture(PETRA)
    plan = await session.foresee(ref, OURS, Erase())
    receipt = await session.carry_out(ref, OURS, Erase(plan=plan.digest), "later")
    assert not plan.erased
    assert {(k.origin.collection, k.ground) for k in plan.kept} == {
        ("persons", "captured_after_request"),
        ("events", "captured_after_request"),
    }
    assert {k.origin.record_id for k in plan.kept} == {k.origin.record_id for k in receipt.kept}
