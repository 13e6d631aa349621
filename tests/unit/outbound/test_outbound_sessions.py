"""Sessions of connected systems: shared, renewed, left when nobody needs them, and never half open."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
import pytest
from msgspec import Struct

from dsar.contract import Coverage, Manifest, Refused, Session, Throttled, Unauthorised, Unreachable
from dsar.domain.health import Standing
from dsar.outbound import OpenSystem, Systems, Turn, Withheld, guarded_client, installed, opened, paced
from dsar.outbound.http import GuardedClient

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Settings(Struct, frozen=True):
    name: str = "a"


class Told:
    """A keeper that writes down what it is told."""

    def __init__(self):
        self.turns = []
        self.said = []
        self.wait = Turn(taken=True, seconds=0.0)
        self.current = True

    async def turn(self, key, pace, wait_seconds):
        self.turns.append(wait_seconds)
        return self.wait

    async def hold(self, key, until):
        self.said.append(("hold", key, until))

    async def failed(self, key, version):
        self.said.append(("failed", key, version))

    async def answered(self, key, version):
        self.said.append(("answered", key, version))

    async def refused_us(self, key, version, reason):
        self.said.append(("refused_us", key, version, reason))
        return self.current


class Sample(Session):
    """Connector and session: says what was opened and closed, and by which task."""

    collections: ClassVar = {}

    def __init__(self):
        self.manifest = Manifest(
            "sample", "Sample", Settings, frozenset(), frozenset(), calls_per_minute=None
        )
        self.events = []
        self.closed = asyncio.Event()
        self.open_fault = None
        self.open_gate = None
        self.items = 3
        self.silent = None

    def orders(self, settings):
        return frozenset()

    @asynccontextmanager
    async def open(self, settings, tools):
        self.http = tools.http
        if self.open_gate is not None:
            await self.open_gate.wait()
        if self.open_fault is not None:
            raise self.open_fault
        task = asyncio.current_task()
        self.events.append(f"open {settings.name}")
        try:
            yield self
        finally:
            assert asyncio.current_task() is task, "a context is left by the task that entered it"
            self.events.append(f"close {settings.name}")
            self.closed.set()

    async def probe(self):
        if self.silent is not None:
            await self.silent.wait()
        return Coverage()

    async def find(self, refs, scope):
        for number in range(self.items):
            yield number
        if self.silent is not None:
            await self.silent.wait()


@pytest.fixture
def sample():
    made = Sample()
    installed()["sample"] = made
    yield made
    del installed()["sample"]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
async def systems(sample, told):
    def answer(request):
        return httpx.Response(200, json={})

    client = GuardedClient(httpx.MockTransport(answer))
    made = Systems(client, told, lambda: NOW, places=3)
    yield made
    await made.close()
    await client.aclose()


def one(version=1, name="a", **more):
    settings = b'{"name": "%s"}' % name.encode()
    return OpenSystem(**{"key": "s", "connector": "sample", "settings": settings, "version": version, **more})


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_session_is_opened_once_and_shared(systems, sample):
    async with systems.session(one()) as first, systems.session(one()) as second:
        assert (
            [n async for n in first.find([], None)] == [n async for n in second.find([], None)] == [0, 1, 2]
        )
    assert sample.events == ["open a"]


async def test_changed_settings_open_anew_and_the_old_session_goes_when_its_last_user_has_left(
    systems, sample
):
    async with systems.session(one()) as old, systems.session(one(2, "b")):
        await settle()
        assert sample.events == ["open a", "open b"]
        assert [n async for n in old.find([], None)] == [0, 1, 2]
    await settle()
    assert sample.events == ["open a", "open b", "close a"]


async def test_a_step_that_read_the_settings_before_their_change_does_not_bring_them_back(systems, sample):
    async with systems.session(one(2, "b")):
        pass
    async with systems.session(one(1, "a")):
        pass
    async with systems.session(one(2, "b")):
        pass
    await settle()
    assert sample.events == ["open b", "open a", "close a"]


async def test_an_opening_that_fails_is_told_to_all_who_wait_and_tried_again_by_the_next(
    systems, sample, told
):
    sample.open_gate = asyncio.Event()
    sample.open_fault = Unreachable("no")

    async def use():
        async with systems.session(one()):
            pytest.fail("not open")

    waiting = [asyncio.create_task(use()) for _ in range(3)]
    await settle()
    sample.open_gate.set()
    assert {type(error) for error in await asyncio.gather(*waiting, return_exceptions=True)} == {Unreachable}
    sample.open_fault = None
    async with systems.session(one()):
        assert sample.events == ["open a"]


async def test_a_failure_that_several_steps_met_together_is_counted_once(sample, told):
    at = [NOW]
    client = GuardedClient(httpx.MockTransport(lambda _: httpx.Response(200)))
    systems = Systems(client, told, lambda: at[0], places=8)
    gate = asyncio.Event()

    async def use():
        async with systems.session(one()):
            await gate.wait()
            raise Unreachable("no")

    waiting = [asyncio.create_task(use()) for _ in range(4)]
    await settle()
    at[0] += timedelta(seconds=1)
    gate.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert told.said == [("failed", "s", 1)]
    at[0] += timedelta(seconds=1)
    await asyncio.gather(use(), return_exceptions=True)
    assert told.said == [("failed", "s", 1)] * 2
    await systems.close()
    await client.aclose()


async def test_an_opening_that_hangs_is_given_up_and_leaves_nothing_open(systems, sample):
    sample.open_gate = asyncio.Event()
    with pytest.raises(Unreachable, match="opened within"):
        async with systems.session(one(timeout_seconds=0.05)):
            pytest.fail("not open")
    assert sample.events == []


async def test_closing_while_a_session_is_opened_leaves_nobody_waiting(systems, sample):
    sample.open_gate = asyncio.Event()

    async def use():
        async with systems.session(one()):
            pytest.fail("not open")

    waiting = asyncio.create_task(use())
    await settle()
    await systems.close()
    with pytest.raises(Unreachable, match="closed while"):
        await waiting


async def test_an_idle_session_is_closed_and_opened_again_when_needed(systems, sample, monkeypatch):
    monkeypatch.setattr(opened, "IDLE_SECONDS", 0.01)
    async with systems.session(one()):
        pass
    async with asyncio.timeout(5):
        await sample.closed.wait()
    async with systems.session(one()):
        assert sample.events == ["open a", "close a", "open a"]


async def test_more_steps_than_a_system_has_places_go_back_at_once(systems, monkeypatch):
    monkeypatch.setattr(opened, "WAIT_FOR_PLACE_SECONDS", 0.01)
    async with systems.session(one(concurrency=1)):
        with pytest.raises(Withheld, match="places"):
            async with systems.session(one(concurrency=1)):
                pytest.fail("no place")
    async with systems.session(one(concurrency=1)):
        pass


async def test_those_who_wait_are_bounded_too_so_that_other_systems_get_their_turn(
    systems, sample, monkeypatch
):
    monkeypatch.setattr(opened, "WAIT_FOR_PLACE_SECONDS", 60.0)

    async def wait():
        async with systems.session(one(concurrency=1)):
            pass

    async with systems.session(one(concurrency=1)):
        waiting = [asyncio.create_task(wait()) for _ in range(2)]
        await settle()
        with pytest.raises(Withheld):
            async with systems.session(one(concurrency=1)):
                pytest.fail("no place")
        async with systems.session(one(key="other")):
            pass
    await asyncio.gather(*waiting)


async def test_a_probe_takes_no_place(systems):
    async with (
        systems.session(one(concurrency=1)),
        systems.session(one(concurrency=1), probing=True) as session,
    ):
        assert await session.probe() == Coverage()


async def test_a_probe_that_hangs_ends_in_its_time(systems, sample, told):
    sample.silent = asyncio.Event()
    with pytest.raises(Unreachable, match="probe"):
        async with systems.session(one(timeout_seconds=0.05), probing=True) as session:
            await session.probe()
    assert told.said == [("failed", "s", 1)]


async def test_a_stream_without_a_sign_of_life_ends_in_its_time(systems, sample, told):
    sample.silent = asyncio.Event()
    with pytest.raises(Unreachable, match="no sign of life"):
        async with systems.session(one(timeout_seconds=0.01)) as session:
            [n async for n in session.find([], None)]
    assert told.said == [("failed", "s", 1)]


@pytest.mark.parametrize(
    ("standing", "error"),
    [
        (Standing(paused_reason="HTTP 401"), Unauthorised),
        (Standing(circuit_opened_at=NOW, probe_due_at=NOW + timedelta(seconds=30)), Withheld),
        (Standing(held_until=NOW + timedelta(seconds=30)), Withheld),
    ],
    ids=["paused", "silent", "held"],
)
async def test_a_system_that_is_not_to_be_asked_is_not_even_opened(systems, sample, told, standing, error):
    with pytest.raises(error):
        async with systems.session(one(standing=standing)):
            pytest.fail("asked")
    assert (sample.events, told.said) == ([], [])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unreachable("x"), [("failed", "s", 1)]),
        (Unauthorised("x"), [("refused_us", "s", 1, "x")]),
        (Throttled("x", until=NOW + timedelta(seconds=9)), [("hold", "s", NOW + timedelta(seconds=9))]),
        (Throttled("x", until=NOW + timedelta(days=9)), [("hold", "s", NOW + timedelta(days=1))]),
        (Withheld("x", until=NOW), []),
        (Refused("x"), []),
        (ValueError("x"), []),
    ],
    ids=["unreachable", "unauthorised", "throttled", "throttled-long", "withheld", "refused", "own-fault"],
)
async def test_what_is_met_is_told_to_the_keeper(systems, told, error, said):
    with pytest.raises(type(error)):
        async with systems.session(one()):
            raise error
    assert told.said == said


async def test_credentials_that_were_changed_while_the_old_ones_were_refused_are_tried_again(systems, told):
    told.current = False
    with pytest.raises(Withheld, match="changed meanwhile") as caught:
        async with systems.session(one()):
            raise Unauthorised("x")
    assert caught.value.until == NOW


async def test_a_system_that_had_failed_and_answers_is_told_of(systems, told):
    async with systems.session(one(failures=2)):
        pass
    async with systems.session(one()):
        pass
    assert told.said == [("answered", "s", 1)]


async def test_settings_are_tried_apart_and_nothing_of_it_is_kept_or_told(systems, sample, told):
    with pytest.raises(Unauthorised):
        async with systems.apart(one()):
            raise Unauthorised("x")
    await settle()
    assert (sample.events, told.said) == (["open a", "close a"], [])


async def test_each_call_takes_its_turn_at_the_limit_that_the_operator_or_else_the_vendor_set(
    systems, sample, told
):
    async with systems.session(one()):
        await sample.http.get("https://vendor.example/a")
    assert told.turns == [], "no limit is set"
    async with systems.session(one(2, calls_per_minute=40)):
        await sample.http.get("https://vendor.example/a")
        await sample.http.get("https://vendor.example/b")
    assert told.turns == [paced.WAIT_FIRST_SECONDS, paced.WAIT_LATER_SECONDS]


async def test_a_turn_that_is_far_away_is_not_waited_for(systems, sample, told):
    told.wait = Turn(taken=False, seconds=90.0)
    with pytest.raises(Withheld) as raised:
        async with systems.session(one(calls_per_minute=1)):
            await sample.http.get("https://vendor.example/a")
    assert raised.value.until == NOW + timedelta(seconds=90)
    assert told.said == []


async def test_a_system_that_answers_slowly_is_cut_off_at_its_own_time(sample, told, unused_tcp_port):
    async def never(reader, writer):
        await reader.read()  # until the other side hangs up
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", unused_tcp_port)
    client = guarded_client(allow_loopback=True)
    systems = Systems(client, told)
    with pytest.raises(httpx.ReadTimeout):
        async with systems.session(one(timeout_seconds=0.2)):
            await sample.http.get(f"http://127.0.0.1:{unused_tcp_port}/")
    await systems.close()
    await client.aclose()
    server.close()
    await server.wait_closed()
