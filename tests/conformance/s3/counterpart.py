"""A moto server as the kit's counterpart: three places, three ways to tell whose an object is."""

import json
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256

import httpx

from dsar.conformance import Fault, Person
from dsar.contract import Ref, Role, Scope
from dsar_s3 import Index, Labels, Place, S3Settings, connector

from .mischief import Mischief, Shown
from .store import CALLS, KEYS, PAPERS, REGION, Store

RECORDINGS = Place(
    key="recordings",
    bucket=CALLS,
    category="call_recordings",
    description="Recordings of calls",
    pattern="recordings/{tenant}/{phone}/{any}.wav",
    media_type="audio/wav",
    channels=("caller:subject", "agent:business"),
)
PAPER = Place(
    key="papers",
    bucket=PAPERS,
    category="communication",
    description="Papers that were sent to us",
    prefix="papers/",
    index=Index(object="index/{tenant}.jsonl", key="file", identities={"email": "mail", "phone": "tel"}),
)
NOTES = Place(
    key="notes",
    bucket=CALLS,
    category="communication",
    description="Notes on calls",
    prefix="notes/",
    labels=Labels(identities={"phone": "caller"}, tenant="customer"),
    scan=True,
    others=("/metadata/agent",),
)
PLACES = (RECORDINGS, PAPER, NOTES)

NUMBER, ADDRESS = "+358401234567", "anna.testi@example.com"
LONGER, OTHER_ADDRESS = "+3584012345678", "anna.testi@example.co"
T1, T2 = Scope(Role.PROCESSOR, "t1"), Scope(Role.PROCESSOR, "t2")


def settings(url: str, *places: Place, **more: object) -> S3Settings:
    chosen = {"endpoint_url": url, "addressing": "path", "region": REGION, **KEYS, **more}
    return S3Settings(places=places or PLACES, **chosen)


def digest(*parts: str) -> str:
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]


class S3Counterpart:
    """The store, filled anew."""

    connector = connector
    faults = frozenset(Fault)
    nobody = (Ref("phone", "+358409999999"), Ref("email", "nobody@example.com"))

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown = Shown()
        self.settings = settings(store.url, mark_every_objects=3)
        self._fill("t1", NUMBER, ADDRESS, calls=4)
        self._fill("t1", LONGER, OTHER_ADDRESS, calls=2)
        self._fill("t2", NUMBER, ADDRESS, calls=2)
        for tenant in ("t1", "t2"):
            self._index(tenant)
        self.known = self._person(T1, NUMBER, ADDRESS)
        self.decoy = self._person(T1, LONGER, OTHER_ADDRESS)
        self.other_tenant = self._person(T2, NUMBER, ADDRESS)

    def _fill(self, tenant: str, number: str, address: str, calls: int) -> None:
        folder = f"recordings/{tenant}/{number}"
        for call in range(calls):
            version = self._store.put(f"{folder}/call {call} Anna Testi.wav", b"RIFF" * (call + 1))
            if call == 1:
                self._store.hold(f"{folder}/call {call} Anna Testi.wav", version)
        self._store.put(f"{folder}/call 0 Anna Testi.wav", b"RIFF again")
        self._store.s3.delete_object(Bucket=CALLS, Key=f"{folder}/call 0 Anna Testi.wav")
        self._store.s3.create_multipart_upload(Bucket=CALLS, Key=f"{folder}/call 9 Anna Testi.wav")
        labels = {"caller": number, "customer": tenant, "agent": "Aino"}
        self._store.put(f"notes/{tenant}-{number}.txt", b"rang at noon", Metadata=labels)
        self._store.put(f"papers/{tenant}-{number}.pdf", b"%PDF", bucket=PAPERS)

    def _index(self, tenant: str) -> None:
        rows = [
            {"file": f"{tenant}-{number}.pdf", "mail": mail, "tel": tel, "pages": 3}
            for number, mail, tel in ((NUMBER, ADDRESS, NUMBER), (LONGER, OTHER_ADDRESS, None))
            if tenant == "t1" or number == NUMBER
        ]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        self._store.put(f"index/{tenant}.jsonl", lines.encode(), bucket=PAPERS)

    def _person(self, scope: Scope, number: str, address: str) -> Person:
        return Person(
            refs=(Ref("phone", number), Ref("email", address)),
            scope=scope,
            items=frozenset(self._items(str(scope.tenant), number)),
            said=(number, number[1:], address, "Anna Testi"),
        )

    def _items(self, tenant: str, number: str) -> set[tuple[str, str]]:
        """As docs/connectors/s3.md says what they are called, from the store's own listing."""
        folder = f"recordings/{tenant}/{number}/"
        versions = set(self._store.entries(CALLS, folder))
        files = {
            ("recordings_files", version) for _, version in versions - self._store.markers(CALLS, folder)
        }
        uploads = {("recordings", f"upload-{digest(one)}") for one in self._store.uploads(CALLS, folder)}
        [(_, note)] = self._store.entries(CALLS, f"notes/{tenant}-{number}.txt")
        paper = f"null-{digest(*self._store.unversioned(PAPERS, f'papers/{tenant}-{number}.pdf'))}"
        return (
            {("recordings", version) for _, version in versions}
            | files
            | uploads
            | {("notes", note), ("notes_files", note), ("papers", paper), ("papers_files", paper)}
        )

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=Mischief(self._shown), timeout=5, trust_env=False)

    async def held(self, person: Person) -> int:
        tenant, number = person.scope.tenant, person.refs[0].value
        folder = f"recordings/{tenant}/{number}/"
        return (
            len(self._store.entries(CALLS, folder))
            + len(self._store.uploads(CALLS, folder))
            + len(self._store.entries(CALLS, f"notes/{tenant}-{number}.txt"))
            + len(self._store.entries(PAPERS, f"papers/{tenant}-{number}.pdf"))
            + self._store.read(f"index/{tenant}.jsonl", PAPERS).count(f'"{number}'.encode())
        )

    @asynccontextmanager
    async def misbehave(self, fault: Fault):
        self._shown.fault = fault
        try:
            yield
        finally:
            self._shown.fault = None

    async def until(self, moment: datetime) -> None:
        raise AssertionError("this store never asks for time")
