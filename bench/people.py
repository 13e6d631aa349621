"""Three systems of the connector `postgres` and the people in them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
from msgspec import Struct

from bench.site import Site

SYSTEMS = ("crm", "support", "usage")
PEOPLE = 200  # each with ten records in every system
BIG_SYSTEM = "usage"
ERASED = tuple(f"erased.{number}" for number in range(4))  # 10,000 rows each; the last for the bare DELETE
ERASED_ROWS = 10_000

TABLES = """
CREATE TABLE person (id bigint PRIMARY KEY, email text NOT NULL, full_name text, phone text, created_at timestamptz);
CREATE TABLE activity (
    id bigserial PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person (id),
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    kind text NOT NULL,
    direction text NOT NULL,
    from_number text,
    to_number text,
    seconds integer NOT NULL,
    price numeric(12, 4),
    answered boolean NOT NULL,
    tags jsonb NOT NULL,
    note text
);
"""
INDEXES = """
CREATE INDEX person_by_email ON person (lower(email));
CREATE INDEX activity_by_person ON activity (person_id);
ANALYZE;
"""
PERSON = "INSERT INTO person VALUES ($1, $2 || '@bench.example', 'Benna Bench', '+358401234567', now())"
ROWS = """
INSERT INTO activity (person_id, started_at, ended_at, kind, direction, from_number, to_number, seconds, price,
    answered, tags, note)
SELECT $1, '2026-01-01Z'::timestamptz + n * interval '7 minutes', '2026-01-01Z'::timestamptz + n * interval '8 minutes',
    (ARRAY['call', 'chat', 'visit'])[1 + n % 3], (ARRAY['in', 'out'])[1 + n % 2], '+358401234567',
    '+35850' || lpad((n::bigint * 7919 % 10000000)::text, 7, '0'), n % 900, n % 997 / 100.0, n % 5 <> 0,
    jsonb_build_object('queue', n % 12, 'lang', 'fi'), 'Asked about invoice ' || n || ', "line" 2; call back, please'
FROM generate_series(1, $2::int) n
"""
# The rows of one person, as the limit copies them out.
SAME_ROWS = (
    "SELECT a.* FROM activity a JOIN person p ON p.id = a.person_id WHERE p.email = '{email}' ORDER BY a.id"
)

MAPPING: list[dict[str, Any]] = [
    {
        "name": "person",
        "category": "contact",
        "description": "Who you are and how we reach you",
        "key": ["id"],
        "subject": {"email": "email"},
    },
    {
        "name": "activity",
        "category": "communication",
        "description": "Calls, chats and visits",
        "key": ["id"],
        "path": {"table": "person", "on": {"person_id": "id"}},
    },
]


class World(Struct, frozen=True):
    """The key of staff, and the address of each system's database."""

    staff_key: str
    urls: dict[str, str]


def address(name: str) -> str:
    """A person's e-mail address."""
    return f"{name}@bench.example"


async def build(site: Site) -> World:
    """Databases, systems and a staff member, each by the command an operator would use."""
    urls = {}
    for key in SYSTEMS:
        urls[key] = await site.make_database(f"system_{key}")
        await _fill(urls[key], big=key == BIG_SYSTEM)
        path = site.data_dir / "service" / f"{key}.json"
        settings = {"url": urls[key], "tables": MAPPING}
        path.write_text(
            json.dumps({"connector": "sql", "title": key, "roles": ["controller"], "settings": settings})
        )
        await asyncio.to_thread(site.dsar, "connector", "add", key, str(path))
    staff_key = await asyncio.to_thread(site.dsar, "staff", "add", "Bench", "--role", "administrator")
    return World(staff_key, urls)


async def add_big(url: str, rows: int) -> str:
    """A person with so many rows, unless they are there; the name."""
    name = f"big.{rows}"
    connection = await asyncpg.connect(url)
    if not await connection.fetchval("SELECT count(*) FROM person WHERE id = $1", 10_000_000 + rows):
        await _add(connection, 10_000_000 + rows, name, rows)
        await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return name


async def _fill(url: str, *, big: bool) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    for number in range(PEOPLE):
        await _add(connection, number, f"person.{number}", 9)
    if big:
        for number, name in enumerate(ERASED, 1_000_000):
            await _add(connection, number, name, ERASED_ROWS - 1)
    await connection.execute(INDEXES)
    await connection.close()


async def _add(connection: Any, person: int, name: str, rows: int) -> None:
    await connection.execute(PERSON, person, name)
    await connection.execute(ROWS, person, rows)


def path_of(site: Site) -> Path:
    """A file for what the limit writes."""
    return site.data_dir / "service" / "limit.gz"
