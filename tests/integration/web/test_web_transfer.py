"""The page from which a copy goes to another provider, staff's list of it, and the sample receiver of the docs."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import Struct

from .test_web_download import opened
from .world import Staff, World

SAMPLE = Path(__file__).parents[3] / "docs" / "receivers" / "transfer_receiver.py"
CODE = "K7-44"
HOSTILE = "<script>alert(1)</script>&quot;"


class Sample(Struct):
    """The sample receiver, as a process of its own."""

    url: str
    folder: Path


@pytest.fixture
async def sample(tmp_path: Path) -> AsyncIterator[Sample]:
    (tmp_path / "codes.txt").write_text(f"{CODE}\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SAMPLE),
        env={
            "PATH": os.environ["PATH"],
            "PORT": "0",
            "CODES": str(tmp_path / "codes.txt"),
            "FOLDER": str(tmp_path / "inbox"),
            "RECEIVER": HOSTILE,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        yield Sample(line.removeprefix("listening on ") + "/take", tmp_path / "inbox")
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def link(world: World) -> str:
    """A link to a copy to take elsewhere, opened with its code."""
    _, path = await world.answered(rights=["portability"])
    assert (await opened(world, path)).status_code == 200
    return path


async def offered(world: World, link: str, url: str, reference: str = CODE) -> str:
    """The page after an offer."""
    answer = await world.client.post(f"{link}/transfer", data={"url": url, "reference": reference})
    assert answer.status_code == 303, answer.text
    return (await world.client.get(f"{link}/transfer")).text


async def test_the_sample_receiver_takes_what_the_person_confirmed_on_the_page(
    world: World, staff: Staff, link: str, sample: Sample
) -> None:
    assert f"{link}/transfer" in (await world.client.get(link)).text
    page = await offered(world, link, sample.url)
    host = sample.url.removeprefix("http://").removesuffix("/take")
    assert host in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    found = re.search(r'name="transfer" value="([\w-]+)"', page)
    assert found is not None
    confirmed = await world.client.post(f"{link}/transfer/confirm", data={"transfer": found[1]})
    assert confirmed.status_code == 303
    assert "on its way" in (await world.client.get(f"{link}/transfer")).text
    await world.drain()
    taken = (sample.folder / f"{found[1]}.zip").read_bytes()
    kept = (await world.rows("SELECT sha256 FROM bundle"))[0]
    assert sha256(taken).digest() == kept["sha256"]
    assert "The provider has your file" in (await world.client.get(f"{link}/transfer")).text
    case_id = (await world.rows("SELECT case_id FROM transfer"))[0]["case_id"]
    (listed,) = (await staff.client.get(f"/api/v1/cases/{case_id}/transfers")).json()
    assert (listed["state"], listed["number"]) == ("delivered", 1)
    assert host not in str(listed)
    again = await staff.client.post(f"/api/v1/cases/{case_id}/transfers/{listed['id']}/cancel")
    assert again.status_code == 409


async def test_a_code_that_the_receiver_never_gave_is_declined_in_words(
    world: World, link: str, sample: Sample
) -> None:
    page = await offered(world, link, sample.url, "guessed")
    assert "does not take the file" in page
    assert "Send my data to this address" not in page


async def test_what_was_typed_wrong_is_said_beside_its_field_and_stays(world: World, link: str) -> None:
    answer = await world.client.post(
        f"{link}/transfer", data={"url": "https://10.0.0.8/<b>", "reference": CODE}
    )
    assert answer.status_code == 422
    assert "does not lead to a public address" in answer.text
    assert "https://10.0.0.8/&lt;b&gt;" in answer.text


async def test_without_the_cookie_of_the_code_every_address_of_it_leads_to_the_code(
    world: World, link: str
) -> None:
    stranger = world.new_client()
    before = await world.snapshot()
    for answer in (
        await stranger.get(f"{link}/transfer"),
        await stranger.post(f"{link}/transfer", data={"url": "https://take.example.com", "reference": CODE}),
        await stranger.post(f"{link}/transfer/confirm", data={"transfer": str(uuid4())}),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, link)
    for _ in range(2):  # nor does a look by the person change anything
        await world.client.get(f"{link}/transfer")
        await world.client.head(f"{link}/transfer/confirm")
    assert await world.snapshot() == before


async def test_another_copy_is_none_to_send_on(world: World) -> None:
    _, path = await world.answered(rights=["access"])
    await opened(world, path)
    assert f"{path}/transfer" not in (await world.client.get(path)).text
    assert (await world.client.get(f"{path}/transfer")).status_code == 404
    body = {"url": "https://take.example.com", "reference": CODE}
    assert (await world.client.post(f"{path}/transfer", data=body)).status_code == 404


async def test_a_confirmation_of_something_else_than_was_shown_is_refused(world: World, link: str) -> None:
    for wrong in ("", "x", str(uuid4())):
        answer = await world.client.post(f"{link}/transfer/confirm", data={"transfer": wrong})
        assert answer.status_code == 422
        assert "can no longer be confirmed" in answer.text


async def test_staff_answers_without_a_system_that_is_still_searched(world: World, staff: Staff) -> None:
    world.recorder.failing = True
    reference = await world.asked()
    await world.prove(reference)
    await world.engine.drain()
    (case,) = await world.cases(reference)
    assert case["state"] == "searching"
    assert (await staff.client.post(f"/api/v1/cases/{case['id']}/leave-open")).status_code == 204
    await world.drain()
    assert (await world.cases(reference))[0]["state"] == "delivered"
    assert (await staff.client.post(f"/api/v1/cases/{case['id']}/leave-open")).status_code == 409
