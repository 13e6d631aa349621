"""Bytes and heads: whose they are, in constant memory, and never passed over when they are not there."""

import asyncio
import tracemalloc
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from dsar.contract import Attachment, Origin, Refused, Tools, Unauthorised, Unreachable
from dsar.outbound import guarded_client
from dsar_s3 import connector
from dsar_s3.items import name_of

from .asking import ERASE, FOLDER, PHONE, T1, T2, content, exported, files, keys, opened, records
from .counterpart import RECORDINGS, settings
from .mischief import answer
from .store import CALLS

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BIG = 64 * 1024 * 1024


async def test_an_attachment_of_another_customers_is_not_read(store):
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS) as session:
        [file] = files(await exported(session))
        with pytest.raises(Refused, match="another's"):
            await content(session, file, T2)


@pytest.mark.parametrize("name", ["", "a/b", "%", "recordings\u2044t2\u2044+358401234567\u2044a.wav"])
async def test_a_name_that_is_not_the_attachments_reads_nothing(store, name):
    store.put("recordings/t2/+358401234567/a.wav")
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS) as session:
        [file] = files(await exported(session))
        forged = Attachment(file.origin, name, file.media_type)
        with pytest.raises(Refused):
            await content(session, forged)


class Generated(httpx.AsyncBaseTransport):
    """One object of 64 MB that no machine holds: pieces made as they are asked for, cut once in the middle."""

    def __init__(self):
        self.cut = True

    async def handle_async_request(self, request):
        if "versions" in request.url.params:
            entry = (
                "<Version><Key>" + FOLDER + "a.wav</Key><VersionId>v</VersionId><Size>" + str(BIG) + "</Size>"
                '<ETag>"e"</ETag><LastModified>2026-03-02T00:00:00Z</LastModified></Version>'
            )
            text = f"<ListVersionsResult><IsTruncated>false</IsTruncated>{entry}</ListVersionsResult>"
            return httpx.Response(200, content=text.encode())
        at = int(request.headers.get("range", "bytes=0-")[6:-1])
        said = {
            "etag": '"e"',
            "content-length": str(BIG - at),
            "content-range": f"bytes {at}-{BIG - 1}/{BIG}",
        }
        return httpx.Response(206 if at else 200, headers=said, stream=Pieces(at, self))


class Pieces(httpx.AsyncByteStream):
    def __init__(self, at, transport):
        self.at = at
        self.transport = transport

    async def __aiter__(self):
        for start in range(self.at, BIG, 65_536):
            if self.transport.cut and start > BIG // 2:
                self.transport.cut = False
                raise httpx.ReadError("gone")
            yield bytes(min(65_536, BIG - start))
            await asyncio.sleep(0)


async def test_a_large_object_is_handed_on_in_constant_memory_across_a_broken_connection(store):
    transport = Generated()
    async with opened(store, RECORDINGS, transport=transport) as session:
        origin = Origin("recordings_files", "v", read_at=NOW)
        file = Attachment(origin, name_of(f"{FOLDER}a.wav"), "audio/wav", BIG)
        tracemalloc.start()
        size = 0
        async for piece in session.read(file, T1):
            size += len(piece)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size == BIG
    assert not transport.cut
    assert peak < 4 * 1024 * 1024


async def test_an_object_that_vanishes_while_it_is_asked_is_not_in_the_export(store):
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS, transport=Vanishing(gone=True)) as session:
        assert records(await exported(session)) == []


async def test_credentials_that_expire_in_the_middle_pause_the_system(store):
    class Expired(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            if request.method == "HEAD":
                return httpx.Response(400)
            if "versionId" in request.url.params:
                return answer(400, "ExpiredToken")
            return await super().handle_async_request(request)

    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS, transport=Expired(verify=False)) as session:
        with pytest.raises(Unauthorised, match="session_token"):
            await exported(session)


async def test_an_object_that_is_listed_and_not_there_is_never_passed_over(store):
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS, transport=Vanishing(gone=False)) as session:
        with pytest.raises((Refused, Unreachable), match="not there"):
            await exported(session)


class Vanishing(httpx.AsyncHTTPTransport):
    """Answers 404 to every HEAD; with `gone`, what is listed afterwards is empty."""

    def __init__(self, *, gone):
        super().__init__(verify=False)
        self.gone = gone
        self.asked = False

    async def handle_async_request(self, request):
        if request.method == "HEAD":
            self.asked = True
            return httpx.Response(404)
        if self.gone and self.asked and "versions" in request.url.params:
            text = "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"
            return httpx.Response(200, content=text.encode())
        return await super().handle_async_request(request)


async def test_the_services_own_client_reaches_any_key(store):
    keys_ = [f"{FOLDER}a/../b.wav", f"{FOLDER}./c.wav", f"{FOLDER}/d.wav", f"{FOLDER}e+f g.wav"]
    deep = msgspec.structs.replace(RECORDINGS, pattern="recordings/{tenant}/{phone}/{rest}")
    for key in keys_:
        store.put(key, key.encode())
    async with (
        guarded_client(allow_loopback=True) as http,
        connector.open(settings(store.url, deep), Tools(http)) as session,
    ):
        items = await exported(session)
        assert sorted(keys(items)) == sorted(keys_)
        for file in files(items):
            assert name_of((await content(session, file)).decode()) == file.name
        await session.carry_out(PHONE, T1, ERASE, "k")
    assert store.entries(CALLS, FOLDER) == []
