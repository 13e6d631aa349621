"""The stage tests' double of a system: rows in memory, with failures, delays, marks and attachments to order."""

import asyncio
import hashlib
from collections import Counter, defaultdict, deque
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import msgspec
from msgspec import Struct

from dsar.contract import (
    Attachment,
    Changed,
    Collection,
    Coverage,
    Erase,
    Held,
    Kept,
    Manifest,
    Mark,
    Match,
    NotHeld,
    OrderKind,
    Origin,
    Plan,
    Proof,
    Receipt,
    Record,
    Rectify,
    Ref,
    Restrict,
    Role,
    Session,
    TenantHit,
    digest,
)

READ_AT = datetime(2026, 3, 1, tzinfo=UTC)


class Row(Struct):
    """One record of one subject."""

    subject: str
    record_id: str
    data: dict = {}
    tenant: str | None = None
    collection: str = "contacts"
    kept_ground: str | None = None
    kept_dated: date | None = None
    kept_until: date | None = None
    file: bytes | None = None
    more: dict = {}  # what else the record, or the file, says of itself


class Subject(Struct):
    """Whom the rows belong to, and what they are found by."""

    id: str
    refs: set[tuple[str, str]]
    sure: bool = True


class DoubleSystem:
    """One system: what it holds, what it was asked, and what is to go wrong."""

    def __init__(self, key):
        self.key = key
        self.subjects = {}
        self.rows = []
        self.asked = []  # every call that touches data, with its scope
        self.effects = {}  # what each order's key did, for an order is carried out once
        self.orders = []  # every order as it came, repetitions too
        self.suppressed = set()
        self.restricted = set()  # (tenant, subject)
        self.proof = Proof.VERIFIED
        self.faults = defaultdict(deque)
        self.leaves = set()  # record ids that an erasure forgets
        self.shared = set()  # record ids of items that several subjects have: they go with the first of them
        self.forgetful = False  # like a database: it knows no key again, and does what is ordered
        self.compares = True  # makes the plan anew before it erases, as the contract wants
        self.ask_again = deque()
        self.gates = {}
        self.counted = {}  # by tenant: what a look-up says that it met
        self.entered = defaultdict(asyncio.Event)
        self.opened = 0
        self.finds_by = None
        self.fault_at_item = None
        self.marks_every = 1
        self.in_capitals = False

    def person(self, subject_id, *refs, sure=True):
        self.subjects[subject_id] = Subject(subject_id, set(refs), sure)
        return self

    def add(self, *rows):
        self.rows.extend(rows)
        return self

    def hold(self, operation):
        """Let a call of that kind wait until the gate is set."""
        gate = self.gates[operation] = asyncio.Event()
        return gate

    async def meet(self, operation, scope=None):
        self.asked.append((operation, scope))
        self.entered[operation].set()
        if operation in self.gates:
            await self.gates[operation].wait()
        if self.faults[operation]:
            fault = self.faults[operation].popleft()
            if fault is not None:
                raise fault

    def writes(self, subject):
        """A subject's identities as the system writes them, which may not be as they are searched for."""
        return [(kind, value.upper() if self.in_capitals else value) for kind, value in subject.refs]

    def operations(self):
        return [operation for operation, _ in self.asked]

    def visible(self, subject_id, scope):
        tenant = scope.tenant if scope.role is Role.PROCESSOR else None
        rows = [row for row in self.rows if row.subject == subject_id and row.tenant == tenant]
        return sorted(rows, key=lambda row: (row.collection, row.record_id))

    def ids(self):
        return sorted(row.record_id for row in self.rows)


