"""The way to the answer: a link, a fresh code, a quarter of an hour, a number of downloads, an end. A GET spends nothing."""

import io
import zipfile
from datetime import timedelta
from hashlib import sha256
from http.cookies import SimpleCookie

import httpx
import pytest

from dsar.domain.proof import CODES_AN_HOUR_MAX, TRIES_MAX

from .world import KNOWN, UNKNOWN, World

OTHER = "berta.other@example.com"


async def opened(
    world: World, link: str, to: str = KNOWN, client: httpx.AsyncClient | None = None
) -> httpx.Response:
    """The link opened with a fresh code."""
    client = client or world.client
    assert (await client.post(f"{link}/send")).status_code == 200
    return await client.post(link, data={"code": await world.code(to)})


async def left(world: World) -> int:
    return int((await world.rows("SELECT downloads_left AS n FROM download"))[0]["n"])


# -- a GET spends nothing


async def test_a_get_or_head_of_any_page_changes_no_row(world: World) -> None:
    """Mail scanners follow links, some of them many times."""
    waiting = await world.asked(email=OTHER)
    reference, link = await world.answered()
    await world.client.post(f"{link}/send")
    code = await world.code(KNOWN)
    before = await world.snapshot()
    for path in (
        "/", f"/verify/{waiting}", f"/requests/{waiting}", f"/requests/{reference}", f"/verify/{reference}", link,
        f"{link}?code={code}", f"{link}/bundle/1", f"{link}/send", f"{link}/again", f"/verify/{waiting}/send", f"/verify/{waiting}/continue",
        f"/verify/{waiting}?kind=email&code={code}", "/requests", "/outbox", "/readyz", "/metrics", "/openapi.json",
    ):  # fmt: skip
        for _ in range(3):
            await world.client.get(path)
            await world.client.head(path)
            await world.client.options(path)
    await world.drain()
    assert await world.snapshot() == before
    assert (await world.client.post(link, data={"code": code})).status_code == 200


# -- the link


async def test_before_the_code_the_page_shows_no_content_and_no_address(world: World) -> None:
    _, link = await world.answered()
    page = await world.client.get(link)
    assert page.status_code == 200
    assert "Your answer is ready" in page.text
    for personal in (KNOWN, "Anna", "likes blue", "anna", "Dear", "example.com"):
        assert personal not in page.text.replace("privacy@demo-voice.example", "")
    assert "a…@e…" in page.text


async def test_a_fresh_code_opens_the_letter_and_the_bundle(world: World) -> None:
    _, link = await world.answered()
    page = await opened(world, link)
    assert page.status_code == 200
    assert "<h1>Your answer</h1>" in page.text
    archive = await world.client.get(f"{link}/bundle/1")
    assert archive.status_code == 200
    with zipfile.ZipFile(io.BytesIO(archive.content)) as bundle:
        assert "index.html" in bundle.namelist()
        assert bundle.testzip() is None
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"likes blue" in everything
    kept = (await world.rows("SELECT sha256, bytes FROM bundle"))[0]
    assert sha256(archive.content).digest() == kept["sha256"]
    assert len(archive.content) == kept["bytes"] == int(archive.headers["content-length"])


async def test_the_archive_is_sent_as_a_file_that_nobody_keeps_or_guesses_at(world: World) -> None:
    reference, link = await world.answered()
    await opened(world, link)
    headers = (await world.client.get(f"{link}/bundle/1")).headers
    assert headers["content-disposition"] == f'attachment; filename="{reference}.zip"'
    assert headers["content-type"] == "application/zip"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_bundle_is_refused_without_the_code(world: World) -> None:
    _, link = await world.answered()
    before = await world.snapshot()
    assert (await world.client.get(f"{link}/bundle/1")).status_code == 404
    forged = {"cookie": "dsar_grant=" + "x" * 43}
    assert (await world.client.get(f"{link}/bundle/1", headers=forged)).status_code == 404
    assert "<h1>Your answer</h1>" not in (await world.client.get(link, headers=forged)).text
    assert await world.snapshot() == before


async def test_the_grant_is_a_cookie_that_only_this_link_gets(world: World) -> None:
    _, link = await world.answered()
    cookie = SimpleCookie((await opened(world, link)).headers["set-cookie"])["dsar_grant"]
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == link
    assert int(cookie["max-age"]) == 15 * 60
    assert not cookie["domain"]


async def test_the_grant_is_secure_where_the_service_is_reached_by_https(world: World) -> None:
    import msgspec

    from dsar.web import create_app

    _, link = await world.answered()
    https = msgspec.structs.replace(world.service.settings, public_url="https://privacy.example.com")
    world.app = create_app(msgspec.structs.replace(world.service, settings=https))
    async with world.new_client() as client:
        answer = await opened(world, link, client=client)
    assert SimpleCookie(answer.headers["set-cookie"])["dsar_grant"]["secure"] is True


