"""A real worker, killed in the middle; Valkey emptied, killed and away: every case ends, every order is done once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from engine_files import RECORDS, FolderConnector, FolderSettings
from redis.asyncio import Redis
from stage_office import Office
from test_engine_loop import until, vouched

from dsar.contract import OrderKind, Role
from dsar.domain.case import Outcome, State
from dsar.domain.work import StepKind, StepOutcome
from dsar.engine import open_service
from dsar.outbound import systems as outbound_systems
from dsar.settings import SETTINGS
from dsar.store import shipped, systems
from dsar.store.systems import SystemRow
from dsar.worker import Waker, waking, work

WORKER = Path(__file__).with_name("engine_worker.py")
PEOPLE = [f"person{number}@example.com" for number in range(5)]
KEYS = ("crm", "shop", "news")


@pytest.fixture
def connector(monkeypatch):
    double = FolderConnector()
    monkeypatch.setattr(
        outbound_systems, "entry_points", lambda group: [SimpleNamespace(load=lambda: double, value="folder")]
    )
    outbound_systems.installed.cache_clear()
    yield double
    outbound_systems.installed.cache_clear()


@pytest.fixture
def live(settings, tmp_path):
    """Settings of a company that approves nothing, with short leases."""
    profile = tmp_path / "quick.toml"
    text = (shipped("profiles") / "demo.toml").read_text()
    profile.write_text(text.replace('approval = ["erasure"]', "approval = []"))
    return msgspec.structs.replace(settings, profile=str(profile), lease_seconds=1.5, sweep_seconds=0.3)


@pytest.fixture
async def front(live, connector, tmp_path):
    """The face that takes requests, with its waker, and three systems in folders."""
    async with waking(live.redis_url) as waker, open_service(live, wake=waker) as service:
        office = Office(service, connector, service.now)
        office.folders = {}
        for key in KEYS:
            folder = office.folders[key] = tmp_path / key
            folder.mkdir()
            await put(office, key, folder, 0.25)
        yield office


async def put(office, key, folder, seconds):
    raw = msgspec.json.encode(FolderSettings(str(folder), seconds))
    row = SystemRow(
        key=key,
        connector="folder",
        title=key,
        settings=office.service.vault.seal(raw, "system"),
        roles=(Role.CONTROLLER,),
        orders=(OrderKind.ERASE, OrderKind.SUPPRESS),
        attempts_max=10,
        retry_delay_seconds=0.2,
    )
    async with office.db.write() as tx:
        await systems.put(tx, row, office.clock())


def environment(live):
    values = {setting.name: getattr(live, setting.field) for setting in SETTINGS}
    told = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value != ""
    }
    return {**os.environ, **told, "PYTHONPATH": str(WORKER.parent)}


@pytest.fixture
def start(live):
    """Starts workers in processes of their own."""
    started = []

    def go():
        started.append(subprocess.Popen([sys.executable, str(WORKER)], env=environment(live)))
        return started[-1]

    yield go
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def lines(folder, name):
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


async def all_ended(office, references):
    return all([(await office.case(reference)).state is State.DELIVERED for reference in references])


def revive(embedded):
    os.kill(embedded.valkey_pid, signal.SIGKILL)
    while embedded.revive() != ["Valkey"]:
        pass


async def test_a_worker_killed_in_the_middle_and_an_emptied_and_killed_valkey_lose_and_double_nothing(
    front, start, sql, embedded, live
):
    accesses = [await vouched(front, email=person) for person in PEOPLE]
    erasures = [await vouched(front, "erasure", email=f"gone-{person}") for person in PEOPLE]
    killed = 0
    for ordered in (1, 8):
        worker = start()

        async def some_ordered(least=ordered):
            return sum(len(lines(folder, "orders")) for folder in front.folders.values()) >= least

        await until(some_ordered, 60)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed += await sql.fetchval("SELECT count(*) FROM step WHERE state = 'running'")
        client = Redis.from_url(live.redis_url)
        await client.flushall()
        await client.aclose()
        revive(embedded)
    assert killed > 0, "the worker was killed while it held nothing: the test proves nothing"
    start()
    await until(lambda: all_ended(front, [*accesses, *erasures]), 120)

    # Each order had its effect once, however often it was sent: a stop and an erasure for each person and system.
    for folder in front.folders.values():
        effects = Counter(lines(folder, "effects"))
        assert effects == {f"{kind} gone-{person}": 1 for kind in ("Suppress", "Erase") for person in PEOPLE}
        assert len(set(lines(folder, "orders"))) == len(effects)
    # Each copy holds everything once.
    for reference in accesses:
        case = await front.case(reference)
        assert case.outcome is Outcome.FULFILLED
        assert sorted(await front.record_ids(case.id)) == sorted(
            f"{n:02d}" for n in range(RECORDS) for _ in KEYS
        )
    for reference in erasures:
        case = await front.case(reference)
        assert case.outcome is Outcome.FULFILLED
        checks = await front.steps(case.id, StepKind.VERIFY)
        assert [check.outcome for check in checks] == [StepOutcome.DONE] * len(KEYS)
    # Each message left once: a repeated one bears the same id, and so replaces itself.
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0
    assert len(front.outbox.messages(1000)) == await sql.fetchval("SELECT count(*) FROM outbox")
    assert (
        await sql.fetchval(
            "SELECT count(*) FROM step WHERE state <> 'done' AND kind NOT IN ('delivery.close', 'fanout.recheck')"
        )
        == 0
    )
    assert await front.broken() is None


@asynccontextmanager
async def working(live, **changed):
    """A worker in this process."""
    task = asyncio.create_task(work(msgspec.structs.replace(live, **changed)))
    try:
        yield task
    finally:
        task.cancel()
        async with asyncio.timeout(20):
            await asyncio.gather(task, return_exceptions=True)


async def quick_systems(front):
    for key, folder in front.folders.items():
        await put(front, key, folder, 0.0)


async def test_a_wake_up_reaches_a_worker_that_would_not_look_by_itself_for_an_hour(front, live):
    await quick_systems(front)
    async with working(live, sweep_seconds=3600.0):
        for person in PEOPLE[:2]:
            reference = await vouched(front, email=person)
            await until(lambda reference=reference: all_ended(front, [reference]), 30)


async def test_without_a_wake_up_such_a_worker_finds_nothing(front, live, sql):
    """What the test above shows is the wake-up and not the sweep."""
    await quick_systems(front)
    async with working(live, sweep_seconds=3600.0):
        first = await vouched(front, email=PEOPLE[0])
        await until(lambda: all_ended(front, [first]), 30)

        async def at_rest():
            # A step that ends makes its worker look, too: the last message has to be out.
            return not await sql.fetchval(
                "SELECT count(*) FROM step WHERE state IN ('ready', 'running') AND due_at < now()"
            )

        await until(at_rest, 30)
        await asyncio.sleep(1.0)
        object.__setattr__(front.service.desk, "_wake", lambda: None)
        second = await vouched(front, email=PEOPLE[1])
        await asyncio.sleep(1.5)
        assert (await front.case(second)).state is State.SEARCHING


async def test_what_was_filed_while_valkey_was_away_is_found_when_it_is_back(front, live, embedded):
    await quick_systems(front)
    async with working(live, sweep_seconds=3600.0) as worker:
        first = await vouched(front, email=PEOPLE[0])
        await until(lambda: all_ended(front, [first]), 30)
        os.kill(embedded.valkey_pid, signal.SIGKILL)
        second = await vouched(front, email=PEOPLE[1])
        await asyncio.sleep(0.3)
        assert not worker.done()
        while embedded.revive() != ["Valkey"]:  # noqa: ASYNC110 - it is seen dead a moment after the signal
            await asyncio.sleep(0.05)
        await until(lambda: all_ended(front, [second]), 30)
        third = await vouched(front, email=PEOPLE[2])
        await until(lambda: all_ended(front, [third]), 30)


async def test_the_sweep_finds_the_work_while_valkey_stays_away(front, live, tmp_path):
    await quick_systems(front)
    async with working(live, redis_url=f"unix://{tmp_path}/nobody"):
        reference = await vouched(front, email=PEOPLE[0])
        await until(lambda: all_ended(front, [reference]), 30)


async def test_a_worker_ends_when_it_is_asked_to_while_valkey_is_away(front, live, tmp_path):
    for url in (f"unix://{tmp_path}/nobody", live.redis_url):
        async with working(live, redis_url=url) as worker:
            await asyncio.sleep(1.2)
            assert not worker.done()
        assert worker.done()


async def test_the_waker_never_fails_its_caller_and_keeps_trying(tmp_path, live):
    waker = Waker(f"unix://{tmp_path}/nobody")
    task = asyncio.create_task(waker.run())
    for _ in range(50):
        waker()
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    assert not task.done()
    waker._settings = Waker(live.redis_url)._settings
    client = Redis.from_url(live.redis_url)
    await client.flushall()
    waker()

    async def queued():
        return await client.zcard("dsar:look") > 0

    await until(queued, 15)
    await client.flushall()
    await client.aclose()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await waker.close()


async def test_many_wake_ups_at_once_become_few_jobs(live):
    client = Redis.from_url(live.redis_url)
    await client.flushall()
    async with waking(live.redis_url) as waker:
        for _ in range(10_000):
            waker()

        async def queued():
            return await client.zcard("dsar:look") > 0

        await until(queued, 15)
        await asyncio.sleep(0.3)
        assert await client.zcard("dsar:look") <= 3
    await client.flushall()
    await client.aclose()


async def test_a_job_tells_nothing(live):
    client = Redis.from_url(live.redis_url)
    await client.flushall()
    async with waking(live.redis_url) as waker:
        waker()

        async def queued():
            return await client.zcard("dsar:look") > 0

        await until(queued, 15)
    (key,) = [key async for key in client.scan_iter("arq:job:*")]
    import pickle

    job = pickle.loads(await client.get(key))
    assert (job["f"], job["a"], job["k"]) == ("look", (), {})
    await client.flushall()
    await client.aclose()


def test_a_worker_given_no_operators_key_names_the_setting_and_ends(live):
    done = subprocess.run(
        [sys.executable, str(WORKER)],
        env={**environment(live), "DSAR_OPERATOR_KEY": "short"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "DSAR_OPERATOR_KEY" in done.stderr
