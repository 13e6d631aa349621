"""Call stores for the kit: real files in each form that Asterisk writes, with and without its REST interface."""

import asyncio
from contextlib import asynccontextmanager, nullcontext

import msgspec
from support.impatience import Clients

from dsar.conformance import Fault, Person
from dsar.contract import Ref, Role, Scope
from dsar.demo.callstore import ANNA, DECOY, TENANTS, build
from dsar.demo.exchange import Answer
from dsar_asterisk import AsteriskSettings, connector

from .ari_double import PASSWORD, USER, AriDouble
from .logs import add_logs, left_in

ONE, TWO = (Scope(Role.PROCESSOR, tenant) for tenant in TENANTS)
NOBODY = (Ref("phone", "+358409999999"),)
_FORMS = {
    "csv": {"sqlite": None, "cel_sqlite": None},
    "sqlite": {"master_csv": None, "accounts_csv_dir": None, "cel_csv": None},
    "ari": {"recordings_dir": None},
}


class CallStoreCounterpart:
    """Anna rings two customers; the decoy's number differs by a digit, and her name by a letter."""

    connector = connector
    nobody = NOBODY

    def __init__(self, folder, form, ari=None, url=None):
        self.store = build(folder, calls=40)
        self._ari = ari
        self._clients = Clients()
        chosen = add_logs(self.store) | {"mark_every_calls": 1} | _FORMS[form]
        if ari is not None:
            chosen |= {"ari_url": url, "ari_user": USER, "ari_password": PASSWORD}
            ari.recordings = {path.stem: path.read_bytes() for path in self.store.recordings_dir.iterdir()}
        self.settings = msgspec.convert(chosen, AsteriskSettings)
        # Files show no status, and root may read them all: only their absence, and over HTTP everything.
        self.faults = frozenset(Fault) if ari else frozenset({Fault.BROKEN})
        self.known = self._person(ANNA, ONE)
        self.decoy = self._person(DECOY, ONE)
        self.other_tenant = self._person(ANNA, TWO)

    def _person(self, caller, scope):
        items = set()
        for call in self.store.of(caller.phone, scope.tenant):
            items |= {(name, call.uniqueids[1]) for name in ("calls", "call_events", "queue_events")}
            names = [name.removesuffix(".wav") for name in call.files] if self._ari else call.files
            items |= {("transcripts", call.uniqueids[1])} if call.of_three else set()
            items |= {("recordings", f"ari:{name}" if self._ari else name) for name in names}
        national = f"0{caller.phone[4:]}"
        said = (caller.phone[1:], national, national[1:], caller.name)
        return Person((Ref("phone", caller.phone),), scope, frozenset(items), said)

    def client(self):
        return self._clients.new()

    async def held(self, person):
        built = self.store.of(person.refs[0].value, person.scope.tenant)
        ids = [uniqueid for call in built for uniqueid in call.uniqueids]
        settings = self.settings
        logs = (
            settings.master_csv,
            settings.sqlite,
            settings.cel_csv,
            settings.cel_sqlite,
            settings.queue_log,
        )
        held = sum(left_in(self.store.folder / path, ids) for path in logs if path)
        held += sum((self.store.transcripts_dir / f"call-{each}.json").exists() for each in ids)
        files = [name for call in built for name in call.files]
        if self._ari:
            return held + sum(name.removesuffix(".wav") in self._ari.recordings for name in files)
        return held + sum((self.store.recordings_dir / name).exists() for name in files)

    @asynccontextmanager
    async def misbehave(self, fault):
        if self._ari is None:
            away = self.store.folder.with_name("away")
            self.store.folder.rename(away)
            yield
            away.rename(self.store.folder)
            return
        with self._clients.unanswered() if fault is Fault.SILENT else nullcontext():
            self._ari.silent_seconds = 30.0 if fault is Fault.SILENT else 0.0
            self._ari.instead = _INSTEAD[fault]
            yield
        self._ari.silent_seconds, self._ari.instead = 0.0, None

    async def until(self, moment):
        await asyncio.sleep(0)


def _status(number):
    return lambda told: Answer(number, b'{"message":"told to"}')


_INSTEAD = {
    Fault.UNAUTHORISED: _status(401),
    Fault.THROTTLED: _status(429),
    Fault.BROKEN: _status(500),
    Fault.SILENT: None,
    Fault.GARBAGE: lambda told: Answer(200, b"<html>busy</html>"),
    Fault.CUT_OFF: lambda told: msgspec.structs.replace(told, cut=True),
}


@asynccontextmanager
async def call_store(folder, form):
    """A fresh one in one of the forms."""
    if form != "ari":
        yield CallStoreCounterpart(folder, form)
        return
    ari = AriDouble()
    url = await ari.start()
    yield CallStoreCounterpart(folder, form, ari, url)
    await ari.stop()
    assert ari.violations == []
