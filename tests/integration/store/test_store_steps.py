"""Steps are claimed by many and settled by one."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from dsar.domain.case import Decision, Outcome, close
from dsar.domain.history import NewEvent
from dsar.domain.work import Again, ByHand, Done, NewStep, StepKind, StepOutcome
from dsar.store import LeaseLost, cases, steps

LEASE = timedelta(seconds=30)


@pytest.fixture
async def make_case(office):
    """A case that waits, with nothing else to do."""

    async def make():
        reference = await office.ask("access")
        await office.unwatched()
        return await office.case(reference)

    return make


@pytest.fixture
def add(office):
    async def add_(case, *new, later=timedelta()):
        async with office.db.write() as tx:
            await steps.insert(tx, [(case.id, step) for step in new], office.clock() + later)

    return add_


def search(key, **more):
    return NewStep(StepKind.SEARCH, key, **more)


async def claim(office, batch=100):
    async with office.db.read() as connection:
        return await steps.claim(connection, office.clock(), office.clock() + LEASE, batch)


async def row(sql, step):
    return await sql.fetchrow("SELECT * FROM step WHERE id = $1", step.id)


async def test_steps_of_an_older_case_are_claimed_first_whenever_they_became_due(office, make_case, add):
    old, middle, young = [await make_case() for _ in range(3)]
    await add(young, search("y"))
    office.clock.turn(seconds=5)
    await add(middle, search("m"))
    office.clock.turn(seconds=5)
    await add(old, search("o1"), search("o2"))
    claimed = [(await claim(office, 1))[0] for _ in range(4)]
    assert [step.case_id for step in claimed] == [old.id, old.id, middle.id, young.id]


async def test_a_step_that_is_not_due_is_not_claimed(office, make_case, add):
    case = await make_case()
    await add(case, search("later", due_at=office.clock() + timedelta(seconds=10)), search("now"))
    assert [step.key for step in await claim(office)] == ["now"]
    office.clock.turn(seconds=10)
    assert [step.key for step in await claim(office)] == ["later"]


async def test_a_persons_task_is_never_claimed(office, make_case, add):
    case = await make_case()
    await add(case, NewStep(StepKind.BY_HAND, "x", by_hand=True))
    office.clock.turn(days=400)
    assert await claim(office) == []


async def test_claimers_at_the_same_moment_never_share_a_step(office, make_case, add):
    case = await make_case()
    await add(case, *(search(f"s{number}") for number in range(60)))
    batches = await asyncio.gather(*(claim(office, 10) for _ in range(9)))
    ids = [step.id for batch in batches for step in batch]
    assert len(ids) == len(set(ids)) == 60


async def test_a_claimer_passes_over_what_another_transaction_holds(office, make_case, add):
    case = await make_case()
    await add(case, search("a"), search("b"))
    async with office.db.write() as mine:
        first = await steps.claim(mine, office.clock(), office.clock() + LEASE, 1)
        second = await claim(office)
        assert len(first) == len(second) == 1
        assert first[0].id != second[0].id


async def test_each_claim_raises_the_lease_and_counts_an_attempt(office, make_case, add):
    await add(await make_case(), search("a"))
    (one,) = await claim(office)
    assert (one.lease, one.attempt) == (1, 1)
    office.clock.turn(seconds=31)
    async with office.db.write() as tx:
        await steps.release_expired(tx, office.clock())
    (two,) = await claim(office)
    assert (two.id, two.lease, two.attempt) == (one.id, 2, 2)


@pytest.fixture
async def stolen(office, make_case, add):
    """A step whose lease ran out and which another worker holds now: the stale claim and the fresh one."""
    await add(await make_case(), search("a"))
    (stale,) = await claim(office)
    office.clock.turn(seconds=31)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock()) == 1
    (fresh,) = await claim(office)
    return stale, fresh


@pytest.mark.parametrize("end", [Done(StepOutcome.FOUND, {"stale": 1}), ByHand({"stale": 1}), "again"])
async def test_a_stale_lease_settles_nothing_and_all_of_its_transaction_is_rolled_back(
    office, sql, stolen, end
):
    stale, fresh = stolen
    end = Again(office.clock(), burns_attempt=False, detail={"stale": 1}) if end == "again" else end
    before = await row(sql, fresh)
    with pytest.raises(LeaseLost):  # noqa: PT012 - what comes after the settling must not stay
        async with office.db.settle(stale, end, office.clock()) as tx:
            case = await cases.lock(tx, stale.case_id)
            await cases.apply(tx, case, Decision(events=(NewEvent("by.the.stale"),)), office.clock())
    assert await row(sql, fresh) == before
    assert "by.the.stale" not in [event.type for event in await office.events(stale.case_id)]


async def test_a_stale_lease_rolls_back_what_was_written_before_it_was_noticed(office, sql, stolen):
    stale, _ = stolen
    with pytest.raises(LeaseLost):  # noqa: PT012 - what came before the loss must not stay
        async with office.db.write() as tx:
            await steps.insert(tx, [(stale.case_id, search("by the stale"))], office.clock())
            if not await steps.advance(tx, stale, "cursor"):
                raise LeaseLost
    assert await sql.fetchval("SELECT count(*) FROM step WHERE key = 'by the stale'") == 0
    assert await sql.fetchval("SELECT cursor FROM step WHERE id = $1", stale.id) is None


async def test_a_stale_lease_neither_renews_nor_gives_back(office, sql, stolen):
    stale, fresh = stolen
    before = await row(sql, fresh)
    async with office.db.write() as tx:
        await steps.renew(tx, [stale], office.clock() + timedelta(days=1))
        await steps.release(tx, stale)
    assert await row(sql, fresh) == before


async def test_the_holder_of_the_lease_settles_once(office, sql, stolen):
    _, fresh = stolen
    async with office.db.settle(fresh, Done(StepOutcome.FOUND), office.clock()):
        pass
    with pytest.raises(LeaseLost):
        async with office.db.settle(fresh, Done(StepOutcome.GAP), office.clock()):
            pass
    assert (await row(sql, fresh))["outcome"] == "found"


async def test_a_search_that_was_writing_when_its_case_was_closed_goes_no_further(office, make_case, add):
    case = await make_case()
    await add(case, search("crm"))
    (step,) = await claim(office)
    async with office.db.write() as writing, office.db.write() as closing:
        assert await steps.advance(writing, step, "1")
        held = await cases.lock(closing, case.id)
        await cases.apply(closing, held, close(Outcome.WITHDRAWN), office.clock())
    async with office.db.write() as tx:
        assert not await steps.advance(tx, step, "2")


async def test_a_lease_is_given_back_when_it_has_run_out_and_not_before(office, make_case, add):
    await add(await make_case(), search("a"))
    await claim(office)
    office.clock.turn(seconds=30)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock()) == 0
    office.clock.turn(seconds=1)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock()) == 1
    assert len(await claim(office)) == 1


async def test_a_renewed_lease_is_not_given_back(office, make_case, add):
    await add(await make_case(), search("a"))
    held = await claim(office)
    office.clock.turn(seconds=20)
    async with office.db.write() as tx:
        await steps.renew(tx, held, office.clock() + LEASE)
    office.clock.turn(seconds=20)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock()) == 0


@pytest.mark.parametrize(("burns", "attempt"), [(False, 0), (True, 1)])
async def test_looking_again_burns_an_attempt_only_after_a_failure(
    office, sql, make_case, add, burns, attempt
):
    await add(await make_case(), search("a"))
    (step,) = await claim(office)
    at = office.clock() + timedelta(minutes=5)
    async with office.db.settle(step, Again(at, burns_attempt=burns, detail={"why": "x"}), office.clock()):
        pass
    kept = await row(sql, step)
    assert (kept["state"], kept["attempt"], kept["due_at"], kept["leased_until"]) == (
        "ready",
        attempt,
        at,
        None,
    )


async def test_a_step_given_back_at_a_clean_stop_has_burnt_nothing(office, sql, make_case, add):
    await add(await make_case(), search("a"))
    (step,) = await claim(office)
    async with office.db.write() as tx:
        await steps.release(tx, step)
    kept = await row(sql, step)
    assert (kept["state"], kept["attempt"]) == ("ready", 0)


async def test_making_the_same_step_twice_changes_nothing(office, sql, make_case, add):
    case = await make_case()
    await add(case, search("a", payload={"n": 1}))
    (step,) = await claim(office)
    await add(case, search("a", payload={"n": 2}))
    kept = await sql.fetch("SELECT id, payload, state FROM step WHERE kind = 'fanout.search'")
    assert [(one["id"], one["payload"], one["state"]) for one in kept] == [(step.id, '{"n": 1}', "running")]


async def test_the_database_itself_refuses_a_second_step_of_one_case_kind_and_key(
    office, sql, make_case, add
):
    case = await make_case()
    await add(case, search("a"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await sql.execute(
            "INSERT INTO step (id, case_id, kind, key, state, due_at, created_at) "
            "VALUES (gen_random_uuid(), $1, 'fanout.search', 'a', 'ready', now(), now())",
            case.id,
        )


async def test_details_of_later_attempts_are_added_to_the_earlier(office, sql, make_case, add):
    await add(await make_case(), search("a"))
    (step,) = await claim(office)
    async with office.db.settle(
        step, Again(office.clock(), burns_attempt=False, detail={"a": 1, "b": 1}), office.clock()
    ):
        pass
    (step,) = await claim(office)
    assert step.detail == {"a": 1, "b": 1}
    async with office.db.settle(step, Done(StepOutcome.DONE, {"b": 2}), office.clock()):
        pass
    async with office.db.read() as connection:
        assert (await steps.one(connection, step.id, step.case_id)).detail == {"a": 1, "b": 2}


async def test_the_backlog_counts_what_is_due_runs_and_needs_a_person(office, make_case, add):
    case = await make_case()
    await add(
        case,
        search("a"),
        search("b"),
        search("c", due_at=office.clock() + timedelta(days=1)),
        NewStep(StepKind.BY_HAND, "x", by_hand=True),
    )
    await claim(office, 1)
    async with office.db.read() as connection:
        backlog = await steps.backlog(connection, office.clock())
    assert (backlog.ready, backlog.running, backlog.manual) == (1, 1, 1)
