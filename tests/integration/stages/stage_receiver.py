"""A controller's endpoint on this machine, with the answers it is told to give, and a case forwarded to it."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.outbound.webhook import new_secret
from dsar.store import members
from dsar.store.members import EMAIL_PURPOSE, NAME_PURPOSE, MemberRow
from dsar.store.rows import new_id

SECRET = new_secret()


class Receiver:
    """Keeps all that comes. `answers` are given in their order, then `always`."""

    def __init__(self):
        self.got = []
        self.answers = []
        self.always = (204, b"")
        self.gates = {}  # by path: who comes there waits until it is set

    async def answer(self, reader, writer):
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender has gone
        finally:
            writer.close()

    async def _answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if k}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        headers[":path"] = path = first.split(" ")[1]
        if path in self.gates:
            await self.gates[path].wait()
        status, text, *more = self.answers.pop(0) if self.answers else self.always
        extra = "".join(f"{name}: {value}\r\n" for name, value in more)
        said = f"HTTP/1.1 {status} X\r\nconnection: close\r\nlocation: /other\r\n{extra}\r\n"
        writer.write(said.encode() + text)
        await writer.drain()

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _ in self.got]

    @property
    def told(self):
        return [msgspec.json.decode(body) for _, body in self.got]

    def of(self, type_):
        return [(headers, body) for headers, body in self.got if msgspec.json.decode(body)["type"] == type_]


@pytest.fixture
async def receiver():
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    receiver.url = f"{receiver.base}/hook"
    async with server:
        yield receiver
        for gate in receiver.gates.values():
            gate.set()


@pytest.fixture
async def forwarded(office, receiver):
    """Forwards a caller's request on the true clock: the receiver holds the time against its own."""
    office.clock.at = datetime.now(UTC)
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE), ("email", EMAIL)).add(Row("c", "a1", tenant="a", collection="calls"))
    business = await office.business("Acme Oy", "a", url=receiver.url, secret=SECRET)

    async def forward(*, watched=False):
        reference = await office.asked_and_proven("access", relations=("caller",), phone=PHONE)
        if not watched:
            await office.unwatched()
        return await office.case_of(reference, "a")

    forward.business = business
    return forward


async def add_member(office, controller_id, email):
    vault = office.service.vault
    row = MemberRow(
        new_id(),
        controller_id,
        vault.seal(email.encode(), EMAIL_PURPOSE),
        vault.blind_index("email", email),
        vault.seal(b"Owner", NAME_PURPOSE),
        "en",
        office.clock(),
    )
    async with office.db.write() as tx:
        await members.add(tx, row)
    return row.id


async def attempts(sql, message_id=None):
    """Number, status and error of each attempt at a webhook."""
    rows = await sql.fetch(
        "SELECT a.number, a.status, a.error FROM attempt a JOIN outbox o ON o.id = a.outbox_id "
        "WHERE o.channel = 'webhook' AND ($1::uuid IS NULL OR o.id = $1) ORDER BY o.id, a.number",
        message_id,
    )
    return [tuple(row) for row in rows]


async def mails(sql):
    """Template and receiver of each mail to a member."""
    rows = await sql.fetch(
        "SELECT template, member_id, facts FROM outbox WHERE member_id IS NOT NULL ORDER BY id"
    )
    return [(row["template"], row["member_id"]) for row in rows]
