"""One small world in three kinds of database: two customers and the operator, and the same people in all of them.

Kaisa is the known. Her namesake differs by a point, another by an accent, which MariaDB's usual collation does not
see; one more tenant differs by case.
"""

import datetime as dt

from dsar.contract import Ref, Role, Scope

OURS = Scope(Role.CONTROLLER)
ACME, BOLT = Scope(Role.PROCESSOR, "acme"), Scope(Role.PROCESSOR, "bolt")

KAISA = "kaisa.kutsuja@example.com"
DECOY = "kaisakutsuja@example.com"
ACCENT = "kaisa.kutsujä@example.com"
PHONE = "+358401234567"
CALLS = 1_200

SCHEMA = """
CREATE TABLE plan (code varchar(20) NOT NULL PRIMARY KEY);
CREATE TABLE caller (id {big} NOT NULL PRIMARY KEY, tenant varchar(40), email varchar(80) NOT NULL, phone varchar(40),
  account {uuid}, full_name varchar(80), muted boolean);
CREATE TABLE calls (id {big} NOT NULL PRIMARY KEY, caller_id {big} NOT NULL, tenant varchar(40), at {local}, audio {bytes},
  meta {json}, "odd ""na%me" varchar(10), answer varchar(200), cost {decimal}, locked boolean NOT NULL DEFAULT false,
  day date, FOREIGN KEY (caller_id) REFERENCES caller (id));
CREATE TABLE line (call_id {big} NOT NULL, no integer NOT NULL, said varchar(200), PRIMARY KEY (call_id, no),
  FOREIGN KEY (call_id) REFERENCES calls (id));
CREATE TABLE invoice (id {big} NOT NULL PRIMARY KEY, caller_id {big}, issued_on date, amount {decimal}, restricted boolean,
  FOREIGN KEY (caller_id) REFERENCES caller (id));
CREATE TABLE survey (id {big} NOT NULL PRIMARY KEY, caller_id {big}, score integer, plan varchar(20), month date,
  remark {text}, signed varchar(40) NOT NULL, FOREIGN KEY (caller_id) REFERENCES caller (id),
  FOREIGN KEY (plan) REFERENCES plan (code));
CREATE TABLE stop (tenant varchar(40) NOT NULL, email varchar(80) NOT NULL, PRIMARY KEY (tenant, email));
CREATE TABLE not_called (tenant varchar(40) NOT NULL, phone varchar(40) NOT NULL, why varchar(40),
  PRIMARY KEY (tenant, phone));
CREATE TABLE rate (code varchar(20) NOT NULL PRIMARY KEY, price {decimal});
{indexes};
INSERT INTO plan VALUES ('basic'), ('pro');
INSERT INTO caller VALUES
  (1, 'acme', 'Kaisa.Kutsuja@Example.com', '040 123 4567', '6e9d9f4e-0000-4000-8000-000000000001', 'Kaisa Kutsuja', NULL),
  (2, 'acme', 'kaisakutsuja@example.com', '040 765 4321', NULL, 'Kaisa Kutsuja', false),
  (3, 'bolt', 'kaisa.kutsuja@example.com', '+358 40 1234567', NULL, 'Kaisa Kutsuja', false),
  (4, NULL, 'kaisa.kutsuja@example.com', NULL, NULL, 'Kaisa Kutsuja', false),
  (5, 'acme', 'kaisa.kutsujä@example.com', NULL, NULL, 'Kaisa Kutsujä', false),
  (6, 'ACME', 'kaisa.kutsuja@example.com', '0401234567', NULL, 'Kaisa Kutsuja', false);
INSERT INTO calls VALUES {calls};
INSERT INTO line VALUES (1, 1, 'hello'), (1, 2, 'goodbye'), (2, 1, 'not hers'), (3, 1, 'another customer''s');
INSERT INTO invoice VALUES (1, 1, '2025-02-03', 12.5000, false), (2, 1, '2026-01-31', 0.1000, NULL),
  (3, 2, '2026-01-01', 9, false);
INSERT INTO survey VALUES (1, 1, 4, 'pro', '2026-01-01', 'Kaisa says hello', 'Kaisa K.'),
  (2, 2, 5, 'basic', '2026-01-01', 'fine', 'Kaisa'), (3, 1, 2, 'basic', '2026-02-01', NULL, 'KK');
INSERT INTO rate VALUES ('day', 1)
"""
META = (
    """{"a":\n 1.50, "people": [{"name": "Liisa", "note": "x"}, {"name": "Matti"}], "secret": {"pin": 1}}"""
)

