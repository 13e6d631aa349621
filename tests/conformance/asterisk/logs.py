"""The other logs of a call store's calls, as Asterisk writes them: the CEL in both forms, and the queue log."""

import csv
import sqlite3
from contextlib import closing

from dsar_asterisk.cel import FIELDS

AGENT = "PJSIP/sanna"
_TYPES = ("CHAN_START", "ANSWER", "APP_START", "BRIDGE_ENTER", "HANGUP", "CHAN_END", "LINKEDID_END")


def add_logs(store):
    """Write the logs beside the store; the settings that name them too."""
    events = [event for call in store.calls for event in events_of(call)]
    write_cel_csv(store.folder / "cel" / "Master.csv", events)
    write_cel_sqlite(store.folder / "cel.db", events)
    queue = store.folder / "queue_log"
    queue.write_text("".join(["1795000000|NONE|NONE|NONE|QUEUESTART|\n", *map(queue_rows, store.calls)]))
    return store.settings | {
        "cel_csv": str(store.folder / "cel" / "Master.csv"),
        "cel_sqlite": str(store.folder / "cel.db"),
        "queue_log": str(queue),
    }


def events_of(call):
    """The caller's channel and the other one; only the first is charged to the customer."""
    line = "0457000091"
    number, dialled = (call.written, line) if call.inbound else (line, call.written)
    for place, kind in enumerate(_TYPES):
        for channel, uniqueid in enumerate(call.uniqueids):
            yield dict.fromkeys(FIELDS, "") | {
                "eventtype": kind,
                "eventtime": f"{call.epoch + place}.{100_000 + channel}",
                "cidname": call.caller.name if call.inbound else "Myynti",
                "cidnum": number,
                "cidani": number,
                "ciddnid": dialled,
                "exten": dialled if channel == 0 else "s",
                "context": "inbound",
                "channame": f"Local/{dialled}@inbound-{call.epoch & 0xFFFFFFFF:08x};{2 - channel}",
                "appname": "Queue" if kind == "APP_START" else "",
                "accountcode": call.tenant if channel == 0 else "",
                "uniqueid": uniqueid,
                "linkedid": call.uniqueids[1],
            }


def write_cel_csv(path, events):
    """Every field in quotes, as `CSV_QUOTE` makes it."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(events)


def write_cel_sqlite(path, events):
    names = ", ".join(FIELDS)
    marks = ", ".join(f":{name}" for name in FIELDS)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE IF NOT EXISTS cel (AcctId INTEGER PRIMARY KEY, {names})")
        database.executemany(f"INSERT INTO cel ({names}) VALUES ({marks})", events)


def queue_rows(call):
    """A caller waits, is connected to an agent, and hangs up."""
    caller, at = call.uniqueids[0], call.epoch
    number = call.written if call.inbound else "0457000091"
    return (
        f"{at}|{caller}|sales|NONE|ENTERQUEUE||{number}|1\n"
        f"{at + 1}|{caller}|sales|{AGENT}|CONNECT|1|{call.uniqueids[1]}|0\n"
        f"{at + 4}|{caller}|sales|{AGENT}|COMPLETECALLER|1|3|1\n"
    )


def left_in(path, ids):
    """In how many places of a file the ids still stand."""
    raw = path.read_bytes()
    return sum(raw.count(uniqueid.encode()) for uniqueid in ids)
