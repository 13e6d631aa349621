"""Postgres and Valkey killed under load: the service comes back by itself, and what it accepted is there."""

import asyncio
import os
import signal

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct, field
from support.house import until

CLIENTS = 6
PAUSE_SECONDS = 0.03


class Load(Struct):
    """What the clients were answered."""

    accepted: list[str] = field(default_factory=list)
    unanswered: int = 0
    running: bool = True


async def client(house, load, number):
    """Somebody who keeps asking, each time under another address."""
    count = 0
    while load.running:
        count += 1
        body = {
            "rights": ["access"],
            "relations": ["prospect"],
            "email": f"load-{number}-{count}@example.org",
        }
        try:
            answer = await house.client.post("/api/v1/requests", json=body)
        except httpx.HTTPError:
            load.unanswered += 1
        else:
            if answer.is_success:
                load.accepted.append(answer.json()["reference"])
            else:
                assert answer.status_code in {429, 500, 503}, answer.text
                assert answer.headers["content-type"] == "application/problem+json"
                load.unanswered += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def more(load, count):
    """Wait until so many more were accepted."""
    wanted = len(load.accepted) + count

    async def there():
        return len(load.accepted) >= wanted

    await until(there, seconds=120, every=0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def loaded(house):
    load = Load()
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(client(house, load, number))
        try:
            await more(load, 50)
            os.kill(house.stack._embedded.valkey_pid, signal.SIGKILL)
            await more(load, 50)
            os.kill(house.stack._embedded.postgres_pid, signal.SIGKILL)
            await more(load, 50)
            os.kill(house.stack._embedded.postgres_pid, signal.SIGKILL)
            os.kill(house.stack._embedded.valkey_pid, signal.SIGKILL)
            await more(load, 100)
        finally:
            load.running = False
    return load


async def test_both_run_again_after_being_killed(house, loaded):
    assert house.stack._embedded.alive()
    assert (await house.client.get("/readyz")).json()["ready"] is True


def test_the_blows_were_felt(loaded):
    assert loaded.unanswered > 0


async def test_every_request_that_was_accepted_is_there(house, loaded):
    assert len(loaded.accepted) == len(set(loaded.accepted)) >= 250
    for reference in loaded.accepted:
        assert (await house.client.get(f"/requests/{reference}")).status_code == 200


async def test_each_of_them_gets_its_code(house, loaded):
    outbox = house.stack.data_dir / "service" / "outbox"

    async def all_sent():
        return len(list(outbox.glob("*.mail.json"))) >= len(loaded.accepted)

    await until(all_sent, seconds=120, every=0.2)


async def test_a_request_made_afterwards_is_answered_to_its_end(house, loaded):
    address = "petra.prospekti@example.com"
    reference = await house.person.ask_by_form(rights="access", relations="prospect", email=address)
    await house.person.prove(reference, "email", address)
    _, archive = await house.person.fetch(reference, address)

    assert archive


def test_the_histories_hold(house, loaded):
    ran = house.dsar("audit", "verify")

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("part", ["work", "serve"])
def test_the_logs_name_no_person(house, loaded, part):
    log = (house.stack.data_dir / "service" / f"{part}.log").read_text(encoding="utf-8")

    assert "@example.org" not in log