KINDS = {
    "postgres": {"big": "bigint", "uuid": "uuid", "local": "timestamp", "bytes": "bytea", "json": "json", "text": "text",
                 "decimal": "numeric(12,4)", "ff": "decode('{hex}', 'hex')",
                 "indexes": "CREATE INDEX by_email ON caller (lower(email)); "
                            "CREATE INDEX by_phone ON caller (regexp_replace(phone, '[^0-9+]', '', 'g')); "
                            "CREATE INDEX by_caller ON calls (caller_id, id)"},
    "mariadb": {"big": "bigint", "uuid": "uuid", "local": "datetime(3)", "bytes": "blob", "json": "json", "text": "text",
                "decimal": "decimal(12,4)", "ff": "x'{hex}'",
                "indexes": "CREATE INDEX by_email ON caller (email); CREATE INDEX by_caller ON calls (caller_id, id)"},
    "sqlite": {"big": "INTEGER", "uuid": "UUID", "local": "DATETIME", "bytes": "BLOB", "json": "JSON", "text": "TEXT",
               "decimal": "NUMERIC", "ff": "x'{hex}'",
               "indexes": "CREATE INDEX by_email ON caller (lower(email)); CREATE INDEX by_caller ON calls (caller_id, id)"},
}  # fmt: skip

_NATIONAL = {"calling_code": "358", "trunk": "0"}
_TO_CALLER = {"table": "caller", "on": {"caller_id": "id"}}
MAPPING = {
    "timezone": "Europe/Helsinki",
    "tables": [
        {"name": "caller", "category": "caller", "description": "Callers", "key": ["id"], "tenant": "tenant",
         "subject": {"email": "email", "account_id": "account",
                     "phone": {"column": "phone", "sure": False, "national": _NATIONAL}},
         "restrict": "muted", "minimise": ["full_name"], "rectify": ["full_name"]},
        {"name": "calls", "category": "call", "description": "Calls", "key": ["id"], "tenant": "tenant", "path": _TO_CALLER,
         "rectify": ["answer"], "others": ["meta/people/*/name"], "made_by_ai": ["answer"],
         "exclude": {"meta/secret": "a secret", "meta/people/*/note": "a note about others"}, "dated": "at"},
        {"name": "line", "category": "call", "description": "Lines", "key": ["call_id", "no"],
         "path": {"table": "calls", "on": {"call_id": "id"}}},
        {"name": "survey", "category": "call", "description": "Answers to our survey", "key": ["id"], "path": _TO_CALLER,
         "on_erase": "anonymise", "anonymous": ["score", "plan", "month"], "emptied": ["caller_id", "remark"],
         "replaced": {"signed": "-"}},
        {"name": "invoice", "category": "billing", "description": "Invoices", "key": ["id"], "path": _TO_CALLER,
         "on_erase": "keep", "keep": {"ground": "FI-2:10-voucher", "dated": ["issued_on"]}, "restrict": "restricted"},
        {"name": "stop", "category": "marketing", "description": "List", "key": ["tenant", "email"], "tenant": "tenant",
         "subject": {"email": "email"}, "on_erase": "suppression"},
        {"name": "not_called", "category": "marketing", "description": "List", "key": ["tenant", "phone"],
         "tenant": "tenant", "subject": {"phone": "phone"}, "on_erase": "suppression"},
    ],
    "ignore": {"plan": "names of plans", "rate": "prices"},
    "suppress": [{"table": "stop", "insert": ["email"]},
                 {"table": "not_called", "insert": ["phone"], "values": {"why": "objection"}}],
}  # fmt: skip


def schema(kind):
    """The statements that make the world."""
    words = dict(KINDS[kind])
    ff = words.pop("ff").format(hex="ff" * 90)
    calls = ",\n".join(_call(number, ff) for number in range(1, CALLS + 1))
    return [s for s in SCHEMA.format(calls=calls, **words).split(";\n") if s.strip()]


def _call(number, ff):
    caller = 1 if number not in {2, 3, 4} else number
    tenant = {1: "'acme'", 2: "'acme'", 3: "'bolt'", 4: "NULL"}[caller]
    day = dt.date(2026, 1, 1) + dt.timedelta(days=number % 28)
    return (
        f"({number}, {caller}, {tenant}, '2026-01-15 12:00:00', {ff}, '{META}', 'odd', 'n {number}', "
        f"{number}.1000, false, '{day}')"
    )


def of(caller, *, calls, lines=(), invoices=(), surveys=()):
    return frozenset(
        {("caller", str(caller))}
        | {("calls", str(n)) for n in calls}
        | {("line", f"{call},{no}") for call, no in lines}
        | {("invoice", str(n)) for n in invoices}
        | {("survey", str(n)) for n in surveys}
    )


KAISAS = of(
    1, calls=[n for n in range(1, CALLS + 1) if n not in {2, 3, 4}], lines=[(1, 1), (1, 2)], invoices=[1, 2], surveys=[1, 3]
)  # fmt: skip
DECOYS = of(2, calls=[2], lines=[(2, 1)], invoices=[3], surveys=[2])
OTHERS = of(3, calls=[3], lines=[(3, 1)])
NOBODY = (Ref("email", "nobody@example.com"), Ref("phone", "+358409999999"))
