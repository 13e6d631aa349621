"""The kit's counterparts: the world in a real database, and between it and the connector a way to spoil the line."""

import asyncio
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from dsar.conformance import Fault, Person
from dsar.contract import Rectify, Ref
from dsar_sql import connector

from .places import settings
from .stock import ACME, BOLT, DECOY, DECOYS, KAISA, KAISAS, NOBODY, OTHERS, PHONE

_HELD = """
SELECT (SELECT count(*) FROM caller WHERE id = {id}) + (SELECT count(*) FROM calls WHERE caller_id = {id})
  + (SELECT count(*) FROM invoice WHERE caller_id = {id}) + (SELECT count(*) FROM survey WHERE caller_id = {id})
  + (SELECT count(*) FROM line JOIN calls ON calls.id = call_id WHERE caller_id = {id})
"""
_IDS = {KAISAS: 1, DECOYS: 2, OTHERS: 3}
IN_TIME = {"connect_timeout_seconds": 1, "statement_timeout_seconds": 30, "lock_timeout_seconds": 1}
ACCOUNT = Ref("account_id", "6e9d9f4e-0000-4000-8000-000000000001")
SAID = ("Kaisa Kutsuja", KAISA, "Kaisa.Kutsuja@Example.com", PHONE, "040 123 4567", "Liisa")


class SqlCounterpart:
    """A database with Kaisa, her namesake, and Kaisa once more at another customer."""

    connector = connector
    known = Person((Ref("email", KAISA), Ref("phone", PHONE), ACCOUNT), ACME, KAISAS, SAID)
    decoy = Person((Ref("email", DECOY),), ACME, DECOYS, ("Kaisa Kutsuja", DECOY))
    other_tenant = Person((Ref("email", KAISA), Ref("phone", PHONE)), BOLT, OTHERS, SAID)
    nobody = NOBODY
    correction = Rectify("caller", {"full_name": "Kaisa Kutsuja-Laine"})

    def __init__(self, place):
        self.place = place
        self.settings = settings(place, **IN_TIME)

    def client(self):
        return httpx.AsyncClient(timeout=1)

    async def held(self, person):
        return await self.place.one(_HELD.format(id=_IDS[person.items]))

    async def until(self, moment):
        raise AssertionError("a database asks for no time")


class Line(SqlCounterpart):
    """A server, asked through a port of our own."""

    # Throttled is left out: a database has no word for "later, at that time"; too many connections is Unreachable.
    faults = frozenset(Fault) - {Fault.THROTTLED}

    def __init__(self, place, greetings):
        super().__init__(place)
        self._greetings = greetings
        self._fault = None
        self._lines = set()
        self.servers = ()

    @asynccontextmanager
    async def open(self):
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            self.servers = frozenset({("127.0.0.1", port), _address(self.place.url)})
            self.settings = settings(self.place, url=_by_port(self.place.url, port), **IN_TIME)
            try:
                yield self
            finally:
                await self._hang_up()

    @asynccontextmanager
    async def misbehave(self, fault):
        await self._hang_up()
        self._fault = fault
        try:
            yield
        finally:
            self._fault = None
            await self._hang_up()

    async def _hang_up(self):
        for task in list(self._lines):
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await asyncio.sleep(0.05)  # until the other end has heard of it

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._lines.add(task)
        with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        self._lines.discard(task)
        writer.transport.abort()

    async def _answer(self, reader, writer):
        if self._fault is Fault.SILENT:
            await asyncio.sleep(60)
        elif self._fault is Fault.GARBAGE:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" + SAID[1].encode() * 20)
            await writer.drain()
            await reader.read()
        elif self._fault in self._greetings:
            await self._greetings[self._fault](reader, writer)
        else:
            await self._pass_on(reader, writer)

    async def _pass_on(self, reader, writer):
        there, away = await _dial(self.place.url)
        cut = 500 if self._fault is Fault.CUT_OFF else None
        tasks = [
            asyncio.create_task(_copy(reader, away, None)),
            asyncio.create_task(_copy(there, writer, cut)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            away.transport.abort()


class File(SqlCounterpart):
    """A SQLite file, spoiled where it lies."""

    # Throttled: a file has no such word. Unauthorised: a file that may not be read, and root may read all.
    faults = frozenset({Fault.BROKEN, Fault.SILENT, Fault.GARBAGE, Fault.CUT_OFF})

    @asynccontextmanager
    async def misbehave(self, fault):
        path = Path(urlsplit(self.place.url).path)
        if fault is Fault.SILENT:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                yield
            return
        with _spoiled(path, fault):
            yield


@contextmanager
def _spoiled(path, fault):
    aside = path.with_suffix(".aside")
    shutil.copy2(path, aside)
    if fault is Fault.BROKEN:
        path.unlink()
    elif fault is Fault.GARBAGE:
        path.write_bytes(SAID[1].encode() * 1000)
    else:
        path.write_bytes(aside.read_bytes()[: aside.stat().st_size // 3])
    try:
        yield
    finally:
        aside.replace(path)


async def _copy(reader, writer, cut):
    passed = 0
    while data := await reader.read(65536):
        if cut is not None and passed + len(data) > cut:
            writer.write(data[: max(cut - passed, 0)])
            await writer.drain()
            return
        passed += len(data)
        writer.write(data)
        await writer.drain()


def _address(url):
    """A host and a port, or a socket's path."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    port = parts.port or int(parse_qs(parts.query).get("port", ["5432"])[0])
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


async def _dial(url):
    address = _address(url)
    if isinstance(address, str):
        return await asyncio.open_unix_connection(address)
    return await asyncio.open_connection(*address)


def _by_port(url, port):
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    options = parse_qs(parts.query)
    name = user or (f"{options['user'][0]}@" if "user" in options else "")
    return parts._replace(netloc=f"{name}127.0.0.1:{port}", query="").geturl()


def _postgres_error(sqlstate):
    async def answer(reader, writer):
        length = int.from_bytes(await reader.readexactly(4))
        if (await reader.readexactly(length - 4))[:4] == (80877103).to_bytes(4):  # asks for TLS
            writer.write(b"N")
            await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        fields = b"SFATAL\0C" + sqlstate + b"\0Mno entry for " + SAID[1].encode() + b"\0\0"
        writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
        await writer.drain()

    return answer


def _mysql_error(code, sqlstate):
    async def answer(_reader, writer):
        packet = b"\xff" + code.to_bytes(2, "little") + b"#" + sqlstate + b"no entry for " + SAID[1].encode()
        writer.write(len(packet).to_bytes(3, "little") + b"\0" + packet)
        await writer.drain()

    return answer


POSTGRES_GREETINGS = {Fault.UNAUTHORISED: _postgres_error(b"28P01"), Fault.BROKEN: _postgres_error(b"53300")}
MARIADB_GREETINGS = {
    Fault.UNAUTHORISED: _mysql_error(1045, b"28000"),
    Fault.BROKEN: _mysql_error(1040, b"08004"),
}
