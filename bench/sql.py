"""The connector `sql` on Postgres: one person's rows out against COPY, a search in ten million, rows erased."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx

from bench import memory
from bench.measure import RUNS, Measure, middle
from bench.site import Site
from dsar.contract import Erase, Match, Record, Ref, Role, Scope, Session, Tools
from dsar_sql import Settings, connector
from dsar_sql.mapping.tables import Identifier, Path, Table
from dsar_sql.reading.references import row_ref

ROWS, PEOPLE, ERASED = 200_000, 10_000_000, 10_000
GROWTH_AIM_MB = 64
OURS = Scope(Role.CONTROLLER)
WANTED = 7_654_321
EMAIL = Ref("email", f"p{WANTED}@example.com")
PHONE = Ref("phone", f"+358{WANTED:09}")

_SCHEMA = f"""
CREATE TABLE caller (id bigint PRIMARY KEY, email text NOT NULL, phone text);
CREATE TABLE call (id bigint PRIMARY KEY, caller_id bigint NOT NULL REFERENCES caller, at timestamptz NOT NULL,
  direction text, seconds integer, cost numeric(10, 4), answered boolean, said text);
INSERT INTO caller SELECT n, 'p' || n || '@example.com', NULL FROM generate_series(1, {RUNS + 1}) n;
INSERT INTO call SELECT n, 1, now() - n * interval '1 minute', 'inbound', n % 600, n * 0.0010, true,
  repeat('what was said ', 5) FROM generate_series(1, {ROWS}) n;
INSERT INTO call SELECT {ROWS} + n, 2 + n % {RUNS}, now(), 'outbound', 5, 0.1, false, 'x'
  FROM generate_series(1, {ERASED * RUNS}) n;
CREATE INDEX ON call (caller_id, id);
CREATE UNLOGGED TABLE person AS
  SELECT n AS id, 'P' || n || '@Example.com' AS email, '+358' || lpad(n::text, 9, '0') AS phone
  FROM generate_series(1, {PEOPLE}) n;
ALTER TABLE person ADD PRIMARY KEY (id);
CREATE INDEX person_email ON person (lower(email));
CREATE INDEX person_phone ON person (phone);
VACUUM ANALYZE caller;
VACUUM ANALYZE call;
VACUUM ANALYZE person"""
_SAME_ROWS = "SELECT * FROM call WHERE caller_id = 1 ORDER BY id"
_BY_KEY = "SELECT id FROM person WHERE id = $1"
_DELETE = "DELETE FROM call WHERE caller_id = $1"


async def measure(site: Site) -> list[Measure]:
    """On a database of its own, made for it."""
    url = await site.make_database("bench_sql")
    connection = await asyncpg.connect(url)
    for statement in _SCHEMA.split(";\n"):  # VACUUM stands alone
        await connection.execute(statement)
    async with opened(url) as session:
        measures = [
            *await _export(session, connection),
            *await _find(session, connection),
            await _erase(session, connection),
        ]
    await connection.close()
    return measures


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Session]:
    """A session of the connector as the service opens one."""
    calls = Path(table="caller", on={"caller_id": "id"})
    tables = (
        Table(name="caller", category="c", description="-", key=("id",), subject={"email": "email"}),
        Table(name="call", category="c", description="-", key=("id",), path=calls),
        Table(
            name="person",
            category="c",
            description="-",
            key=("id",),
            subject={"email": "email", "phone": Identifier("phone")},
        ),
    )
    settings = Settings(url=url, tables=tables)
    async with httpx.AsyncClient() as http, connector.open(settings, Tools(http)) as session:
        yield session


async def _export(session: Session, connection: Any) -> list[Measure]:
    ours, copied = list[float](), list[float]()
    await _exported(session)
    before = memory.resident_mb(os.getpid())
    memory.forget_peak(os.getpid())
    for _ in range(RUNS):
        copied.append(await _copied(connection))
        ours.append(await _exported(session))
    return [
        Measure(
            key="sql.export",
            title=f"sql: export of {ROWS:,} rows of one person",
            figure=ROWS / middle(ours),
            unit="rows/s",
            more_is_better=True,
            limit=ROWS / middle(copied),
            limit_title="COPY of the same rows",
            ratio_aim=0.4,
        ),
        Measure(
            key="sql.export.growth_mb",
            title="… this process grew by at most",
            figure=memory.peak_mb(os.getpid()) - before,
            unit="MB",
            aim=GROWTH_AIM_MB,
        ),
    ]


async def _exported(session: Session) -> float:
    began, count = time.perf_counter(), 0
    async for item in session.export(row_ref("caller", ["1"]), OURS, None):
        count += isinstance(item, Record)
    seconds = time.perf_counter() - began
    assert count == ROWS + 1
    return seconds


async def _copied(connection: Any) -> float:
    async def nowhere(_data: bytes) -> None:
        return

    began = time.perf_counter()
    await connection.copy_from_query(_SAME_ROWS, output=nowhere)
    return time.perf_counter() - began


async def _find(session: Session, connection: Any) -> list[Measure]:
    """The limit is one row of the same table by its key; the rest is the catalogue, which every call reads."""
    measures = []
    for ref in (EMAIL, PHONE):
        ours, keyed = list[float](), list[float]()
        for _ in range(RUNS + 1):  # the first meets a cold cache
            began = time.perf_counter()
            found = [match async for match in session.find([ref], OURS)]
            ours.append(time.perf_counter() - began)
            assert found == [Match(row_ref("person", [str(WANTED)]), ref)]
            began = time.perf_counter()
            await connection.fetchrow(_BY_KEY, WANTED)
            keyed.append(time.perf_counter() - began)
        measures.append(
            Measure(
                key=f"sql.find.{ref.kind}",
                title=f"sql: find by {ref.kind} in {PEOPLE:,} rows",
                figure=1000 * middle(ours[1:]),
                unit="ms",
                limit=1000 * middle(keyed[1:]),
                limit_title="SELECT by key",
                aim=50,
            )
        )
    return measures


async def _erase(session: Session, connection: Any) -> Measure:
    """The limit deletes as many rows of the same kind, and takes it back."""
    ours, plain = list[float](), list[float]()
    for number in range(2, RUNS + 2):
        transaction = connection.transaction()
        await transaction.start()
        began = time.perf_counter()
        await connection.execute(_DELETE, number)
        plain.append(time.perf_counter() - began)
        await transaction.rollback()
        began = time.perf_counter()
        receipt = await session.carry_out(row_ref("caller", [str(number)]), OURS, Erase(), "bench")
        ours.append(time.perf_counter() - began)
        assert receipt.changed == ERASED + 1
    return Measure(
        key="sql.erase",
        title=f"sql: erasure of {ERASED:,} rows in one transaction",
        figure=middle(ours),
        unit="s",
        limit=middle(plain),
        limit_title="one DELETE",
        aim=1,
    )
