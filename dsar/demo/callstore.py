"""A call store for the demo and the tests: one real Asterisk call, multiplied to hundreds of two customers.

All people and numbers are fictitious. Nothing here uses the connector, so that `remains` can bear witness.
"""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from dsar.demo import conversation

DATA = Path(__file__).parent / "data" / "asterisk"
TENANTS = ("tenant-1", "tenant-2")
REAL_CALL_EPOCH = 1795304430
_SECONDS_APART = 3_607
_RECORDED_EVERY = 10
_OF_THREE = 28
_SIDES = ("", "-rx", "-tx")
_LINES = {"tenant-1": "0457000091", "tenant-2": "0457000092"}
_INTEGERS = {"duration", "billsec"}
_FIELDS = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
]
_COLUMNS = [
    "calldate",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "duration",
    "billsec",
    "disposition",
    "accountcode",
    "uniqueid",
    "linkedid",
]


class Caller(Struct, frozen=True):
    """Somebody who rings. `phone` is E.164, or as a trunk writes a withheld number."""

    name: str
    phone: str


ANNA = Caller("Anna Testi", "+358401234567")
BERTTA = Caller("Bertta Koe", "+358457000001")
DECOY = Caller("Anne Testi", "+358401234568")
WITHHELD = (Caller("Anonymous", "anonymous"), Caller("", ""))
_NAMED = (ANNA, BERTTA, DECOY)
_OTHERS = tuple(Caller(f"Soittaja {number}", f"+3584570000{number}") for number in range(10, 50))


class Call(Struct, frozen=True):
    """One call of the store: who, at which customer, its two channels, and whether it was recorded.

    In the one of three somebody else is heard beside the caller; what was said in it is written down.
    """

    caller: Caller
    tenant: str
    epoch: int
    inbound: bool = True
    written: str = ""
    of_three: bool = False

    @property
    def uniqueids(self) -> tuple[str, str]:
        """The charged leg's channel, on which the recording runs, and the other leg's."""
        return f"{self.epoch}.1", f"{self.epoch}.0"

    @property
    def recorded(self) -> bool:
        place = (REAL_CALL_EPOCH - self.epoch) // _SECONDS_APART
        return self.caller in _NAMED or place % _RECORDED_EVERY == 0

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its recordings."""
        return tuple(f"call-{self.uniqueids[0]}{side}.wav" for side in _SIDES) if self.recorded else ()


class CallStore(Struct, frozen=True):
    """What was built and who is in it. `settings` configures the connector `asterisk`."""

    folder: Path
    calls: tuple[Call, ...]

    @property
    def master_csv(self) -> Path:
        return self.folder / "cdr-csv" / "Master.csv"

    @property
    def accounts_csv_dir(self) -> Path:
        return self.folder / "cdr-csv"

    @property
    def sqlite(self) -> Path:
        return self.folder / "master.db"

    @property
    def recordings_dir(self) -> Path:
        return self.folder / "recordings"

    @property
    def transcripts_dir(self) -> Path:
        return self.folder / "transcripts"

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "master_csv": str(self.master_csv),
            "accounts_csv_dir": str(self.accounts_csv_dir),
            "sqlite": str(self.sqlite),
            "recordings_dir": str(self.recordings_dir),
            "transcripts_dir": str(self.transcripts_dir),
            "transcript_speakers": conversation.SPEAKERS,
            "region": "FI",
            "timezone": "UTC",
        }

    def of(self, phone: str, tenant: str | None = None) -> tuple[Call, ...]:
        """The calls that were built for a number, oldest first."""
        return tuple(
            call for call in self.calls if call.caller.phone == phone and tenant in {None, call.tenant}
        )


def build(folder: Path, *, calls: int = 300) -> CallStore:
    """Write a store of so many calls; the newest is the real one, byte for byte."""
    store = CallStore(folder, tuple(_call(place, calls) for place in range(calls)))
    store.accounts_csv_dir.mkdir(parents=True)
    store.recordings_dir.mkdir()
    store.transcripts_dir.mkdir()
    legs = [leg for call in store.calls for leg in _legs(call)]
    _write_csv(store, legs)
    _write_sqlite(store, legs)
    for name in (name for call in store.calls for name in call.files):
        side = name.removesuffix(".wav").rpartition(".1")[2]
        shutil.copyfile(DATA / f"call-{REAL_CALL_EPOCH}.1{side}.wav", store.recordings_dir / name)
    for call in (call for call in store.calls if call.of_three):
        name = f"call-{call.uniqueids[0]}"
        conversation.write(store.recordings_dir, store.transcripts_dir, name, call.epoch)
    return store


def remains(store: CallStore, phone: str, tenant: str) -> dict[str, int]:
    """Count what is left of a number's calls at a customer: rows in each copy, raw traces, files of sound and of words.

    `sqlite_traces` counts the channels' ids in the database's bytes, free pages included.
    """
    built = store.of(phone, tenant)
    ids = [uniqueid for call in built for uniqueid in call.uniqueids]
    raw = store.sqlite.read_bytes()
    return {
        "master_csv": _lines_with(store.master_csv, ids),
        "account_csv": _lines_with(store.accounts_csv_dir / f"{tenant}.csv", ids),
        "sqlite": _rows_with(store.sqlite, ids),
        "sqlite_traces": sum(raw.count(uniqueid.encode()) for uniqueid in ids),
        "recordings": sum((store.recordings_dir / name).exists() for call in built for name in call.files),
        "transcripts": sum((store.transcripts_dir / f"call-{each}.json").exists() for each in ids),
    }


def _call(place: int, calls: int) -> Call:
    """Who rings whom, by the call's place. The last is the real call; the named ring at fixed places."""
    epoch = REAL_CALL_EPOCH - (calls - 1 - place) * _SECONDS_APART
    if place == calls - 1:
        return Call(ANNA, "tenant-1", epoch, written=ANNA.phone)
    caller, inbound = _ringing(place)
    tenant = "tenant-1" if caller is BERTTA else TENANTS[place % 2]
    # One of Anna's, and of those the newest.
    of_three = place % 50 == _OF_THREE and place + 50 >= calls
    return Call(caller, tenant, epoch, inbound, _written(caller.phone, place), of_three)


