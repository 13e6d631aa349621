"""What a download is: once a link, an archive and a day, in however many parts; each archive by its number."""

import asyncio

import pytest

from .test_web_download import left, opened
from .world import World


async def test_a_download_counts_once_a_day_however_often_it_breaks_off(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    whole = (await world.client.get(f"{link}/bundle/1")).content
    for _ in range(3):
        part = await world.client.get(f"{link}/bundle/1", headers={"range": "bytes=100-"})
        assert (part.status_code, part.content) == (206, whole[100:])
    assert await left(world) == 4
    world.clock.forward(hours=23)
    await opened(world, link)
    for _ in range(2):
        assert (await world.client.get(f"{link}/bundle/1", headers={"range": "bytes=5-"})).status_code == 206
    assert await left(world) == 4
    assert await noted(world) == [False, True]
    world.clock.forward(hours=1, seconds=1)
    await opened(world, link)
    await world.client.get(f"{link}/bundle/1", headers={"range": "bytes=5-"})
    assert await left(world) == 3
    assert await noted(world) == [False, True, False]


async def noted(world: World) -> list[bool]:
    """Of each download in the history, whether it went on with an earlier one."""
    found = await world.rows("SELECT data FROM event WHERE type = 'bundle.downloaded' ORDER BY seq")
    return [row["data"]["resumed"] for row in found]


async def test_a_link_gives_its_downloads_and_then_none(world: World) -> None:
    _, link = await world.answered()
    await world.run("UPDATE download SET downloads_left = 2")
    for expected in (200, 200, 403):
        await opened(world, link)
        answer = await world.client.get(f"{link}/bundle/1", headers={"accept": "text/html"})
        assert answer.status_code == expected
        world.clock.forward(days=1)
    assert "No download is left" in answer.text
    assert await left(world) == 0
    assert (await world.client.get(f"{link}/bundle/1", headers={"accept": "*/*"})).status_code == 404


async def test_a_range_out_of_bounds_and_a_head_take_nothing(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    before = await world.snapshot()
    head = await world.client.head(f"{link}/bundle/1")
    size = int(head.headers["content-length"])
    assert (head.status_code, head.content, head.headers["accept-ranges"]) == (200, b"", "bytes")
    for asked in (f"bytes={size}-", f"bytes={'9' * 40}-", "bytes=-0"):
        refused = await world.client.get(f"{link}/bundle/1", headers={"range": asked})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")
    assert await world.snapshot() == before


async def test_a_download_goes_on_by_if_range_and_several_ranges_give_the_whole(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    whole = await world.client.get(f"{link}/bundle/1")
    etag = whole.headers["etag"]
    for headers, status in (
        ({"range": "bytes=9-", "if-range": etag}, 206),
        ({"range": "bytes=9-", "if-range": '"another"'}, 200),
        ({"range": "bytes=0-1,5-6"}, 200),
    ):
        answer = await world.client.get(f"{link}/bundle/1", headers=headers)
        assert answer.status_code == status
        assert answer.content == (whole.content[9:] if status == 206 else whole.content)


@pytest.mark.parametrize("number", ["0", "2", "1001", "-1", "1.5", "..%2f1", "9" * 40])
async def test_an_archive_that_is_not_there_has_no_address(world: World, number: str) -> None:
    _, link = await world.answered()
    await opened(world, link)
    answer = await world.client.get(f"{link}/bundle/{number}")
    assert answer.status_code in {400, 404}
    assert await left(world) == 5


async def test_a_supplement_is_offered_beside_the_answer_and_counted_for_itself(world: World) -> None:
    reference, link = await world.answered()
    # The same bytes under another number stand for what came later.
    await world.run(
        "INSERT INTO bundle (id, case_id, blob_key, sha256, bytes, records, created_at, expires_at, number, inside) "
        "SELECT gen_random_uuid(), case_id, blob_key, sha256, bytes, 1, created_at, expires_at, 2, $1 FROM bundle",
        {"categories": {"contact": 3, "unheard_of": 1}, "recordings": 2, "withheld": 4, "gaps": ["recorder"]},
    )
    before = (await world.client.get(link)).text
    for told in ("What is inside", "Supplement 1", "3 items", "unheard of", "In 4 places", "Recorder"):
        assert told in before
    page = await opened(world, link)
    assert f'href="{link}/bundle/1"' in page.text
    for number, name in ((1, f"{reference}.zip"), (2, f"{reference}-2.zip")):
        answer = await world.client.get(f"{link}/bundle/{number}")
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert await left(world) == 3


async def test_a_link_without_a_bundle_takes_no_download_and_writes_no_history(world: World) -> None:
    """An erasure is answered by a letter alone."""
    reference, link = await world.answered(rights=["objection"])
    page = await opened(world, link)
    assert "Download the file" not in page.text
    case_id = (await world.cases(reference))[0]["id"]
    assert (await world.client.get(f"{link}/bundle/1")).status_code == 404
    assert await left(world) == 5
    events = await world.rows("SELECT type FROM event WHERE case_id = $1", case_id)
    assert "bundle.downloaded" not in {event["type"] for event in events}


async def test_a_bundle_that_is_gone_takes_no_download(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    await world.run("UPDATE bundle SET removed_at = now()")
    assert (await world.client.get(f"{link}/bundle/1")).status_code == 404
    assert await left(world) == 5


async def test_many_parts_at_once_are_one_download(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    await world.run("UPDATE download SET downloads_left = 1")
    asked = [{"range": f"bytes={start}-{start + 9}"} for start in range(0, 60, 10)]
    answers = await asyncio.gather(*(world.client.get(f"{link}/bundle/1", headers=one) for one in asked))
    assert {answer.status_code for answer in answers} == {206}
    assert await left(world) == 0
    assert await noted(world) == [False]
