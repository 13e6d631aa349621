"""A receiver that means no good: each attempt ends, is kept to its size, and holds up neither the worker nor others."""

import asyncio
import contextlib
import gzip
import socket

import pytest
from stage_office import EMAIL, PHONE
from stage_receiver import SECRET, attempts, forwarded, receiver

from dsar.domain.case import Notice
from dsar.domain.delivering import ASKED_SECONDS_MAX
from dsar.domain.work import StepKind, StepState
from dsar.outbound import webhook
from dsar.outbound.webhook import RESPONSE_BYTES_MAX
from dsar.routing import NewEndpoint
from dsar.store import cases, endpoints, outbox, steps

__all__ = ["forwarded", "receiver"]

OK = b"HTTP/1.1 200 OK\r\n"
BUSY = b"HTTP/1.1 503 X\r\nconnection: close\r\nretry-after: "


class Hostile:
    """Answers whoever comes with `pieces`; the last one for ever where `forever` is set."""

    def __init__(self):
        self.pieces, self.forever, self.pause, self.heads, self.bodies = [], False, 0.0, [], []

    async def __call__(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(length))
            for piece in self.pieces:
                writer.write(piece)
            while self.forever:
                writer.write(self.pieces[-1])
                await writer.drain()
                await asyncio.sleep(self.pause)
            await writer.drain()
        writer.close()


@pytest.fixture
async def hostile():
    hostile = Hostile()
    server = await asyncio.start_server(hostile, "127.0.0.1", 0)
    hostile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield hostile


async def aim(sql, hostile):
    await sql.execute("UPDATE endpoint SET url = $1", hostile.url)


async def deliver_step(office, case):
    return (await office.steps(case.id, StepKind.DELIVER))[0]