async def test_the_grant_of_another_link_does_not_open(world: World) -> None:
    _, mine = await world.answered(email=UNKNOWN)
    _, theirs = await world.answered(email=KNOWN)
    grant = SimpleCookie((await opened(world, mine, UNKNOWN)).headers["set-cookie"])["dsar_grant"].value
    stolen = {"cookie": f"dsar_grant={grant}"}
    async with world.new_client() as client:
        assert (await client.get(f"{theirs}/bundle/1", headers=stolen)).status_code == 404
        assert "<h1>Your answer</h1>" not in (await client.get(theirs, headers=stolen)).text


async def test_the_code_of_another_link_does_not_open(world: World) -> None:
    _, mine = await world.answered(email=UNKNOWN)
    _, theirs = await world.answered(email=KNOWN)
    await world.client.post(f"{mine}/send")
    await world.client.post(f"{theirs}/send")
    assert (await world.client.post(theirs, data={"code": await world.code(UNKNOWN)})).status_code == 422


async def test_the_code_that_proved_the_address_does_not_open_the_link(world: World) -> None:
    reference = await world.asked()
    first = await world.code(KNOWN)
    await world.type_code(reference, "email", first)
    link = await world.link(KNOWN)
    assert (await world.client.post(link, data={"code": first})).status_code == 422
    await world.client.post(f"{link}/send")
    if await world.code(KNOWN) != first:
        assert (await world.client.post(link, data={"code": first})).status_code == 422


async def test_the_grant_ends_after_a_quarter_of_an_hour(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    world.clock.forward(minutes=15)
    assert (await world.client.get(f"{link}/bundle/1")).status_code == 404
    assert "<h1>Your answer</h1>" not in (await world.client.get(link)).text
    assert await left(world) == 5


async def test_a_newer_grant_ends_the_older(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    async with world.new_client() as second:
        await opened(world, link, client=second)
        assert (await second.get(f"{link}/bundle/1")).status_code == 200
    assert (await world.client.get(f"{link}/bundle/1")).status_code == 404


async def test_a_wrong_expired_or_used_code_opens_nothing(world: World) -> None:
    _, link = await world.answered()
    await world.client.post(f"{link}/send")
    right = await world.code(KNOWN)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    refused = await world.client.post(link, data={"code": wrong})
    assert refused.status_code == 422
    assert "set-cookie" not in refused.headers
    assert (await world.client.post(link, data={"code": right})).status_code == 200
    async with world.new_client() as other:
        assert (await other.post(link, data={"code": right})).status_code == 422
        await other.post(f"{link}/send")
        late = await world.code(KNOWN)
        world.clock.forward(minutes=11)
        assert (await other.post(link, data={"code": late})).status_code == 422


async def test_five_wrong_codes_use_one_up_and_the_page_says_how_to_go_on(world: World) -> None:
    _, link = await world.answered()
    await world.client.post(f"{link}/send")
    right = await world.code(KNOWN)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    pages = [(await world.client.post(link, data={"code": wrong})).text for _ in range(TRIES_MAX)]
    assert ["Type it once more." in page for page in pages] == [True] * (TRIES_MAX - 1) + [False]
    dead = await world.client.post(link, data={"code": right})
    assert dead.status_code == 422
    for page in (pages[-1], dead.text):
        assert "wrong five times" in page
        assert "Ask for a new code." in page
        assert f'action="{link}/send"' in page
    assert (await opened(world, link)).status_code == 200


async def test_codes_for_a_link_are_counted(world: World) -> None:
    """Ten an hour and five tries each: 5e-5 for one who has the link but not the mailbox."""
    _, link = await world.answered()
    sent = [(await world.client.post(f"{link}/send")).status_code for _ in range(15)]
    assert sent.count(200) == 2 * CODES_AN_HOUR_MAX - 1  # one went out to prove the address
    assert 422 in sent
    for _ in range(200):
        world.clock.forward(minutes=15)
        await world.client.post(f"{link}/send")
    codes = (await world.rows("SELECT count(*) AS n FROM challenge WHERE download_id IS NOT NULL"))[0]["n"]
    assert codes * TRIES_MAX / 10**6 <= 5e-4


async def test_opening_and_downloading_stand_in_the_history(world: World) -> None:
    reference, link = await world.answered()
    await opened(world, link)
    await world.client.get(f"{link}/bundle/1")
    case_id = (await world.cases(reference))[0]["id"]
    events = await world.rows("SELECT type, actor FROM event WHERE case_id = $1 ORDER BY seq", case_id)
    assert [(e["type"], e["actor"]) for e in events][-2:] == [
        ("answer.opened", "person"),
        ("bundle.downloaded", "person"),
    ]


async def test_the_link_is_kept_only_as_a_digest(world: World) -> None:
    _, link = await world.answered()
    token = link.rpartition("/")[2]
    everything = "\n".join(row for rows in (await world.snapshot()).values() for row in rows)
    assert token not in everything
    assert sha256(token.encode()).hexdigest() in everything


@pytest.mark.parametrize("hours", [0, 13 * 24])
async def test_the_page_says_until_when_and_how_often(world: World, hours: int) -> None:
    _, link = await world.answered()
    world.clock.forward(hours=hours)
    page = (await world.client.get(link)).text
    assert "<dt>Downloads left</dt><dd>5</dd>" in page
    expires = (await world.rows("SELECT expires_at FROM download"))[0]["expires_at"]
    assert f"{expires + timedelta(0):%B %Y}" in page
