"""A double of a system that lives in a folder, so that it outlives the worker which is killed in the middle of it.

An order's effect is one file named after its key, made with O_EXCL; every order that comes is a line in `orders`.
"""

import asyncio
import hashlib
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from dsar.contract import (
    Collection,
    Coverage,
    Erase,
    Manifest,
    Mark,
    Match,
    OrderKind,
    Origin,
    Proof,
    Receipt,
    Record,
    Ref,
    Session,
)

RECORDS = 12


class FolderSettings(Struct):
    folder: str
    seconds: float


class FolderSession(Session):
    collections = None

    def __init__(self, settings):
        self.folder = Path(settings.folder)
        self.seconds = settings.seconds
        self.collections = {"contacts": Collection("contact", "People")}

    async def probe(self):
        return Coverage()

    def note(self, name, line):
        with (self.folder / name).open("a") as file:
            file.write(f"{line}\n")

    async def tenants(self, refs):
        for _ in ():
            yield

    async def find(self, refs, scope):
        await asyncio.sleep(self.seconds)
        for ref in refs:
            if ref.kind == "email" and not (self.folder / f"gone-{ref.value}").exists():
                yield Match(Ref("mail", ref.value), ref)

    async def export(self, ref, scope, after):
        gone = (self.folder / f"gone-{ref.value}").exists()
        for number in range(int(after.cursor) if after else 0, 0 if gone else RECORDS):
            await asyncio.sleep(self.seconds / RECORDS)
            filling = "".join(
                hashlib.sha512(f"{ref.value}{number}{n}".encode()).hexdigest() for n in range(1000)
            )
            yield Record(
                Origin("contacts", f"{number:02d}", datetime(2026, 3, 1, tzinfo=UTC)), {"filling": filling}
            )
            yield Mark(str(number + 1))

    async def read(self, attachment, scope):
        yield b""

    async def carry_out(self, ref, scope, order, key):
        kind = type(order).__name__
        self.note("orders", f"{kind} {key}")
        effect = self.folder / f"effect-{hashlib.sha256(key.encode()).hexdigest()}"
        try:
            os.close(os.open(effect, os.O_CREAT | os.O_EXCL))
            self.note("effects", f"{kind} {ref.value}")
            if isinstance(order, Erase):
                (self.folder / f"gone-{ref.value}").touch()
        except FileExistsError:
            pass
        await asyncio.sleep(
            self.seconds
        )  # the moment in which a killed worker does not yet know that it was done
        return Receipt(RECORDS, Proof.VERIFIED)


class FolderConnector:
    manifest = Manifest(
        key="folder",
        title="A folder",
        settings=FolderSettings,
        finds_by=frozenset({"email"}),
        orders=frozenset({OrderKind.ERASE, OrderKind.SUPPRESS}),
    )

    def orders(self, settings):
        return self.manifest.orders

    @asynccontextmanager
    async def open(self, settings, tools):
        yield FolderSession(settings)
