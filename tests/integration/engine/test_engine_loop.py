"""The loop: whatever a handler does, each step ends as something, is run by one, and is never lost."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, Office

from dsar.contract import Refused, Throttled, Unauthorised, Unreachable
from dsar.domain.case import State
from dsar.domain.identity import ProofKind
from dsar.domain.work import Again, ByHand, Step, StepKind, StepState
from dsar.engine import open_service
from dsar.engine.loop import ATTEMPTS_MAX, decide
from dsar.engine.opening import utc_now
from dsar.telemetry import where


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"))


class Unforeseen(Exception):
    pass


async def test_a_handler_that_raises_the_unforeseen_is_tried_later_and_then_becomes_a_persons_task(
    office, crm
):
    crm.faults["find"].extend([Unforeseen(EMAIL)] * 100)
    case = await office.case(await office.asked_and_proven("access"))
    first = await office.step(case.id, StepKind.SEARCH)
    assert (first.state, first.attempt, first.detail["reason"]) == (StepState.READY, 1, "Unforeseen")
    assert first.due_at == office.clock() + timedelta(seconds=1)
    await office.work_for(hours=1)
    step = await office.step(case.id, StepKind.SEARCH)
    assert (step.state, step.attempt) == (StepState.MANUAL, ATTEMPTS_MAX)
    assert crm.operations().count("find") == ATTEMPTS_MAX
    crm.faults.clear()
    await office.service.tasks.retry(await office.staff(), case.id, step.id)
    await office.work()
    assert (await office.one(case.id)).state is State.DELIVERED


async def test_a_handler_that_fails_in_the_middle_of_its_last_transaction_leaves_nothing_of_it(
    office, crm, sql, monkeypatch
):
    from dsar.store import findings

    whole = findings.add_segment

    async def broken(*args):
        await whole(*args)
        raise Unforeseen

    monkeypatch.setattr("dsar.store.findings.add_segment", broken)
    case = await office.case(await office.asked_and_proven("access"))
    assert await sql.fetchval("SELECT count(*) FROM segment") == 0
    assert case.state is State.SEARCHING
    monkeypatch.setattr("dsar.store.findings.add_segment", whole)
    await office.work_for(minutes=1)
    assert await office.record_ids(case.id) == ["r1"]


def a_step(attempt=1):
    from uuid import UUID

    from stage_office import BEGAN

    return Step(UUID(int=1), UUID(int=2), StepKind.ANSWER, "", {}, attempt, 1, None, {}, BEGAN)


def test_each_error_has_its_end():
    from stage_office import BEGAN

    until = BEGAN + timedelta(hours=3)
    later = decide(a_step(), Throttled("x", until=until), BEGAN)
    assert isinstance(later, Again)
    assert (later.at, later.burns_attempt) == (until, False)
    assert decide(a_step(), Unauthorised("x"), BEGAN) == ByHand({"reason": "Unauthorised", "text": "x"})
    assert decide(a_step(), Refused("x"), BEGAN) == ByHand({"reason": "Refused", "text": "x"})
    later = decide(a_step(3), Unreachable("x"), BEGAN)
    assert later == Again(BEGAN + timedelta(seconds=4), burns_attempt=True, detail={"reason": "Unreachable"})
    last = decide(a_step(ATTEMPTS_MAX), KeyError("a value"), BEGAN)
    assert last == ByHand({"reason": "KeyError", "attempts": ATTEMPTS_MAX})


def test_the_place_of_a_failure_names_no_value():
    def failing(value):
        raise ValueError(value)

    with pytest.raises(ValueError, match=EMAIL) as caught:
        failing(EMAIL)
    assert where(caught.value).startswith("test_the_place_of_a_failure_names_no_value.<locals>.failing:")
    assert where(ValueError()) == "unknown"


# Engines that run


@pytest.fixture
def quick(settings, connector):
    """Makes offices on the true clock whose engines hold short leases."""

    @asynccontextmanager
    async def open_(**changed):
        changed = {"lease_seconds": 1.5, "sweep_seconds": 0.2, **changed}
        async with open_service(msgspec.structs.replace(settings, **changed), now=utc_now) as service:
            yield Office(service, connector, utc_now)

    return open_


@asynccontextmanager
async def running(*offices):
    tasks = [asyncio.create_task(office.service.engine().run()) for office in offices]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in Postgres
            await asyncio.sleep(0.05)


def delivered(office, *references):
    async def look():
        return all([(await office.case(reference)).state is State.DELIVERED for reference in references])

    return look


async def vouched(office, right="access", **more):
    """A request that needs no code, so that nobody but the engine moves it."""
    raw = {"channel": "telephone", "proof": ProofKind.STAFF, "relations": ("prospect",), **more}
    from dsar.intake import RawSubmission, read

    submission = read(
        RawSubmission(rights=(right,), relations=raw.pop("relations"), email=raw.pop("email", EMAIL)),
        office.service.profile.profile,
        office.clock(),
        **raw,
    )
    return (await office.service.desk.take(submission)).request.reference


async def test_two_engines_at_once_run_each_step_once(quick):
    async with quick() as one, quick() as two:
        crm = await one.system("crm")
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        async with running(one, two):
            references = [await vouched(one) for _ in range(15)]
            await until(delivered(one, *references))
        assert crm.operations().count("find") == 15
        assert crm.operations().count("export") == 15
        assert await one.broken() is None


async def test_a_step_that_takes_longer_than_its_lease_stays_with_the_worker_that_holds_on_to_it(quick):
    # Long enough that none is lost where the machine stands still for a moment.
    async with quick(lease_seconds=3.0) as one, quick(lease_seconds=3.0) as two:
        crm = await one.system("crm")
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        gate = crm.hold("find")
        async with running(one, two):
            reference = await vouched(one)
            await crm.entered["find"].wait()
            await asyncio.sleep(3.5)  # more than the lease
            gate.set()
            await until(delivered(one, reference))
        assert crm.operations().count("find") == 1


async def test_what_a_worker_held_that_went_silent_is_taken_over(quick, sql):
    async with quick() as office:
        crm = await office.system("crm")
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        reference = await vouched(office)
        await sql.execute(
            "UPDATE step SET state = 'running', lease = 1, attempt = 1, leased_until = now() - interval '1 second' "
            "WHERE kind = 'fanout.search'"
        )
        async with running(office):
            await until(delivered(office, reference))
        step = await office.step((await office.case(reference)).id, StepKind.SEARCH)
        assert (step.attempt, crm.operations().count("find")) == (2, 1)


async def test_a_worker_that_stops_cleanly_gives_back_what_it_held_without_burning_an_attempt(quick, sql):
    async with quick(lease_seconds=600) as office:
        crm = await office.system("crm")
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        gate = crm.hold("find")
        async with running(office):
            reference = await vouched(office)
            await crm.entered["find"].wait()
        step = await office.step((await office.case(reference)).id, StepKind.SEARCH)
        assert (step.state, step.attempt) == (StepState.READY, 0)
        gate.set()
        async with running(office):
            await until(delivered(office, reference))


async def test_an_engine_outlives_the_loss_of_every_connection_to_its_database(quick, postgres_url):
    from urllib.parse import urlsplit

    async with quick() as office:
        crm = await office.system("crm")
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        name = urlsplit(office.service.settings.database_url).path.strip("/")
        admin = await asyncpg.connect(postgres_url)
        async with running(office) as tasks:
            first = await vouched(office)
            for _ in range(5):
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
                    name,
                )
                await asyncio.sleep(0.1)
            second = None
            while second is None:
                with suppress(Exception):
                    second = await vouched(office)
            await until(delivered(office, first, second))
            assert not tasks[0].done()
        await admin.close()
        assert await office.broken() is None


async def test_a_slow_system_holds_up_no_other_case(quick):
    async with quick() as office:
        slow, fast = await office.system("slow"), await office.system("fast")
        for system in (slow, fast):
            system.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        gate = slow.hold("find")
        async with running(office):
            references = [await vouched(office) for _ in range(6)]

            async def fast_done():
                return fast.operations().count("export") == 6

            await until(fast_done)
            assert "export" not in slow.operations()
            gate.set()
            await until(delivered(office, *references))


async def test_a_system_gets_no_more_calls_at_once_than_it_has_places(quick):
    async with quick() as office:
        crm = await office.system("crm", concurrency=2)
        crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
        gate = crm.hold("find")
        async with running(office):
            references = [await vouched(office) for _ in range(8)]

            async def both_places_taken():
                return crm.operations().count("find") >= 2

            await until(both_places_taken)
            await asyncio.sleep(0.3)
            assert crm.operations().count("find") == 2
            gate.set()
            await until(delivered(office, *references))
