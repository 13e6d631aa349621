"""A case that is to be assembled, in a real database and a real blob store."""

from datetime import UTC, datetime, timedelta

import pytest

from dsar.bundle import Bundling
from dsar.contract import Attachment, Channel, Origin, Record, Role
from dsar.domain.case import State
from dsar.domain.clock import due
from dsar.domain.profile import load
from dsar.domain.rights import Right
from dsar.domain.work import Done, NewStep, StepKind, StepOutcome
from dsar.intake.filing import Filed
from dsar.render import Templates
from dsar.store import arrivals, cases, controllers, deliveries, findings, parties, shipped, steps, systems
from dsar.store.cases import NewCase
from dsar.store.controllers import ControllerRow
from dsar.store.findings import SegmentRow
from dsar.store.requests import RequestRow
from dsar.store.rows import new_id
from dsar.store.systems import SystemRow
from dsar.vault import BlobStore, Vault
from dsar.vault.segments import StoredAttachment, encode, pack

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

PROFILE = """
key = "test"
rights = ["access", "portability"]
controller_for = ["prospect", "account_user"]
callers = "forward"
regime = "EU_GDPR"

[operator]
name = "Example Oy"
country = "FI"
timezone = "Europe/Helsinki"
contact = "privacy@example.com"
languages = ["en"]

[categories.account]
title = "Account"
purpose = "To give you the service you ordered"
legal_basis = [{ article = "GDPR 6(1)(b)", because = "the contract" }]
source = "You"
retention = [{ words = "90 days after the account ends" }]
portable = true
"""


class Bench:
    """One case and the stage that assembles it."""

    def __init__(self, db, blobs, right=Right.ACCESS, controller=None):
        self.db = db
        self.blobs = blobs
        self.right = right
        self.controller = controller
        self.profile = load(PROFILE, "test")
        self.vault = Vault(bytes(32))
        self.key, self.wrapped = self.vault.new_case_key()
        self.case_id = new_id()
        self.seq = 0
        self.at = NOW
        self.stage = Bundling(
            db,
            self.vault,
            blobs,
            Templates(shipped("templates"), shipped("translations")),
            self.profile,
            self.now,
        )

    def now(self):
        return self.at

    async def make(self):
        request = RequestRow(new_id(), f"R-{self.case_id}", NOW, "form", "en")
        clock = due(NOW, self.profile.profile.regime, self.profile.profile.operator.place)
        case = NewCase(
            id=self.case_id,
            request_id=request.id,
            right=self.right,
            role="processor" if self.controller else "controller",
            controller_id=self.controller and self.controller.id,
            tenant=self.controller and self.controller.tenant,
            state=State.ASSEMBLING,
            regime="EU_GDPR",
            received_at=NOW,
            due=clock,
            wrapped_key=self.wrapped,
            sealed_details=None,
            event_count=0,
            event_head=b"",
        )
        async with self.db.write() as tx:
            await parties.keep_profile(tx, self.profile, NOW)
            if self.controller:
                await controllers.add(tx, self.controller, NOW)
            filed = Filed(request=request, cases=[case], events=[], identities=[], challenges=[], notices=[])
            await arrivals.insert(tx, [filed], self.profile.hash, NOW)
            for key in ("crm", "calls", "helpdesk", "mailer"):
                row = SystemRow(
                    key=key,
                    connector="x",
                    title=f"The {key}",
                    settings=b"",
                    roles=(Role.CONTROLLER,),
                    orders=(),
                )
                await systems.put(tx, row, NOW)
        await self.search(
            crm=StepOutcome.FOUND,
            calls=StepOutcome.FOUND,
            helpdesk=StepOutcome.GAP,
            mailer=StepOutcome.NO_MATCH,
        )
        return self

    async def search(self, **outcomes):
        async with self.db.write() as tx:
            await steps.insert(tx, [(self.case_id, NewStep(StepKind.SEARCH, key)) for key in outcomes], NOW)
        self.searches = {step.key: step for step in await self.claim()}
        for key, outcome in outcomes.items():
            async with self.db.settle(self.searches[key], Done(outcome), NOW):
                pass

    async def claim(self, now=NOW):
        async with self.db.write() as tx:
            return await steps.claim(tx, now, now + timedelta(minutes=1), 50)

    async def add(self, system, items, *, collection="things", portable=True, in_blob=False):
        """One segment."""
        self.seq += 1
        lines = [encode(item) for item in items]
        sealed = pack(lines, self.key)
        records = sum(isinstance(item, Record) for item in items)
        blob_key = f"{self.case_id}/segment/{self.seq}" if in_blob else None
        if blob_key:
            await self.blobs.put(blob_key, sealed)
        row = SegmentRow(
            step_id=self.searches[system].id,
            seq=self.seq,
            system_key=system,
            collection=collection,
            category="account",
            portable=portable,
            records=records,
            attachments=len(items) - records,
            bytes=sum(map(len, lines)),
            blob_key=blob_key,
        )
        async with self.db.write() as tx:
            await findings.add_segment(tx, self.case_id, row, None if in_blob else sealed, NOW)

    async def add_recording(self, record_id, content):
        async def parts():
            for begin in range(0, len(content), 50_000):
                yield content[begin : begin + 50_000]

        blob_key = f"{self.case_id}/attachment/{record_id}"
        await self.blobs.put_sealed(blob_key, parts(), self.key, "attachment")
        attachment = Attachment(
            Origin("recordings", record_id, NOW), "call.wav", "audio/wav", len(content), (Channel("caller"),)
        )
        await self.add(
            "calls", [StoredAttachment(attachment, blob_key, len(content))], collection="recordings"
        )

    async def step(self):
        """The claimed step that assembles."""
        async with self.db.write() as tx:
            await steps.insert(tx, [(self.case_id, NewStep(StepKind.ASSEMBLE))], NOW)
        (step,) = await self.claim()
        return step

    async def bundle(self):
        async with self.db.read() as connection:
            return await deliveries.bundle_of_case(connection, self.case_id)

    async def case(self):
        async with self.db.read() as connection:
            return await cases.one(connection, self.case_id)

    async def steps(self):
        async with self.db.read() as connection:
            return {step.kind: step for step in await steps.of_case(connection, self.case_id)}

    async def opened(self, blob_key):
        return b"".join([part async for part in self.blobs.get_opened(blob_key, self.key, "bundle")])


def record(number, **data):
    return Record(Origin("things", str(number), NOW), {"n": number, **data})


@pytest.fixture
def blob_folder(tmp_path):
    return tmp_path / "blobs"


@pytest.fixture
async def bench(db, blob_folder):
    return await Bench(db, BlobStore.open(f"file://{blob_folder}")).make()


@pytest.fixture
async def portable_bench(db, blob_folder):
    return await Bench(db, BlobStore.open(f"file://{blob_folder}"), Right.PORTABILITY).make()


@pytest.fixture
async def customers_bench(db, blob_folder):
    customer = ControllerRow(
        id=new_id(), name="Bakery Ltd", tenant="acme", contact_email="hello@bakery.example"
    )
    return await Bench(db, BlobStore.open(f"file://{blob_folder}"), controller=customer).make()


@pytest.fixture
def make_record():
    return record
