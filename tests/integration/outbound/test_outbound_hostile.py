"""What a hostile server does to the client: every answer stays within its time, its size and its place."""

import asyncio
import gzip

import httpx
import msgspec
import pytest
from hostile_servers import OK, one_request

from dsar.outbound import Limits, guarded_client
from dsar.outbound.bounds import AnswerRefused

HEAD = b"HTTP/1.1 200 OK\r\n"
SHORT = Limits(seconds=0.5, stream_seconds=0.5)
SMALL = Limits(body_bytes=1000, stream_bytes=5000)


def client_with(limits):
    return guarded_client(allow_loopback=True, limits=limits)


def saying(*pieces, pause=0.0, forever=False):
    async def play(reader, writer):
        await one_request(reader)
        for piece in pieces:
            writer.write(piece)
        while forever:
            writer.write(pieces[-1])
            await writer.drain()
            await asyncio.sleep(pause)
        await writer.drain()

    return play


async def streamed(client, url):
    async with client.stream("GET", url) as answer:
        return sum([len(piece) async for piece in answer.aiter_bytes()])


# Time: of the whole, however often a byte comes


DRIPS = {
    "the first line": [b"H"],
    "headers": [HEAD, b"x: y\r\n"],
    "a body by length": [HEAD + b"content-length: 100000\r\n\r\n", b"x"],
    "a body in chunks": [HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"],
    "a body until the end": [HEAD + b"connection: close\r\n\r\n", b"x"],
    "one more interim answer": [b"HTTP/1.1 103 Early Hints\r\n\r\n"],
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_server_that_drips_is_given_up_though_each_byte_comes_in_time(serving, drip, whole):
    async with serving(saying(*drip, pause=0.01, forever=True)) as server, client_with(SHORT) as client:
        with pytest.raises((httpx.ReadTimeout, httpx.RemoteProtocolError)):
            await (client.get(server.url) if whole else streamed(client, server.url))


async def test_a_server_that_says_nothing_is_given_up(serving):
    async def silent(reader, writer):
        await reader.read()

    async with serving(silent) as server, client_with(SHORT) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(server.url)


async def test_a_server_that_takes_no_body_is_given_up(serving):
    async def deaf(reader, writer):
        await asyncio.sleep(60)

    async with serving(deaf) as server, client_with(SHORT) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(server.url, content=b"x" * 50_000_000)


async def test_a_server_that_never_ends_the_handshake_is_given_up(serving, monkeypatch):
    async def silent(reader, writer):
        await reader.read()

    monkeypatch.setattr("dsar.outbound.http.CONNECT_SECONDS", 0.3)
    async with serving(silent) as server, client_with(Limits()) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(server.url.replace("http:", "https:"))


# Size


@pytest.mark.parametrize("length", [0, 999, 1000])
async def test_a_body_within_its_size_is_read_at_once(serving, length):
    body = HEAD + b"content-length: %d\r\n\r\n" % length + b"x" * length
    async with serving(saying(body)) as server, client_with(SMALL) as client:
        assert (await client.get(server.url)).content == b"x" * length


ENDLESS = {
    "by length": [HEAD + b"content-length: 1001\r\n\r\n" + b"x" * 1001],
    "in chunks": [HEAD + b"transfer-encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"],
    "until the end": [HEAD + b"connection: close\r\n\r\n", b"x" * 1024],
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
async def test_a_body_that_is_longer_than_it_may_be_is_not_read_on(serving, body):
    async with serving(saying(*body, forever=len(body) > 1)) as server, client_with(SMALL) as client:
        with pytest.raises(AnswerRefused):
            await client.get(server.url)


async def test_a_stream_may_be_longer_than_a_body_read_at_once_and_has_its_end_too(serving):
    fitting = HEAD + b"content-length: 5000\r\n\r\n" + b"x" * 5000
    async with serving(saying(fitting)) as server, client_with(SMALL) as client:
        assert await streamed(client, server.url) == 5000
    async with serving(saying(*ENDLESS["in chunks"], forever=True)) as server, client_with(SMALL) as client:
        with pytest.raises(AnswerRefused):
            await streamed(client, server.url)


async def test_headers_without_end_are_not_read_on(serving):
    endless = saying(HEAD, b"x-filler: " + b"y" * 8000 + b"\r\n", forever=True)
    async with serving(endless) as server, client_with(Limits()) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(server.url)


BOMB = gzip.compress(bytes(50_000_000))


def packed(encoding):
    return HEAD + b"content-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (encoding, len(BOMB)) + BOMB


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b"deflate", b"gzip, gzip", b"br", b"unheard-of"])
async def test_a_packed_body_that_nobody_asked_for_is_never_unpacked(serving, encoding):
    async with serving(saying(packed(encoding))) as server, client_with(Limits()) as client:
        with pytest.raises(AnswerRefused, match="packed"):
            await client.get(server.url)
        assert await streamed(client, server.url) == len(BOMB)


async def test_the_client_asks_for_nothing_packed(serving):
    heads = []

    async def noting(reader, writer):
        heads.append(await one_request(reader))
        writer.write(OK)
        await writer.drain()

    async with serving(noting) as server, client_with(Limits()) as client:
        await client.get(server.url)
    assert b"\r\naccept-encoding: identity\r\n" in heads[0].lower()


LIES = {
    "less than its length": [HEAD + b"content-length: 100\r\n\r\n" + b"x"],
    "two lengths": [HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx"],
    "a length that is none": [HEAD + b"content-length: -1\r\n\r\nx"],
    "a length beyond all": [HEAD + b"content-length: " + b"9" * 40 + b"\r\n\r\nx"],
    "a chunk that is none": [HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n"],
    "a chunk without end": [HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 21 + b"\r\nx"],
    "no HTTP": [b"\x00\x01\x02\x03" * 100 + b"\r\n\r\n"],
    "a header that is none": [HEAD + b"no colon here\r\n\r\n"],
    "a status that is none": [b"HTTP/1.1 9999 X\r\n\r\n"],
    "nothing": [],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_an_answer_that_contradicts_itself_is_a_failed_call_and_no_fault(serving, lie):
    async with serving(saying(*lie)) as server, client_with(Limits(seconds=5)) as client:
        with pytest.raises(httpx.HTTPError):
            await client.get(server.url)


async def test_a_header_that_would_begin_another_is_not_sent(serving):
    async with serving(saying(OK)) as server, client_with(Limits()) as client:
        for value in ("a\r\nx-other: b", "a\nb", "a\rb", "a\x00b"):
            with pytest.raises(httpx.LocalProtocolError):
                await client.get(server.url, headers={"x-given": value})


# Places


async def test_a_slow_host_holds_its_own_places_and_no_other_hosts(serving):
    over = asyncio.Event()

    async def slow(reader, writer):
        await one_request(reader)
        await over.wait()
        writer.write(OK)
        await writer.drain()

    limits = Limits(connections=4, per_host=3)
    async with serving(slow) as slow_one, serving(saying(OK)) as quick_one, client_with(limits) as client:
        waiting = [asyncio.create_task(client.get(slow_one.url)) for _ in range(20)]
        try:
            for _ in range(5):
                assert (await client.get(quick_one.url)).text == "ok"
            assert slow_one.reached <= 3
        finally:
            over.set()
        answers = await asyncio.gather(*waiting)
    assert [answer.text for answer in answers] == ["ok"] * 20


async def test_a_place_is_given_back_however_a_call_ends(serving):
    async def various(reader, writer):
        head = await one_request(reader)
        if b"/silent" in head:
            await asyncio.sleep(60)
        elif b"/hangup" not in head:
            writer.write(HEAD + b"content-length: 2000\r\n\r\n" + b"x" * 2000)
            await writer.drain()

    limits = msgspec.structs.replace(SMALL, per_host=1, seconds=5)
    async with serving(various) as server, client_with(limits) as client:
        for _ in range(3):
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"{server.url}hangup")
            with pytest.raises(AnswerRefused):
                await client.get(f"{server.url}long")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get(f"{server.url}silent"), 0.05)
            async with client.stream("GET", f"{server.url}unread") as answer:
                assert answer.status_code == 200
            # One that waits for a place gives up; the place is not lost.
            async with client.stream("GET", f"{server.url}held"):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.get(f"{server.url}next"), 0.05)
        assert await streamed(client, server.url) == 2000


async def test_who_waits_too_long_for_a_place_is_told_so(serving):
    limits = Limits(per_host=1, seconds=1)
    unended = saying(HEAD + b"content-length: 5\r\n\r\n")
    async with (
        serving(unended) as server,
        client_with(limits) as client,
        client.stream("GET", server.url),
    ):
        with pytest.raises(httpx.ReadTimeout):
            await client.get(server.url)
