"""Staff's hand on the links to an answer, the button on a dead one, a new address, and downloads over a real socket."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn

from dsar.vault.stream import CHUNK_BYTES

from .test_web_bad_input import checked
from .test_web_download import left, opened
from .test_web_download_ended import all_dead
from .world import KNOWN, Staff, World

NEW = "anna.new@example.org"
CHECKED = {"checked": "Called back on the number that we had."}


async def links(staff: Staff, case_id: Any) -> list[dict[str, Any]]:
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/links")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["links"]
    return found


@pytest.fixture
async def reviewer(world: World) -> Staff:
    return await world.staff("Reetta", "reviewer")


@pytest.fixture
async def answered(world: World) -> tuple[Any, str, str]:
    """A case whose answer is out, its reference, and the path of its link."""
    reference, link = await world.answered()
    return (await world.cases(reference))[0]["id"], reference, link


async def test_staff_ends_a_link_and_makes_a_new_one(
    world: World, staff: Staff, answered: tuple[Any, str, str]
) -> None:
    case_id, _, link = answered
    await opened(world, link)
    await world.client.get(f"{link}/bundle/1")
    (shown,) = await links(staff, case_id)
    assert (shown["sent_to"], shown["downloads_left"], shown["ended"]) == ("a…@e…", 4, None)
    assert [one["type"] for one in shown["accesses"]] == ["answer.opened", "bundle.downloaded"]

    assert (await staff.act(case_id, f"links/{shown['id']}/revoke")).status_code == 204
    checked(await staff.act(case_id, f"links/{shown['id']}/revoke"), 404)
    await all_dead(world, link, "we have ended it")

    key = {"Idempotency-Key": str(uuid4())}
    made = [await staff.client.post(f"/api/v1/cases/{case_id}/links", json={}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert [one["ended"] for one in await links(staff, case_id)] == ["ended", None]
    new = await world.link(KNOWN)
    assert new != link
    assert "<h1>Your answer</h1>" in (await opened(world, new)).text


async def test_a_link_of_another_case_or_to_an_address_of_another_is_not_touched(
    world: World, staff: Staff, answered: tuple[Any, str, str]
) -> None:
    case_id, _, link = answered
    other, _ = await world.answered(email="berta.other@example.com")
    other_id = (await world.cases(other))[0]["id"]
    (theirs,) = await links(staff, other_id)
    before = await world.snapshot()
    checked(await staff.act(case_id, f"links/{theirs['id']}/revoke"), 404)
    checked(await staff.act(case_id, "links", identity=theirs["identity"]), 422)
    checked(await staff.act(uuid4(), "links"), 404)
    checked(await staff.client.get(f"/api/v1/cases/{uuid4()}/links"), 404)
    assert await world.snapshot() == before
    assert (await world.client.get(link)).status_code == 200


async def test_links_a_day_are_limited(world: World, staff: Staff, answered: tuple[Any, str, str]) -> None:
    case_id, _, _ = answered
    statuses = [(await staff.act(case_id, "links")).status_code for _ in range(6)]
    assert statuses == [201] * 4 + [422] * 2  # one went out with the answer


async def test_a_dead_link_offers_another_to_the_same_mailbox_and_tells_nothing_more(
    world: World, answered: tuple[Any, str, str]
) -> None:
    _, _, link = answered
    world.clock.forward(days=14)
    assert f'action="{link}/again"' in (await world.client.get(link)).text
    pages = [await world.client.post(f"{link}/again") for _ in range(4)]
    await world.drain()
    assert {page.status_code for page in pages} == {200}
    # The first made one, and what the page says is the same.
    assert len({page.text for page in pages}) == 1
    new = await world.link(KNOWN)
    assert new != link
    assert (await world.client.get(new)).status_code == 200
    assert len(await world.rows("SELECT 1 FROM download")) == 2


async def test_an_address_is_set_by_reviewers_and_proven_on_the_page_of_the_request(
    world: World, staff: Staff, reviewer: Staff, answered: tuple[Any, str, str]
) -> None:
    case_id, reference, link = answered
    checked(await staff.act(case_id, "address", email=NEW, **CHECKED), 403)
    assert "Nothing is left to confirm." in (await world.client.get(f"/verify/{reference}")).text
    answer = await reviewer.act(case_id, "address", email=NEW, **CHECKED)
    assert answer.status_code == 201, answer.text
    page = await world.client.get(f"/verify/{reference}")
    assert "Confirm the new address" in page.text
    assert "a…@e…" in page.text
    assert NEW not in page.text
    code = await world.code(NEW)
    address = f"/verify/{reference}/address"
    wrong = await world.client.post(address, data={"code": f"{(int(code) + 1) % 10**6:06d}"})
    assert wrong.status_code == 422
    assert "Type it once more." in wrong.text
    assert (await world.client.post(f"{address}/send")).status_code == 200
    assert (await world.client.post(address, data={"code": await world.code(NEW)})).status_code == 303
    await all_dead(world, link, "A newer link has taken its place")
    assert "<h1>Your answer</h1>" in (await opened(world, await world.link(NEW), NEW)).text
    shown = await reviewer.case(case_id)
    assert [note["text"] for note in shown["notes"]] == [CHECKED["checked"]]
    told = [(event["type"], event["data"].get("kind")) for event in shown["events"]]
    assert ("address.set", "email") in told
    assert ("identity.proven", "email") in told


@pytest.mark.parametrize(
    "body",
    [
        {}, CHECKED, {"email": NEW}, {"email": NEW, "checked": " "}, {"email": "x", **CHECKED},
        {"email": NEW, "phone": "+358401112223", **CHECKED}, {"email": NEW, **CHECKED, "more": 1},
    ],
    ids=["empty", "no-address", "unchecked", "blank", "no-email", "both", "unknown"],
)  # fmt: skip
async def test_an_address_that_cannot_be_used_is_named_and_nothing_is_written(
    world: World, reviewer: Staff, answered: tuple[Any, str, str], body: dict[str, str]
) -> None:
    case_id, _, _ = answered
    before = await world.snapshot()
    answer = await reviewer.act(case_id, "address", **body)
    assert answer.status_code in {400, 422}
    assert NEW not in answer.text
    assert await world.snapshot() == before


# -- over a socket


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The application behind the server that `dsar serve` uses."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(world.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def enlarged(world: World, size: int) -> None:
    """The archive replaced by one of that size, which no socket's buffers hold."""
    from dsar.store import cases

    (row,) = await world.rows("SELECT case_id, blob_key FROM bundle")
    async with world.service.db.read() as connection:
        case = await cases.one(connection, row["case_id"])

    async def pieces() -> AsyncIterator[bytes]:
        piece = secrets.token_bytes(CHUNK_BYTES)
        for _ in range(size // CHUNK_BYTES):
            yield piece

    key = world.service.vault.case_key(case.wrapped_key)
    await world.service.blobs.put_sealed(row["blob_key"], pieces(), key, "bundle")
    await world.run("UPDATE bundle SET bytes = $1", size)


async def test_a_client_that_goes_away_leaves_nothing_open_and_can_come_back(
    world: World, answered: tuple[Any, str, str]
) -> None:
    _, _, link = answered
    size = 64 * 1024 * 1024
    await enlarged(world, size)
    cookie = (await opened(world, link)).headers["set-cookie"].partition(";")[0]
    running = world.service.downloading._streams._running
    async with served(world) as url, httpx.AsyncClient(base_url=url, headers={"cookie": cookie}) as client:
        async with client.stream("GET", f"{link}/bundle/1") as answer:
            assert answer.headers["content-length"] == str(size)
            await anext(answer.aiter_raw())
            assert running.total() == 1
            idle = "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
            assert await world.rows(idle) == []
        async with asyncio.timeout(30):
            while running:  # noqa: ASYNC110 - the server hears of it by itself
                await asyncio.sleep(0.01)
        etag = answer.headers["etag"]
        part = await client.get(f"{link}/bundle/1", headers={"range": f"bytes={size - 5}-", "if-range": etag})
        assert (part.status_code, len(part.content)) == (206, 5)
        assert part.headers["cache-control"] == "no-store"
        assert part.headers["referrer-policy"] == "no-referrer"
    assert await left(world) == 4


async def test_one_download_too_many_is_told_to_wait_and_takes_nothing(
    world: World, answered: tuple[Any, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, link = answered
    await opened(world, link)
    monkeypatch.setattr("dsar.delivery.streaming.AT_ONCE_MAX", 0)
    refused = await world.client.get(f"{link}/bundle/1")
    checked(refused, 429)
    assert int(refused.headers["retry-after"]) > 0
    assert await left(world) == 5


async def test_a_link_that_is_ended_cuts_the_connection_of_the_download(
    world: World, staff: Staff, answered: tuple[Any, str, str]
) -> None:
    case_id, _, link = answered
    await enlarged(world, 64 * 1024 * 1024)
    cookie = (await opened(world, link)).headers["set-cookie"].partition(";")[0]
    async with (
        served(world) as url,
        httpx.AsyncClient(base_url=url, headers={"cookie": cookie}) as client,
        client.stream("GET", f"{link}/bundle/1") as answer,
    ):
        pieces = answer.aiter_raw()
        await anext(pieces)
        (shown,) = await links(staff, case_id)
        await staff.act(case_id, f"links/{shown['id']}/revoke")
        world.clock.forward(seconds=10)
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in pieces:
                pass