def _ringing(place: int) -> tuple[Caller, bool]:
    match place % 50:
        case 3 | 14 | 28:
            return ANNA, True
        case 37:
            return ANNA, False
        case 8 | 21:
            return BERTTA, True
        case 5 | 30:
            return DECOY, True
        case 12 | 43:
            return WITHHELD[place % 2], True
        case _:
            return _OTHERS[place * 7 % len(_OTHERS)], True


def _written(phone: str, place: int) -> str:
    """The number as one of three trunks writes it."""
    if not phone.startswith("+"):
        return phone
    return (phone, f"0{phone[4:]}", f"00{phone[1:]}")[place % 3]


def _legs(call: Call) -> list[dict[str, str]]:
    """The two legs of the real call, with this call's people and times."""
    with (DATA / "Master.csv").open(encoding="utf-8", newline="") as stream:
        real = [dict(zip(_FIELDS, row, strict=True)) for row in csv.reader(stream)]
    linked = {"linkedid": call.uniqueids[1]}
    if call.epoch == REAL_CALL_EPOCH:
        return [leg | linked for leg in real]
    return [leg | linked | _changed(leg, call, place) for place, leg in enumerate(real)]


def _changed(leg: dict[str, str], call: Call, place: int) -> dict[str, str]:
    line = _LINES[call.tenant]
    src, dst = (call.written, line) if call.inbound else (line, call.written)
    name = call.caller.name if call.inbound else "Myynti"
    channel = f"Local/{dst}@inbound-{call.epoch & 0xFFFFFFFF:08x};{2 - place}"
    return {
        "accountcode": call.tenant if leg["accountcode"] else "",
        "src": src,
        "dst": dst if leg["dst"] != "s" else "s",
        "clid": f'"{name}" <{src}>' if src else '""',
        "channel": channel,
        "start": _time(call.epoch),
        "answer": _time(call.epoch),
        "end": _time(call.epoch + 4),
        "uniqueid": call.uniqueids[place],
    }


def _time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _write_csv(store: CallStore, legs: list[dict[str, str]]) -> None:
    store.master_csv.write_text("".join(map(_line, legs)), encoding="utf-8")
    for tenant in TENANTS:
        own = (_line(leg) for leg in legs if leg["accountcode"] == tenant)
        (store.accounts_csv_dir / f"{tenant}.csv").write_text("".join(own), encoding="utf-8")


def _line(leg: dict[str, str]) -> str:
    """Quote as cdr_csv does: every text, no number."""
    texts = (
        leg[name] if name in _INTEGERS else '"{}"'.format(leg[name].replace('"', '""')) for name in _FIELDS
    )
    return ",".join(texts) + "\n"


def _write_sqlite(store: CallStore, legs: list[dict[str, str]]) -> None:
    shutil.copyfile(DATA / "master.db", store.sqlite)
    rows = [leg | {"calldate": leg["start"]} for leg in legs]
    marks = ", ".join(f":{column}" for column in _COLUMNS)
    with closing(sqlite3.connect(store.sqlite)) as database, database:
        database.execute("DELETE FROM cdr")
        database.executemany(f"INSERT INTO cdr ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)  # noqa: S608 - fixed names


def _lines_with(path: Path, ids: list[str]) -> int:
    with path.open(encoding="utf-8") as stream:
        return sum(any(f'"{uniqueid}"' in line for uniqueid in ids) for line in stream)


def _rows_with(path: Path, ids: list[str]) -> int:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        return sum(_count(database, ids))


def _count(database: sqlite3.Connection, ids: list[str]) -> Iterator[int]:
    for uniqueid in ids:
        yield from database.execute("SELECT count(*) FROM cdr WHERE uniqueid = ?", (uniqueid,)).fetchone()
