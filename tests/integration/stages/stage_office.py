"""Drives the service as its faces do, on a clock that the test turns."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from stage_double import DoubleSystem, settings_json

from dsar.contract import OrderKind, Role
from dsar.domain.controllers import ControllerActor
from dsar.domain.history import verify
from dsar.domain.identity import IdentityKind
from dsar.domain.work import StepKind
from dsar.intake import RawSubmission, read
from dsar.outbound import LocalOutbox
from dsar.outbound.webhook import new_secret
from dsar.review import Actor
from dsar.routing import Instructed
from dsar.store import cases, controllers, endpoints, events, findings, identities, parties, steps, systems
from dsar.store.controllers import ControllerRow
from dsar.store.endpoints import SECRET_PURPOSE
from dsar.store.rows import new_id
from dsar.store.systems import SystemRow
from dsar.vault.segments import unpack

EMAIL = "anna.virtanen@example.com"
PHONE = "+358401234567"
NAME = "Anna Virtanen"
BOTH = (Role.CONTROLLER, Role.PROCESSOR)


class HandClock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at

    def turn(self, **by):
        self.at += timedelta(**by)


class Office:
    def __init__(self, service, connector, clock):
        self.service = service
        self.connector = connector
        self.clock = clock
        self.db = service.db
        self.outbox = LocalOutbox(Path(service.settings.local_outbox))

    # The world

    async def system(self, key="crm", *, roles=BOTH, orders=(OrderKind.ERASE, OrderKind.SUPPRESS), **options):
        system = self.connector.systems.setdefault(key, DoubleSystem(key))
        row = SystemRow(
            key=key,
            connector="double",
            title=f"System {key}",
            settings=self.service.vault.seal(settings_json(key), "system"),
            roles=roles,
            orders=orders,
            **{"retry_delay_seconds": 1.0, "attempts_max": 3, **options},
        )
        async with self.db.write() as tx:
            await systems.put(tx, row, self.clock())
        return system

    async def business(self, name, tenant, *, numbers=(), url=None, secret=None, **more):
        row = ControllerRow(id=new_id(), name=name, tenant=tenant, telephone_numbers=tuple(numbers), **more)
        async with self.db.write() as tx:
            await controllers.add(tx, row, self.clock())
            if url is not None:
                sealed = self.service.vault.seal((secret or new_secret()).encode(), SECRET_PURPOSE)
                await endpoints.put(tx, row.id, url, sealed, "thin", self.clock())
        return row.id

    async def staff(self, name="Sanna", role="reviewer"):
        async with self.db.write() as tx:
            return Actor(await parties.add_staff(tx, name, role, self.clock()))

    # The person

    async def ask(
        self, *rights, relations=("prospect",), email=EMAIL, phone="", channel="form", work=True, **more
    ):
        vouched = {
            k: more.pop(k) for k in ("proof", "actor", "controller_id", "tenant", "received_at") if k in more
        }
        raw = RawSubmission(rights=rights, relations=relations, email=email, phone=phone, **more)
        submission = read(raw, self.service.profile.profile, self.clock(), channel=channel, **vouched)
        filed = await self.service.desk.take(submission)
        if work:
            await self.work()
        return filed.request.reference

    def messages(self, to):
        return [message for message in self.outbox.messages(1000) if message.to == to]

    def code(self, to):
        """The six digits of the latest message that holds any."""
        for message in self.messages(to):
            if found := re.search(r"(?<![\w-])(\d{6})(?![\w-])", message.text):
                return found[1]
        raise AssertionError("no code was sent")

    async def prove(self, reference, kind=IdentityKind.EMAIL, to=EMAIL):
        await self.service.proving.prove(reference, kind, self.code(to))

    async def asked_and_proven(self, *rights, **more):
        reference = await self.ask(*rights, **more)
        if more.get("email", EMAIL):
            await self.prove(reference, to=more.get("email", EMAIL))
        if more.get("phone"):
            await self.prove(reference, IdentityKind.PHONE, more["phone"])
        await self.work()
        return reference

    # The worker

    async def work(self):
        await self.service.engine().drain()

    async def work_for(self, **span):
        """Turn the clock in small steps, working at each, as retries want it."""
        until = self.clock.at + timedelta(**span)
        while self.clock.at < until:
            await self.work()
            self.clock.turn(seconds=max(1.0, (until - self.clock.at).total_seconds() / 40))
        await self.work()

    # What came of it

    async def cases(self, reference):
        async with self.db.read() as connection:
            rows = await connection.fetch(
                "SELECT c.id FROM case_file c JOIN request r ON r.id = c.request_id WHERE r.reference = $1 ORDER BY c.id",
                reference,
            )
            return [await cases.one(connection, row["id"]) for row in rows]

    async def case(self, reference):
        (one,) = await self.cases(reference)
        return one

    async def case_of(self, reference, tenant):
        return next(case for case in await self.cases(reference) if case.tenant == tenant)

    async def one(self, case_id: UUID):
        async with self.db.read() as connection:
            return await cases.one(connection, case_id)

    async def steps(self, case_id, kind=None):
        async with self.db.read() as connection:
            rows = await steps.of_case(connection, case_id)
        return [row for row in rows if kind is None or row.kind == kind]

    async def step(self, case_id, kind, key=None):
        (one,) = [row for row in await self.steps(case_id, kind) if key is None or row.key == key]
        return one

    async def events(self, case_id):
        async with self.db.read() as connection:
            return await events.of_case(connection, case_id)

    async def sendings(self, case_id):
        """The steps that send a case's messages to those outside: not its alarms to staff."""
        async with self.db.read() as connection:
            rows = await connection.fetch(
                "SELECT id FROM outbox WHERE case_id = $1 AND NOT to_staff", case_id
            )
        told = {str(row["id"]) for row in rows}
        kinds = {StepKind.SEND, StepKind.DELIVER}
        return [row for row in await self.steps(case_id) if row.kind in kinds and row.key in told]

    async def unwatched(self):
        """Take the watch off every case, for a test in which nothing else may be due."""
        async with self.db.write() as tx:
            await tx.execute("DELETE FROM step WHERE kind = 'clock.watch'")

    async def event(self, case_id, type_):
        (one,) = [event for event in await self.events(case_id) if event.type == type_]
        return one

    async def matches(self, case_id):
        async with self.db.read() as connection:
            return await findings.matches_of_case(connection, case_id)

    async def identities(self, case_id):
        async with self.db.read() as connection:
            return await identities.of_case(connection, case_id)

    async def collected(self, case_id):
        """Everything in a case's segments, opened."""
        async with self.db.read() as connection:
            case = await cases.one(connection, case_id)
            rows = await findings.segments_of_case(connection, case_id)
            key = self.service.vault.case_key(case.wrapped_key)
            items = []
            for row in rows:
                inline = row.blob_key is None
                sealed = (
                    await findings.sealed_segment(connection, row.step_id, row.seq)
                    if inline
                    else await self.service.blobs.get(row.blob_key)
                )
                items.extend(unpack(sealed, key))
        return items

    async def record_ids(self, case_id):
        return [getattr(item, "attachment", item).origin.record_id for item in await self.collected(case_id)]

    async def letter(self, case_id):
        """The last letter of a case, opened."""
        async with self.db.read() as connection:
            case = await cases.one(connection, case_id)
            sealed = await connection.fetchval(
                "SELECT sealed FROM letter WHERE case_id = $1 ORDER BY created_at DESC LIMIT 1", case_id
            )
        return msgspec.json.decode(self.service.vault.case_key(case.wrapped_key).open(sealed, "letter"))[
            "text"
        ]

    async def broken(self):
        """The first place at which any history does not hold."""
        async with self.db.read() as connection:
            for case_id, count, head in await cases.heads(connection):
                if found := verify(case_id, await events.of_case(connection, case_id), count, head):
                    return found
        return None

    # The controller

    async def instruct(self, controller_id, case_id, instruction, ground="", **more):
        said = msgspec.convert({"instruction": instruction, "ground": ground, **more}, Instructed)
        await self.service.instructing.instruct(ControllerActor(controller_id, "key:test"), case_id, said)
        await self.work()


BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
