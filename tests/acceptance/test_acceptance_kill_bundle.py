"""A worker killed at each boundary between the stages, and in the middle of a large archive: the same bytes go out."""

import asyncio
import base64
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec
import pytest
from support.house import until
from support.scratch import scratch

from dsar.contract import Role
from dsar.domain.identity import IdentityKind
from dsar.intake import RawSubmission, read
from dsar.outbound import LocalOutbox
from dsar.review import Actor
from dsar.review.planning import Approval
from dsar.settings import Settings
from dsar.store import cases, content, parties, shipped, systems
from dsar.store.systems import SystemRow

from .kill_worker import BEGAN, EMAIL, Noise, at_work

WORKER = Path(__file__).with_name("kill_worker.py")
SMALL = Noise(records=40, recordings=3, recording_bytes=100_000)
LARGE = Noise(records=40, recordings=16, recording_bytes=64 << 20)
KILLED_AT_BYTES = 300 << 20

# What the worker waits for, held by us, is where it is killed. Readers go on.
LOCK = "LOCK TABLE {table} IN EXCLUSIVE MODE"
WAITING = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = $1"
LEASES = "UPDATE step SET leased_until = leased_until - interval '1 day' WHERE state = 'running'"


class Place:
    """A database and its blobs. Copied, it is another that was in the same state."""

    def __init__(self, embedded, folder, database, operator_key):
        self.embedded, self.folder, self.database = embedded, folder, database
        self.settings = Settings(
            database_url=_other(embedded.database_url, database),
            blob_url=f"file://{folder / 'blobs'}",
            operator_key=operator_key,
            local_outbox=str(folder / "outbox"),
            profile=str(folder / "profile.toml"),
        )

    @asynccontextmanager
    async def connected(self):
        connection = await asyncpg.connect(_other(self.embedded.admin_url, self.database))
        try:
            yield connection
        finally:
            await connection.close()

    async def copy(self, name):
        """Nobody may be connected meanwhile."""
        database, folder = f"kill_{secrets.token_hex(6)}", self.folder.with_name(name)
        await _run(self.embedded.admin_url, f"CREATE DATABASE {database} TEMPLATE {self.database} OWNER dsar")
        # Blobs are written once and never changed: a link is as good as a copy.
        shutil.copytree(self.folder, folder, copy_function=os.link)
        return Place(self.embedded, folder, database, self.settings.operator_key)

    def start(self):
        worker = subprocess.Popen([sys.executable, str(WORKER)], stdin=subprocess.PIPE)
        worker.stdin.write(msgspec.json.encode(self.settings))
        worker.stdin.close()
        return worker

    async def work(self):
        """To the end of what there is to do."""
        assert await asyncio.to_thread(self.start().wait, 120) == 0

    async def killed_waiting_for(self, table, reached="SELECT true"):
        """Let a worker run until it wants to write into the table, and kill it there."""
        async with self.connected() as holding, self.connected() as looking:
            held = holding.transaction()
            await held.start()
            await holding.execute(LOCK.format(table=table))
            worker = self.start()

            async def waits():
                there = await looking.fetchval(WAITING, self.database)
                return there and await looking.fetchval(reached)

            await until(waits, seconds=60)
            _kill(worker)
            await held.rollback()
        await self.lapse()

    async def killed_while_writing(self, size):
        """Let a worker run until so much of the archive is on the disk, and kill it there."""
        worker = self.start()

        async def written():
            return sum(path.stat().st_size for path in self.archives()) >= size

        await until(written, seconds=90)
        _kill(worker)
        await self.lapse()

    async def lapse(self):
        """The lease of the killed lapses, and the clock stands still: only so can the bytes be compared."""
        async with self.connected() as connection:
            await until(lambda: _none_left(connection, self.database), seconds=30)
            await connection.execute(LEASES)

    def archives(self):
        """Whole and begun ones."""
        return list((self.folder / "blobs").glob("*/bundle/*"))

    async def told(self):
        """What there is after all of it."""
        async with self.connected() as connection:
            [bundle] = await connection.fetch("SELECT sha256, bytes, records, blob_key FROM bundle")
            events = await connection.fetch("SELECT type FROM event ORDER BY case_id, seq")
            outbox = await connection.fetch("SELECT template FROM outbox ORDER BY template")
            letters = await connection.fetchval("SELECT count(*) FROM letter")
            left = await connection.fetch(
                "SELECT kind FROM step WHERE state = 'running' OR outcome = 'by_hand'"
            )
        assert [path.name for path in self.archives()] == [bundle["blob_key"].rpartition("/")[2]]
        assert left == []
        sent = [message.to for message in LocalOutbox.at(self.settings.local_outbox).messages(100)]
        return {
            "bundle": (bundle["sha256"].hex(), bundle["bytes"]),
            "records": bundle["records"],
            "events": [row["type"] for row in events],
            "outbox": [row["template"] for row in outbox],
            "sent": sorted(sent),
            "letters": letters,
        }

    async def approve(self):
        """As a reviewer does, who has looked at what there is."""
        async with at_work(self.settings) as service:
            async with service.db.write() as tx:
                actor = Actor(await parties.add_staff(tx, "Sanna", "reviewer", BEGAN))
                case = await cases.one(tx, await tx.fetchval("SELECT id FROM case_file"))
                looked_at = await content.of_case(tx, case, service.profile)
            await service.deciding.approve(actor, case.id, Approval(content=looked_at.digest.hex()))


