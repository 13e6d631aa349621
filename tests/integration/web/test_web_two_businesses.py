"""A caller named by number alone, with calls at two businesses: each instructs in its own way, and gets its own calls."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from .recorder import Recorder
from .visitors import BOSS, member
from .world import KNOWN_PHONE, OTHER_TENANT, TENANT, World


class Hooks:
    """Both businesses' endpoints, by their paths."""

    def __init__(self) -> None:
        self.url = ""
        self.told: dict[str, list[dict[str, Any]]] = {}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line)
        body = json.loads(await reader.readexactly(int(length)))
        self.told.setdefault(head.split(" ")[1].strip("/"), []).append(body)
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def types(self, tenant: str) -> list[str]:
        return [body["type"] for body in self.told[tenant]]

    def case(self, tenant: str) -> str:
        """The case that was forwarded."""
        return str(next(b["data"]["case_id"] for b in self.told[tenant] if b["type"] == "case.forwarded"))


@pytest.fixture
async def hooks() -> AsyncIterator[Hooks]:
    made = Hooks()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


def calls(archive: bytes) -> list[int]:
    """The numbers of all calls in an archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        texts = [
            opened.read(name) for name in opened.namelist() if name.endswith(".json") and "data/" in name
        ]
    return sorted(record["data"]["call"] for text in texts for record in _records(json.loads(text)))


def _records(found: Any) -> list[dict[str, Any]]:
    return found["records"] if isinstance(found, dict) else found  # type: ignore[no-any-return]


async def test_two_businesses_two_webhooks_two_instructions_two_bundles(
    world: World, recorder: Recorder, hooks: Hooks
) -> None:
    """GDPR 28(3)(a), 28(3)(e)"""
    recorder.people[OTHER_TENANT, "phone", KNOWN_PHONE] = [{"call": 8}, {"call": 9}]
    by_api = await world.controller(TENANT, webhook=f"{hooks.url}/{TENANT}")
    by_page = await world.controller(OTHER_TENANT, webhook=f"{hooks.url}/{OTHER_TENANT}")
    boss = await member(world, by_page.id)

    reference = await world.asked(email=None, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    parent, *cut = await world.cases(reference)
    assert (parent["controller_id"], {case["controller_id"] for case in cut}) == (
        None,
        {by_api.id, by_page.id},
    )
    assert [hooks.types(tenant) for tenant in (TENANT, OTHER_TENANT)] == [["case.forwarded"]] * 2

    await by_api.instruct(hooks.case(TENANT), "fulfil")
    await boss.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    await world.drain()
    await boss.client.post(boss.links()[0])
    theirs = hooks.case(OTHER_TENANT)
    assert f'href="/business/cases/{theirs}"' in (await boss.client.get("/business")).text
    assert (await boss.client.post(
        f"/business/cases/{theirs}/instruction", data={"instruction": "fulfil", "answer_to": "controller"}
    )).status_code == 303  # fmt: skip
    await world.drain()

    first = await by_api.client.get(f"/api/v1/controller/cases/{hooks.case(TENANT)}/bundle")
    second = await boss.client.get(f"/business/cases/{theirs}/bundle/1")
    assert calls(first.content) == [1, 2]
    assert calls(second.content) == [8, 9]
    assert [hooks.types(tenant)[-1] for tenant in (TENANT, OTHER_TENANT)] == ["bundle.ready"] * 2

    told = " ".join(message.text for message in world.messages(KNOWN_PHONE))
    status = (await world.client.get(f"/requests/{reference}")).text
    for name in ("acme", "globex"):
        assert name not in told
        assert name not in status
    assert "/download/" not in told