class DoubleSession(Session):
    collections = None

    def __init__(self, system):
        self.system = system
        self.collections = {
            "contacts": Collection("contact", "People"),
            "invoices": Collection("billing", "Invoices"),
            "calls": Collection("call_records", "Calls", dated="at"),
        }

    @property
    def finds_by(self):
        return self.system.finds_by

    async def probe(self):
        await self.system.meet("probe")
        return Coverage()

    async def tenants(self, refs):
        await self.system.meet("tenants")
        for row in self.system.rows:
            known = self.system.subjects[row.subject].refs
            for ref in refs:
                if row.tenant and (ref.kind, ref.value) in known:
                    yield TenantHit(row.tenant, ref, self.system.counted.get(row.tenant, {}))

    async def find(self, refs, scope):
        await self.system.meet("find", scope)
        self.system.asked.append(("refs", tuple(sorted((ref.kind, ref.value) for ref in refs))))
        for subject in self.system.subjects.values():
            by = [ref for ref in refs if (ref.kind, ref.value) in subject.refs]
            if by and self.system.visible(subject.id, scope):
                yield Match(Ref("subject", subject.id), by[0], subject.sure)

    async def export(self, ref, scope, after):
        await self.system.meet("export", scope)
        begin = int(after.cursor) if after else 0
        rows = self.system.visible(ref.value, scope)
        for number, row in enumerate(rows[begin:], begin + 1):
            if self.system.fault_at_item is not None and self.system.fault_at_item[0] == number:
                _, fault = self.system.fault_at_item
                self.system.fault_at_item = None
                raise fault
            origin = Origin(row.collection, row.record_id, READ_AT)
            if row.file is not None:
                yield Attachment(origin, f"{row.record_id}.wav", "audio/wav", len(row.file), **row.more)
            else:
                yield Record(origin, row.data, **row.more)
            if number % self.system.marks_every == 0:
                yield Mark(str(number))

    async def read(self, attachment, scope):
        await self.system.meet("read", scope)
        for row in self.system.rows:
            if row.record_id == attachment.origin.record_id:
                for at in range(0, len(row.file), 1000):
                    yield row.file[at : at + 1000]

    async def everyone(self):
        await self.system.meet("everyone")
        for subject in self.system.subjects.values():
            for tenant in sorted(
                {row.tenant for row in self.system.rows if row.subject == subject.id}, key=str
            ):
                for kind, value in sorted(self.system.writes(subject)):
                    yield Held(Ref(kind, value), tenant)

    async def foresee(self, ref, scope, order):
        await self.system.meet("foresee", scope)
        return self._plan(ref, scope, order)

    def _plan(self, ref, scope, order):
        gone, kept = self._sorted(ref, scope, order)
        erased = Counter(row.collection for row in gone)
        items = [(row.collection, row.record_id) for row in gone]
        stays = [(one.origin.collection, one.origin.record_id, one.ground) for one in kept]
        return Plan(dict(erased), kept, digest(items, stays))

    async def carry_out(self, ref, scope, order, key):
        system = self.system
        system.orders.append((type(order).__name__, key))
        if key not in system.effects or system.forgetful:
            compares = system.compares and isinstance(order, Erase) and order.plan is not None
            if compares and self._plan(ref, scope, order).digest != order.plan:
                raise Changed("the rows are no longer those of the plan")
            system.effects[key] = self._carried_out(ref, scope, order)
        await system.meet("carry_out", scope)
        changed, kept = system.effects[key]
        again = system.ask_again.popleft() if system.ask_again else None
        return Receipt(changed, system.proof, kept, again)

    def _carried_out(self, ref, scope, order):
        match order:
            case Erase():
                return self._erase(ref, scope, order)
            case Rectify():
                return self._rectify(ref, scope, order)
            case Restrict():
                change = self.system.restricted.add if order.on else self.system.restricted.discard
                change((scope.tenant, ref.value))
                return len(self.system.visible(ref.value, scope)), ()
        return self._suppress(ref)

    def _rectify(self, ref, scope, order):
        rows = [row for row in self.system.visible(ref.value, scope) if row.collection == order.collection]
        if not rows:
            raise NotHeld("the subject has nothing of that collection")
        for row in rows:
            row.data = {**row.data, **order.values}
        return len(rows), ()

    def _suppress(self, ref):
        self.system.suppressed.add((ref.kind, ref.value))
        return 7, ()  # a number that no erasure of these tests changes

    def _erase(self, ref, scope, order):
        gone, kept = self._sorted(ref, scope, order)
        gone = [row for row in gone if row.record_id not in self.system.leaves]
        for row in gone:
            self.system.rows.remove(row)
        also = self.system.shared & {row.record_id for row in gone}
        self.system.rows = [row for row in self.system.rows if row.record_id not in also]
        return len(gone), kept

    def _sorted(self, ref, scope, order):
        """What would go and what would stay."""
        gone, kept = [], []
        for row in self.system.visible(ref.value, scope):
            pair = row.collection, row.record_id
            if order.named and pair not in order.named:
                continue
            if row.kept_ground is not None and pair not in order.released:
                origin = Origin(row.collection, row.record_id, READ_AT)
                kept.append(Kept(origin, row.kept_ground, row.kept_until, row.kept_dated, restricted=True))
            else:
                gone.append(row)
        return gone, tuple(kept)


class DoubleSettings(Struct):
    name: str


class DoubleConnector:
    def __init__(self):
        self.systems = {}
        self.manifest = Manifest(
            key="double",
            title="A double",
            settings=DoubleSettings,
            finds_by=frozenset({"email", "phone"}),
            orders=frozenset(OrderKind),
            knows_tenants=True,
            lists_everyone=True,
        )

    def orders(self, settings):
        return self.manifest.orders

    @asynccontextmanager
    async def open(self, settings, tools):
        system = self.systems[settings.name]
        await system.meet("open")
        system.opened += 1
        yield DoubleSession(system)


def large(record_id, kilobytes, **values):
    """Data that does not compress, so that marks are really written."""
    pieces = [hashlib.sha512(f"{record_id}:{n}".encode()).hexdigest() for n in range(kilobytes * 8)]
    return {"id": record_id, "filling": "".join(pieces), **values}


def settings_json(name):
    return msgspec.json.encode(DoubleSettings(name))
