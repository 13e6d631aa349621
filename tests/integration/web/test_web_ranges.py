"""A broken download goes on: each range of a bundle is those bytes of the whole, and what makes no sense is ignored."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.exceptions import HTTPException, LitestarException

from dsar.delivery.downloading import Part
from dsar.domain.controllers import ControllerActor
from dsar.store.deliveries import BundleRow
from dsar.vault import VaultError
from dsar.vault.stream import CHUNK_BYTES
from dsar.web.ranges import wanted

from .recorder import Recorder
from .test_web_bad_input import checked
from .world import KNOWN_PHONE, OTHER_TENANT, TENANT, Controller, World


@pytest.fixture
async def url(world: World, controller: Controller, recorder: Recorder) -> str:
    """A bundle of several sealed chunks."""
    import secrets

    recorder.people[TENANT, "phone", KNOWN_PHONE] = [
        {"call": number, "words": secrets.token_hex(4000)} for number in range(60)
    ]
    answer = await controller.create(instruction="fulfil")
    await world.drain()
    return f"/api/v1/controller/cases/{answer.json()['cases'][0]}/bundle"


async def fetch(controller: Controller, url: str, asked: str | None = None, **more: str) -> httpx.Response:
    headers = ({"range": asked} if asked else {}) | more
    return await controller.client.get(url, headers=headers)


async def downloads(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM event WHERE type = 'bundle.downloaded'"))


async def test_ranges_are_those_bytes_of_the_whole(world: World, controller: Controller, url: str) -> None:
    whole = await fetch(controller, url)
    size = len(whole.content)
    assert size > 3 * CHUNK_BYTES
    assert whole.headers["accept-ranges"] == "bytes"
    asked = [
        ("0-0", 0, 1),
        ("0-", 0, size),
        (f"0-{size - 1}", 0, size),
        (f"{CHUNK_BYTES - 1}-{CHUNK_BYTES}", CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (f"{CHUNK_BYTES}-{2 * CHUNK_BYTES - 1}", CHUNK_BYTES, 2 * CHUNK_BYTES),
        (f"{size - 1}-", size - 1, size),
        (f"5-{size * 10}", 5, size),
        ("-1", size - 1, size),
        (f"-{size * 10}", 0, size),
        ("1000-200000", 1000, 200001),
    ]
    for text, start, stop in asked:
        part = await fetch(controller, url, f"bytes={text}")
        assert part.status_code == 206, text
        assert part.content == whole.content[start:stop], text
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert part.headers["content-length"] == str(stop - start)
        assert part.headers["etag"] == whole.headers["etag"]
        assert part.headers["cache-control"] == "no-store"


async def test_a_download_that_broke_off_goes_on_and_counts_as_one(
    world: World, controller: Controller, url: str
) -> None:
    head = await controller.client.head(url)
    size = int(head.headers["content-length"])
    got = b""
    while len(got) < size:
        part = await fetch(
            controller, url, f"bytes={len(got)}-{len(got) + 99_999}", **{"if-range": head.headers["etag"]}
        )
        assert part.status_code == 206
        got += part.content
    assert await downloads(world) == 1
    assert got == (await fetch(controller, url)).content
    assert await downloads(world) == 2
    world.clock.forward(hours=2)
    await fetch(controller, url, "bytes=10-20")
    assert await downloads(world) == 3


async def test_a_download_ends_with_the_key_that_it_is_fetched_with(
    world: World, controller: Controller, url: str
) -> None:
    (key,) = await world.rows("SELECT id FROM credential WHERE controller_id = $1", controller.id)
    downloading = world.service.downloading
    its, another = (ControllerActor(controller.id, f"key:{one}") for one in (key["id"], uuid4()))
    archive = await downloading.of_controller(its, UUID(url.split("/")[5]))
    ended, goes_on = [await downloading.for_controller(actor, archive) for actor in (its, another)]
    for stream in (ended, goes_on):
        await anext(stream)
    await world.run("UPDATE credential SET revoked_at = now() WHERE id = $1", key["id"])
    world.clock.forward(seconds=6)
    with pytest.raises(VaultError):
        await anext(ended)
    async for _ in goes_on:
        pass


async def test_head_says_size_and_name_and_downloads_nothing(
    world: World, controller: Controller, url: str
) -> None:
    head = await controller.client.head(url)
    kept = (await world.rows("SELECT sha256, bytes FROM bundle"))[0]
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(kept["bytes"])
    assert head.headers["etag"] == f'"{kept["sha256"].hex()}"'
    assert head.headers["accept-ranges"] == "bytes"
    assert head.headers["content-type"] == "application/zip"
    assert await downloads(world) == 0


async def test_a_range_after_the_end_is_refused_with_the_size(
    world: World, controller: Controller, url: str
) -> None:
    size = int((await controller.client.head(url)).headers["content-length"])
    for asked in (f"bytes={size}-", f"bytes={size}-{size + 5}", f"bytes={'9' * 40}-", "bytes=-0"):
        refused = await fetch(controller, url, asked)
        checked(refused, 416)
        assert refused.headers["content-range"] == f"bytes */{size}"
    assert await downloads(world) == 0


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,3-4",
        "bytes=5-4",
        "bytes=-",
        "bytes=a-b",
        "lines=0-1",
        "bytes 0-1",
        "bytes=0-1-2",
        "=",
        "bytes=1",
    ],
)
async def test_a_range_that_makes_no_sense_or_is_several_is_ignored(
    world: World, controller: Controller, url: str, asked: str
) -> None:
    answer = await fetch(controller, url, asked)
    assert answer.status_code == 200
    assert "content-range" not in answer.headers
    assert answer.headers["content-length"] == str(len(answer.content))


async def test_a_range_of_another_archive_than_this_is_not_served(
    world: World, controller: Controller, url: str
) -> None:
    etag = (await controller.client.head(url)).headers["etag"]
    for name in ('"other"', f"W/{etag}", "Mon, 02 Mar 2026 10:00:00 GMT"):
        assert (await fetch(controller, url, "bytes=0-9", **{"if-range": name})).status_code == 200
    assert (await fetch(controller, url, "bytes=0-9", **{"if-range": etag})).status_code == 206


async def test_anothers_archive_has_no_size_no_name_and_no_range(
    world: World, controller: Controller, url: str
) -> None:
    other = await world.controller(OTHER_TENANT)
    for asked in (None, "bytes=0-9", "bytes=99999999-"):
        answer = await fetch(other, url, asked)
        checked(answer, 404)
        assert not {"etag", "content-range", "accept-ranges"} & set(answer.headers)
    assert (await other.client.head(url)).status_code == 404
    assert await downloads(world) == 0


async def test_an_archive_that_was_spoiled_is_not_served_in_part(
    world: World, controller: Controller, url: str
) -> None:
    blob_key = (await world.rows("SELECT blob_key FROM bundle"))[0]["blob_key"]
    spoiled = bytearray(await world.service.blobs.get(blob_key))
    spoiled[20] ^= 1
    await world.service.blobs.put(blob_key, bytes(spoiled))
    size = int((await controller.client.head(url)).headers["content-length"])
    good = await fetch(controller, url, f"bytes={size - 10}-")
    assert (good.status_code, len(good.content)) == (206, 10)
    with pytest.raises(LitestarException, match="after response started"):  # it breaks: no wrong byte is sent
        await fetch(controller, url, "bytes=0-9")


# -- reading the header


def found(size: int) -> BundleRow:
    row: dict[str, Any] = dict.fromkeys(BundleRow.__struct_fields__)
    return BundleRow(**row | {"bytes": size, "sha256": b"\x01" * 32})


@settings(max_examples=500)
@given(st.integers(1, 10**12), st.text(alphabet="bytes=0123456789-, \t", max_size=40))
def test_whatever_the_header_says_the_part_lies_within_the_archive(size: int, header: str) -> None:
    try:
        part = wanted({"range": header}, found(size))
    except HTTPException:
        assert re.fullmatch(r"bytes=\s*\d*-\d*\s*", header)
    else:
        assert part is None or 0 <= part.start < part.stop <= size


@given(
    st.integers(1, 10**9).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n - 1), st.integers(0, n - 1))
    )
)
def test_a_range_within_is_taken_as_it_is_asked(numbers: tuple[int, int, int]) -> None:
    size, one, other = numbers
    first, last = sorted((one, other))
    assert wanted({"range": f"bytes={first}-{last}"}, found(size)) == Part(first, last + 1)
    assert wanted({"range": f"BYTES={first}-"}, found(size)) == Part(first, size)
    assert wanted({"range": f"bytes=-{last + 1}"}, found(size)) == Part(size - last - 1, size)
