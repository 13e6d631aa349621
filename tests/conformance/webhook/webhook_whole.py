"""The reference server with all that the protocol may offer: its own answers, and the rest beside them."""

import base64
import json
import os
import sys
from hashlib import sha256

import webhook_server as reference
from webhook_server import DB, OPERATIONS, TABLES, application

TABLES_MORE = """
CREATE TABLE IF NOT EXISTS recording (id TEXT PRIMARY KEY, tenant TEXT, person TEXT, bytes BLOB);
CREATE TABLE IF NOT EXISTS flag (tenant TEXT, name TEXT, value TEXT, PRIMARY KEY (tenant, name, value));
CREATE VIEW IF NOT EXISTS whole AS SELECT name, person, tenant, item FROM item
UNION ALL SELECT 'recordings/' || id, person, tenant, json_object('collection', 'recordings', 'id', id, 'attachment',
    json_object('name', id || '.wav', 'media_type', 'audio/wav', 'size', length(bytes), 'channels',
        json_array(json_object('name', 'left', 'speaker', 'subject'), json_object('name', 'right', 'speaker', 'machine')),
        'maker', json_object('model', 'scribe-2'), 'record', json_object('collection', 'people', 'id', person)), 'kept', NULL) FROM recording;
"""
RECORDINGS = {
    "name": "recordings",
    "category": "recordings",
    "description": "What was said",
    "portable": False,
}
PIECE = 10_000  # fewer bytes than are asked for, so that an attachment comes in pieces


def probe(_):
    tickets = {**reference.TICKETS, "excluded": {"agent": "another person's name"}}
    people = {**reference.PEOPLE, "dated": None, "suppression": False}
    return {
        "protocol": 1,
        "collections": [people, tickets, RECORDINGS],
        "offers": [name for name in OPERATIONS if name not in {"probe", "find", "export"}],
        "not_covered": ["Drafts that were never sent"],
    }


def items(asked, after="", limit=-1):
    sql = "SELECT item FROM whole WHERE person = ? AND tenant IS ? AND name > ? ORDER BY name LIMIT ?"
    rows = DB.execute(sql, (asked["subject"], asked["scope"]["tenant"], after, limit))
    found = [json.loads(item) for (item,) in rows]
    for item in found:
        if item["collection"] == "tickets":
            item |= {
                "others": ["/text"],
                "made_by_ai": [],
                "inferred": ["/text"],
                "turns": [{"pointer": "/text", "speaker": "subject", "from_ms": 0, "to_ms": 900}],
                "maker": {"model": "scribe-2", "at": "2026-03-02T10:00:00Z"},
                "obtained_from": "a partner",
            }
    return found


def tenants(asked):
    found = {}
    for at, one in enumerate(asked["identities"]):
        sql = reference.FIND[one["kind"]].replace(
            "id FROM person WHERE tenant IS ?", "tenant FROM person WHERE true"
        )
        found |= {tenant: at for (tenant,) in DB.execute(sql, (one["value"],)) if tenant is not None}
    return {
        "tenants": [
            {"tenant": tenant, "found_by": at, "counts": {"people": 1}} for tenant, at in found.items()
        ]
    }


def everyone(asked):
    start = int(asked["cursor"] or 0)
    sql = "SELECT 'email', email, tenant FROM person UNION SELECT 'phone', phone, tenant FROM person ORDER BY 1, 2, 3"
    rows = DB.execute(f"{sql} LIMIT ? OFFSET ?", (asked["limit"], start)).fetchall()
    people = [{"kind": kind, "value": value, "tenant": tenant} for kind, value, tenant in rows]
    return {"people": people, "cursor": str(start + len(rows)) if len(rows) == asked["limit"] else None}


def attachment(asked):
    sql = "SELECT bytes FROM recording WHERE id = ? AND tenant IS ?"
    (whole,) = DB.execute(sql, (asked["id"], asked["scope"]["tenant"])).fetchone()
    end = asked["offset"] + min(asked["limit"], PIECE)
    piece = base64.b64encode(whole[asked["offset"] : end]).decode()
    return {"bytes": piece, "more": end < len(whole)}


def plan(asked):
    named = asked["only"] + asked["released"]
    erased, kept, names = {}, [], []
    for item in items(asked):
        name = {"collection": item["collection"], "id": item["id"]}
        if name not in (named or [name]):
            continue
        if item["kept"] and name not in asked["released"]:
            kept.append(name | item["kept"])
        else:
            names.append(name)
            erased[item["collection"]] = erased.get(item["collection"], 0) + 1
    whole = json.dumps([names, kept]).encode()
    return {"erased": erased, "kept": kept, "digest": sha256(whole).hexdigest()}


def erase(asked):
    """It takes its time: the first answer is that it works."""
    if asked["plan"] not in {None, plan(asked)["digest"]}:
        return {"status": "plan_changed"}
    reference_erase(asked)
    return {"status": "working", "changed": 0, "proof": "accepted", "ask_again_in": 1}


def _receipt(asked, **answer):
    said = {"status": "done", "proof": "verified", **answer}
    DB.execute("INSERT INTO receipt VALUES (?, ?)", (asked["key"], json.dumps(said)))
    return said


def rectify(asked):
    (column,) = asked["values"]
    if asked["collection"] != "tickets" or column != "text":
        return {"status": "not_held"}
    sql = "UPDATE ticket SET text = ? WHERE person = ? AND tenant IS ?"
    changed = DB.execute(sql, (asked["values"]["text"], asked["subject"], asked["scope"]["tenant"])).rowcount
    return _receipt(asked, changed=changed) if changed else {"status": "not_held"}


def restrict(asked):
    sql = (
        "INSERT OR IGNORE INTO flag VALUES (?, 'restricted', ?)"
        if asked["on"]
        else "DELETE FROM flag WHERE tenant = ? AND name = 'restricted' AND value = ?"
    )
    changed = DB.execute(sql, (asked["scope"]["tenant"] or "", asked["subject"])).rowcount
    return _receipt(asked, changed=changed)


def suppress(asked):
    whom = asked["subject"] or asked["identity"]["value"]
    sql = "INSERT OR IGNORE INTO flag VALUES (?, 'suppressed', ?)"
    return _receipt(asked, changed=DB.execute(sql, (asked["scope"]["tenant"] or "", whom)).rowcount)


reference_erase = reference.erase
reference.items = items
reference.DELETE["recordings"] = "DELETE FROM recording WHERE id = ?"
for each in (probe, tenants, everyone, attachment, plan, erase, rectify, restrict, suppress):
    OPERATIONS[each.__name__] = each

if __name__ == "__main__":
    DB.executescript(TABLES + TABLES_MORE)
    server = reference.make_server("127.0.0.1", int(os.environ.get("PORT", "8410")), application)
    sys.stdout.write(f"listening on http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