ATTACKS = {
    "a body without end": ([OK + b"\r\n", b"x" * 4096], True, 0.0, 200, None),
    "chunks without end": ([OK + b"transfer-encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"], True, 0.0, 200, None),
    "a bomb of zeros": ([OK + b"content-encoding: gzip\r\nconnection: close\r\n\r\n" + gzip.compress(bytes(50_000_000))], False, 0.0, 200, None),
    "headers that drip": ([OK, b"x: y\r\n"], True, 0.01, None, "TimeoutError"),
    "a body that drips": ([OK + b"\r\n", b"x"], True, 0.01, None, "TimeoutError"),
    "headers without end": ([OK, b"x: " + b"y" * 8000 + b"\r\n"], True, 0.0, None, "RemoteProtocolError"),
    "interim answers without end": ([b"HTTP/1.1 102 Processing\r\n\r\n"], True, 0.01, None, "TimeoutError"),
    "less than it said": ([OK + b"content-length: 100\r\n\r\nx"], False, 0.0, None, "RemoteProtocolError"),
    "two lengths": ([OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx"], False, 0.0, None, "RemoteProtocolError"),
    "no HTTP at all": ([b"\x00\xff\xfe220 mail ready\r\n\r\n"], False, 0.0, None, "RemoteProtocolError"),
    "nothing": ([], False, 0.0, None, "RemoteProtocolError"),
    "the way to the metadata": ([b"HTTP/1.1 307 X\r\nlocation: http://169.254.169.254/latest/\r\nconnection: close\r\n\r\n"], False, 0.0, 307, None),
    "the way back to us": ([b"HTTP/1.1 308 X\r\nlocation: /hook\r\nconnection: close\r\n\r\n"], False, 0.0, 308, None),
    "a wait beyond all numbers": ([BUSY + b"9" * 3000 + b"\r\n\r\n"], False, 0.0, 503, None),
    "a date beyond all calendars": ([BUSY + b"Mon, 02 Jan 99999999999999999999 00:00:00 GMT\r\n\r\n"], False, 0.0, 503, None),
    "a zone beyond the clock": ([BUSY + b"Mon, 02 Jan 2026 00:00:00 -99999999999\r\n\r\n"], False, 0.0, 503, None),
    "a wait in no known letters": ([BUSY + b"\xff\xfe\x80\r\n\r\n"], False, 0.0, 503, None),
    "bytes that are no text": ([b"HTTP/1.1 500 \xff\r\nconnection: close\r\n\r\n\x00\xff\xfe\x00"], False, 0.0, 500, None),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "forever", "pause", "status", "error"), ATTACKS.values(), ids=ATTACKS)
async def test_whatever_a_receiver_answers_its_attempt_ends_and_another_controllers_message_arrives(
    office, receiver, forwarded, sql, hostile, monkeypatch, pieces, forever, pause, status, error
):
    if error == "TimeoutError":
        monkeypatch.setattr(webhook, "SECONDS_MAX", 1.0)
    hostile.pieces, hostile.forever, hostile.pause = pieces, forever, pause
    other = await office.business("Beta Oy", "b", url=receiver.url, secret=SECRET)
    await sql.execute("UPDATE endpoint SET url = $1 WHERE controller_id <> $2", hostile.url, other)
    case = await forwarded()
    notice = Notice("webhook", "case.due_soon", controller_id=other)
    async with office.db.write() as tx:
        await steps.insert(tx, await outbox.insert(tx, [(case.id, notice)], office.clock()), office.clock())
    await office.work()
    assert len(receiver.got) == 1
    assert len(hostile.bodies) == 1, "a redirect was followed"
    rows = await sql.fetch(
        "SELECT o.id, a.status, a.error, a.response FROM attempt a JOIN outbox o ON o.id = a.outbox_id "
        "WHERE o.controller_id = $1",
        forwarded.business,
    )
    assert [(row["status"], row["error"]) for row in rows] == [(status, error)]
    assert len(rows[0]["response"] or b"") <= RESPONSE_BYTES_MAX
    step = await office.step(case.id, StepKind.DELIVER, str(rows[0]["id"]))
    if status == 200:
        assert step.state is StepState.DONE
    else:
        assert step.state is StepState.READY
        assert 5 <= (step.due_at - office.clock()).total_seconds() <= ASKED_SECONDS_MAX


async def test_a_receiver_that_sets_a_cookie_is_not_shown_it_again(office, forwarded, sql, hostile):
    hostile.pieces = [b"HTTP/1.1 500 X\r\nset-cookie: id=1; path=/\r\ncontent-length: 0\r\n\r\n"]
    await aim(sql, hostile)
    case = await forwarded()
    step = await deliver_step(office, case)
    office.clock.at = step.due_at
    await office.work()
    assert len(hostile.heads) == 2
    assert b"\r\ncookie:" not in hostile.heads[1].lower()


async def test_what_a_receiver_repeats_of_a_full_payload_goes_with_the_cases_key(
    office, forwarded, sql, hostile
):
    """Its first bytes are kept, and they may name the person: not for longer than the case does."""

    async def echo(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        writer.write(OK + b"connection: close\r\n\r\n" + body[-512:])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await sql.execute("UPDATE endpoint SET url = $1, payload = 'full'", url)
        case = await forwarded()
    kept = await sql.fetchval("SELECT string_agg(response, '') FROM attempt")
    assert PHONE.encode() in kept
    assert EMAIL.encode() in kept
    async with office.db.write() as tx:
        await cases.destroy_key(tx, case.id, office.clock())
    assert await sql.fetch("SELECT 1 FROM attempt WHERE response IS NOT NULL") == []
    assert await attempts(sql) == [(1, 200, None)], "that there was an attempt stays"


# A name that led to the receiver when it was set, and leads inside when something is sent


@pytest.fixture
def names(monkeypatch):
    known, real = {}, socket.getaddrinfo

    def found(host, port, *args, **options):
        if host not in known:
            return real(host, port, *args, **options)
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return known


@pytest.mark.parametrize("inside", ["169.254.169.254", "10.0.0.1", "100.64.0.1", "0.0.0.0"])
async def test_a_name_that_leads_inside_after_it_was_set_is_not_followed_there(
    office, forwarded, sql, names, inside
):
    service = office.service.endpoints
    names["hooks.example.com"] = ["1.1.1.1"]
    await service.put(forwarded.business, NewEndpoint("https://hooks.example.com/"))
    names["hooks.example.com"] = [inside]
    met = await service.ping(forwarded.business)
    assert (met.status, met.error, met.response) == (None, "ConnectError", None)
    await forwarded()
    assert await attempts(sql) == [(1, None, "ConnectError")]


async def test_an_address_inside_that_stands_in_the_database_all_the_same_is_not_reached(
    office, forwarded, sql
):
    """Whoever wrote it, and before whatever rule: the sending looks for itself."""
    async with office.db.read() as connection:
        assert await endpoints.one(connection, forwarded.business)
    for url in ("http://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "file:///etc/passwd"):
        await sql.execute("UPDATE endpoint SET url = $1", url)
        met = await office.service.endpoints.ping(forwarded.business)
        assert (met.status, met.response) == (None, None)