@pytest.fixture
async def asked(embedded, template_database):
    """Makes a place in which a person has asked for a copy, proven who they are, and nothing was searched yet."""
    made = scratch("dsar-kill-", 0o700)

    async def go(holds, approval):
        folder = made / "first"
        folder.mkdir()
        text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
        (folder / "profile.toml").write_text(
            text.replace('approval = ["erasure"]', f"approval = {approval}"), encoding="utf-8"
        )
        database = f"kill_{secrets.token_hex(6)}"
        await _run(embedded.admin_url, f"CREATE DATABASE {database} TEMPLATE {template_database} OWNER dsar")
        place = Place(embedded, folder, database, base64.b64encode(secrets.token_bytes(32)).decode())
        async with at_work(place.settings) as service:
            await _ask(service, holds)
        return place

    yield go
    shutil.rmtree(made)


async def _ask(service, holds):
    row = SystemRow(
        key="noise",
        connector="noise",
        title="Noise",
        settings=service.vault.seal(msgspec.json.encode(holds), "system"),
        roles=(Role.CONTROLLER,),
        orders=(),
    )
    async with service.db.write() as tx:
        await systems.put(tx, row, BEGAN)
    raw = RawSubmission(rights=("access",), relations=("prospect",), email=EMAIL)
    filed = await service.desk.take(read(raw, service.profile.profile, BEGAN, channel="form"))
    await service.engine().drain()
    told = [message.text for message in LocalOutbox.at(service.settings.local_outbox).messages(10)]
    [code] = [found[0] for text in told if (found := re.search(r"(?<![\w-])\d{6}(?![\w-])", text))]
    await service.proving.prove(filed.request.reference, IdentityKind.EMAIL, code)


async def test_a_worker_killed_at_every_boundary_sends_what_an_undisturbed_one_sends(asked):
    place = await asked(SMALL, approval='["access"]')
    await place.killed_waiting_for("segment")  # searched, and nothing kept of it yet
    await place.killed_waiting_for("event")  # all is kept, and the search not ended
    await place.work()
    undisturbed = await place.copy("undisturbed")
    await undisturbed.approve()
    await undisturbed.work()

    await place.approve()
    await place.killed_waiting_for("bundle")  # the archive is written, and no row says so
    await place.killed_waiting_for(
        "outbox", "SELECT count(*) = 1 FROM bundle"
    )  # a row says so; nobody is told
    await place.work()
    await place.work()  # and once more when all is done

    told = await place.told()
    assert told == await undisturbed.told()
    assert told["records"] == SMALL.records, "what was searched twice is in it once"


async def test_a_worker_killed_in_the_middle_of_a_gigabyte_begins_it_again_and_leaves_the_same_bytes(asked):
    place = await asked(LARGE, approval="[]")
    await place.killed_waiting_for("bundle")  # all is collected, so that both begin with the same pieces
    undisturbed = await place.copy("undisturbed")
    await undisturbed.work()

    await place.killed_while_writing(KILLED_AT_BYTES)
    await place.work()

    told = await place.told()
    assert told == await undisturbed.told()
    assert told["bundle"][1] > 1 << 30


async def _none_left(connection, database):
    """Whether the killed one's connections are gone: what they had begun is rolled back then."""
    return not await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()", database
    )


def _kill(worker):
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL, "it ended before it was killed: the test proves nothing"


def _other(url, name):
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _run(url, statement):
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
