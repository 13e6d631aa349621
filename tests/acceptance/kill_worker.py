"""A worker in a process of its own, on a clock that stands still: `python kill_worker.py < settings.json`."""

import asyncio
import random
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Manifest,
    Mark,
    Match,
    Origin,
    Record,
    Ref,
    Session,
)
from dsar.engine import open_service
from dsar.outbound import installed
from dsar.settings import Settings
from dsar.store import steps

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EMAIL = "anna.virtanen@example.com"
PIECE_BYTES = 4 << 20


class Noise(msgspec.Struct):
    """How much the system holds."""

    records: int
    recordings: int
    recording_bytes: int


class NoiseSession(Session):
    """One person's records, and recordings that nothing compresses."""

    collections = None

    def __init__(self, holds):
        self._holds = holds
        self.collections = {
            "contacts": Collection("contact", "People"),
            "recordings": Collection("call_records", "Recordings"),
        }

    async def probe(self):
        return Coverage()

    async def tenants(self, refs):
        for tenant in ():
            yield tenant

    async def find(self, refs, scope):
        for ref in refs:
            if ref.value == EMAIL:
                yield Match(Ref("subject", "1"), ref)

    async def export(self, ref, scope, after):
        done = int(after.cursor) if after else 0
        total = self._holds.records + self._holds.recordings
        for number in range(done, total):
            yield self._item(number)
            if number % 10 == 9:
                yield Mark(str(number + 1))

    def _item(self, number):
        if number < self._holds.records:
            return Record(Origin("contacts", f"{number:03}", BEGAN), {"n": number, "said": f"a{number}" * 30})
        origin = Origin("recordings", f"{number:03}", BEGAN)
        return Attachment(origin, f"{number}.mp3", "audio/mpeg", self._holds.recording_bytes)

    async def read(self, attachment, scope):
        piece = random.Random(attachment.origin.record_id).randbytes(PIECE_BYTES)
        for at in range(0, self._holds.recording_bytes, PIECE_BYTES):
            yield piece[: self._holds.recording_bytes - at]


class NoiseConnector:
    """Found under `noise`."""

    manifest = Manifest(
        key="noise", title="Noise", settings=Noise, finds_by=frozenset({"email"}), orders=frozenset()
    )

    def orders(self, settings):
        return frozenset()

    @asynccontextmanager
    async def open(self, settings, tools):
        yield NoiseSession(settings)


@asynccontextmanager
async def at_work(settings):
    """The service on the clock that stands still."""
    installed()["noise"] = NoiseConnector()
    async with open_service(settings, now=lambda: BEGAN) as service:
        yield service


async def main():
    settings = msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)
    async with at_work(settings) as service:
        async with service.db.write() as tx:
            await steps.release_expired(tx, BEGAN)
        await service.engine().drain()


if __name__ == "__main__":
    asyncio.run(main())
