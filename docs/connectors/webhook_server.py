"""A service that the connector `webhook` searches and erases: support tickets in SQLite, in fifty lines of code.

pip install standardwebhooks
WEBHOOK_SECRET=whsec_… DATABASE=tickets.sqlite python webhook_server.py

`application` is WSGI: serve it behind your own TLS with whatever serves yours, one process with one thread. Put your
tables in place of `person` and `ticket`, and let the view `item` show them.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import make_server

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# Yours: the tables, how somebody is found and erased in them, and what is said of them.
TABLES = """
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, tenant TEXT, email TEXT, phone TEXT);
CREATE TABLE IF NOT EXISTS ticket (id TEXT PRIMARY KEY, tenant TEXT, person TEXT, text TEXT, keep_until TEXT);
CREATE TABLE IF NOT EXISTS receipt (key TEXT PRIMARY KEY, answer TEXT);
CREATE VIEW IF NOT EXISTS item AS SELECT 'people/' || id AS name, id AS person, tenant, json_object(
    'collection', 'people', 'id', id, 'data', json_object('email', email, 'phone', phone), 'kept', json((
        SELECT json_object('ground', 'tickets', 'until', max(keep_until)) FROM ticket
        WHERE person = who.id AND keep_until IS NOT NULL GROUP BY person))) AS item FROM person AS who
UNION ALL SELECT 'tickets/' || id, person, tenant, json_object(
    'collection', 'tickets', 'id', id, 'data', json_object('text', text), 'kept', json(iif(keep_until IS NULL,
        NULL, json_object('ground', 'tickets', 'until', keep_until)))) FROM ticket;
"""
WHO = "SELECT id FROM person WHERE tenant IS ? AND "
FIND = {"email": WHO + "lower(email) = ?", "phone": WHO + "phone = ?", "account_id": WHO + "id = ?"}
# A ticket that stays keeps its person.
ALONE = "DELETE FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM ticket WHERE person = person.id)"
DELETE = {"tickets": "DELETE FROM ticket WHERE id = ?", "people": ALONE}
PEOPLE = {"name": "people", "category": "contact", "description": "Who wrote", "fields": ["email", "phone"]}
TICKETS = {"name": "tickets", "category": "support", "description": "What they wrote", "fields": ["text"]}

# The protocol, in fifty lines.
WEBHOOK = Webhook(os.environ["WEBHOOK_SECRET"])
DB = sqlite3.connect(os.environ.get("DATABASE", "tickets.sqlite"), isolation_level=None)


def probe(_: Any) -> Any:
    return {"protocol": 1, "collections": [PEOPLE, TICKETS], "offers": ["status", "erase"]}


def find(asked: Any) -> Any:
    tenant, found = asked["scope"]["tenant"], {}
    for at, one in enumerate(asked["identities"]):
        found |= dict.fromkeys((who for (who,) in DB.execute(FIND[one["kind"]], (tenant, one["value"]))), at)
    return {"subjects": [{"id": who, "found_by": at} for who, at in found.items()]}


def items(asked: Any, after: str = "", limit: int = -1) -> list[Any]:
    sql = "SELECT item FROM item WHERE person = ? AND tenant IS ? AND name > ? ORDER BY name LIMIT ?"
    rows = DB.execute(sql, (asked["subject"], asked["scope"]["tenant"], after, limit))
    return [json.loads(item) for (item,) in rows]


def export(asked: Any) -> Any:
    page = items(asked, asked["cursor"] or "", asked["limit"])
    ended = len(page) < asked["limit"]
    return {"items": page, "cursor": None if ended else "{collection}/{id}".format_map(page[-1])}


def status(asked: Any) -> Any:
    rows = DB.execute("SELECT answer FROM receipt WHERE key = ?", (asked["key"],))
    return next((json.loads(answer) for (answer,) in rows), {"status": "unknown"})


def erase(asked: Any) -> Any:
    gone, kept, named = 0, [], asked["only"] + asked["released"]
    for item in reversed(items(asked)):  # tickets first
        name = {"collection": item["collection"], "id": item["id"]}
        if name not in (named or [name]):
            continue
        why = None if name in asked["released"] else item["kept"]
        if why is None and DB.execute(DELETE[item["collection"]], (item["id"],)).rowcount:
            gone += 1
        else:
            kept.append(name | (why or {"ground": "tickets"}))
    answer = {"status": "done", "changed": gone, "proof": "verified", "kept": kept}
    DB.execute("INSERT INTO receipt VALUES (?, ?)", (asked["key"], json.dumps(answer)))
    return answer


OPERATIONS = {"probe": probe, "find": find, "export": export, "status": status, "erase": erase}


def application(call: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    body = call["wsgi.input"].read(int(call.get("CONTENT_LENGTH") or 0))
    headers = {name[5:].replace("_", "-"): call[name] for name in call if name.startswith("HTTP_")}
    try:  # the signature is of the body: what is to be done stands there, and the path says nothing
        asked = WEBHOOK.verify(body, headers)
    except (WebhookVerificationError, ValueError):
        start("401 Unauthorized", [])
        return []
    with DB:  # one call at a time, each a transaction: an order and its receipt are written together
        DB.execute("BEGIN IMMEDIATE")
        answer = json.dumps(OPERATIONS[asked["operation"]](asked))
    now, name = datetime.now(UTC), headers["WEBHOOK-ID"]
    sent = [("webhook-id", name), ("webhook-timestamp", str(int(now.timestamp())))]
    start("200 OK", [*sent, ("webhook-signature", WEBHOOK.sign(name, now, answer))])
    return [answer.encode()]


# For trying out.
if __name__ == "__main__":
    DB.executescript(TABLES)
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "8410")), application)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
