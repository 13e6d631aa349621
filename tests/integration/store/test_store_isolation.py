"""Each statement of each query file, run as controller A with every condition taken out, shows and changes A's alone."""

import ast
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from two_controllers import CLOSED, OWNED, Two, two_controllers
from unfiltered import unfiltered

from dsar.store.queries import Query, parse, query_dir

QUERIES = [
    query
    for path in sorted(query_dir().glob("*.sql"))
    for query in parse(path.read_text(), path.stem).values()
]
# The loader's own, whose texts are the files', and the migrations, which are files as they stand.
BUILT = {"store/queries.py: self.sql", "store/migrations.py: statements"}
DSAR = Path(__file__).parents[3] / "dsar"


@pytest.fixture
async def two(office, sql):
    return await two_controllers(office, sql)


@pytest.fixture
async def admin(postgres_url, database_url):
    """The database as the server's owner sees it, who may take rules away and rows out."""
    connection = await asyncpg.connect(
        urlsplit(postgres_url)._replace(path=urlsplit(database_url).path).geturl()
    )
    await connection.execute("SET statement_timeout = '20s'")
    yield connection
    await connection.close()


# What is asked: every statement as it stands and without its conditions, with the other's ids for parameters


def value_for(name: str, kind: str, two: Two):
    """A plausible value: wherever an id is asked for, one of B's."""
    element = kind.removesuffix("[]")
    values = {
        "uuid": two.b if "controller" in name else two.b_case,
        "bool": True,
        "int2": 100,
        "int4": 100,
        "int8": 100,
        "float4": 1.0,
        "float8": 1.0,
        "bytea": b"x",
        "date": date(2026, 3, 2),
        "time": time(9),
        "timestamptz": datetime(2026, 3, 2, tzinfo=UTC),
        "jsonb": "{}",
    }
    one = values.get(element, "x")
    return [one] if kind.endswith("[]") else one


def forms(query: Query):
    """The statement as a handler sends it, and as one that forgot every condition."""
    yield query.sql, list(range(1, len(query.params) + 1))
    yield unfiltered(query.sql)


async def asked(connection, query: Query, two: Two) -> list[tuple[str, object]]:
    """What A sees by both forms of a statement: rows in no order, or that it is denied. Nothing of it stays."""
    found: list[tuple[str, object]] = []
    for sql, numbers in forms(query):
        names = [query.params[number - 1] for number in numbers]
        tried = connection.transaction()
        await tried.start()
        try:
            prepared = await connection.prepare(sql)
            kinds = [parameter.name for parameter in prepared.get_parameters()]
            values = [value_for(name, kind, two) for name, kind in zip(names, kinds, strict=True)]
            rows = await prepared.fetch(*values)
            found.append((query.name, sorted(repr(tuple(row)) for row in rows)))
        except asyncpg.InsufficientPrivilegeError:
            found.append((query.name, "denied"))
        finally:
            await tried.rollback()
    return found


async def sight(connection, two: Two) -> list[tuple[str, object]]:
    """All that A sees by any statement there is, and of each table by none at all."""
    tables = [
        Query(f"table.{table}", (), f"SELECT * FROM {table}")
        for table in sorted(OWNED | dict.fromkeys(CLOSED))
    ]
    await connection.execute("SET LOCAL ROLE dsar_controller")
    await connection.execute("SELECT set_config('app.controller_id', $1, true)", str(two.a))
    seen = [part for query in [*QUERIES, *tables] for part in await asked(connection, query, two)]
    await connection.execute("SET LOCAL ROLE NONE")
    return seen


async def only_a_left(connection, a) -> None:
    """The same database as if nobody but A had ever been there."""
    await connection.execute("SET LOCAL session_replication_role = replica")
    order = [
        "attempt",
        "outbox",
        "request",
        *(t for t in OWNED if t not in {"attempt", "outbox", "request", "case_file"}),
    ]
    for table in [*order, "case_file"]:
        await connection.execute(
            f"DELETE FROM {table} WHERE ({OWNED[table].format(a=f'{str(a)!r}::uuid')}) IS NOT TRUE"
        )


async def leaks(connection, two: Two) -> set[str]:
    """The statements by which A sees anything that it would not see if nobody else were there."""
    both = await sight(connection, two)
    alone = connection.transaction()
    await alone.start()
    await only_a_left(connection, two.a)
    single = await sight(connection, two)
    await alone.rollback()
    marks = [str(two.b), two.b.hex, str(two.b_case), two.b_case.hex, repr(two.b.bytes)[2:-1]]
    closed = {f"table.{table}" for table in CLOSED}
    return {
        name
        for (name, rows), (_, rows_alone) in zip(both, single, strict=True)
        if rows != "denied"
        and (rows != rows_alone or name in closed or any(mark in row for row in rows for mark in marks))
    }


async def everything(connection) -> dict[str, list[str]]:
    return {
        table: sorted(row["text"] for row in await connection.fetch(f"SELECT t::text AS text FROM {table} t"))
        for table in sorted(OWNED | dict.fromkeys(CLOSED))
    }


async def test_both_controllers_have_rows_in_every_table_that_a_controller_can_reach(admin, two):
    for table, owned in OWNED.items():
        for controller_id in two:
            own = f"SELECT count(*) FROM {table} WHERE {owned.format(a='$1::uuid')}"
            assert await admin.fetchval(own, controller_id) > 0, table


async def test_no_statement_shows_or_changes_anything_of_another_controllers_without_its_conditions(
    admin, two
):
    before = await everything(admin)
    async with admin.transaction():
        assert await leaks(admin, two) == set()
    assert await everything(admin) == before


async def test_a_statement_that_reads_only_what_is_a_controllers_does_show_its_own(admin, two):
    """The proof is of something: many statements run to their end and show rows of A's."""
    async with admin.transaction():
        seen = await sight(admin, two)
    shown = {name for name, rows in seen if rows not in ("denied", [])}
    assert {"case.one", "case.of_controller", "identity.of_case", "event.of_case"} <= shown
    assert {f"table.{table}" for table in OWNED} <= shown
    assert {name for name, rows in seen if name.startswith("table.") and rows == "denied"} == {
        f"table.{table}" for table in CLOSED
    }


async def test_the_proof_fails_where_a_tables_rows_are_not_guarded(admin, two):
    for table in OWNED:
        spoiling = admin.transaction()
        await spoiling.start()
        await admin.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        assert f"table.{table}" in await leaks(admin, two)
        await spoiling.rollback()


async def test_the_proof_fails_where_a_policy_is_wrong_or_a_right_is_given_that_should_not_be(admin, two):
    spoilt = {
        "ALTER POLICY own_rows ON case_file USING (true)": {
            "case.of_controller",
            "identity.of_case",
            "case.one",
        },
        "GRANT SELECT ON note TO dsar_controller": {"table.note"},
        "GRANT SELECT ON sign_in TO dsar_controller": {"table.sign_in"},
    }
    for change, caught in spoilt.items():
        spoiling = admin.transaction()
        await spoiling.start()
        await admin.execute(change)
        assert caught <= await leaks(admin, two), change
        await spoiling.rollback()


# The decision on each table, and that there is no way around


async def test_every_table_was_decided_upon(admin):
    tables = await admin.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    assert {row["relname"] for row in tables} == set(OWNED) | CLOSED
    assert not set(OWNED) & CLOSED


async def test_a_table_that_a_controller_can_reach_is_guarded_and_one_without_a_guard_cannot_be_reached(
    admin,
):
    rows = await admin.fetch(
        """
        SELECT c.relname, c.relrowsecurity AS guarded,
            has_table_privilege('dsar_controller', c.oid, 'SELECT')
                OR has_any_column_privilege('dsar_controller', c.oid, 'SELECT') AS reads,
            has_table_privilege('dsar_controller', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                OR has_any_column_privilege('dsar_controller', c.oid, 'INSERT, UPDATE, REFERENCES') AS writes,
            (SELECT array_agg(p.policyname) FROM pg_policies p
             WHERE p.tablename = c.relname AND p.roles && '{dsar_controller,public}'::name[]) AS policies
        FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        """
    )
    for row in rows:
        reached = row["relname"] in OWNED
        assert (row["guarded"], row["reads"], row["writes"]) == (reached, reached, False), row["relname"]
        assert row["policies"] == (["own_rows"] if reached else None), row["relname"]


async def test_nothing_else_in_the_database_lends_a_controller_another_ones_rights(admin):
    other = "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm', 'f', 'S') AND relnamespace = 'public'::regnamespace"
    assert await admin.fetch(other) == []
    lent = await admin.fetch(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert lent == []
    for role in await admin.fetch("SELECT rolname FROM pg_roles WHERE rolname <> 'dsar_controller'"):
        assert not await admin.fetchval(
            "SELECT pg_has_role('dsar_controller', $1, 'MEMBER')", role["rolname"]
        )
    flags = await admin.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'dsar_controller'"
    )
    assert not any(flags.values())


def test_no_statement_of_a_query_file_sets_a_role_or_a_setting():
    for query in QUERIES:
        assert re.match(r"(?i)\s*(--[^\n]*\s+)*(select|insert|update|delete|with)\b", query.sql), query.name
        assert "set_config" not in query.sql.lower(), query.name


def test_no_statement_is_put_together_from_texts():
    """Every text that goes to Postgres is written down in full: in a query file, or where it is sent."""
    sends = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "prepare", "cursor"}
    built = {
        f"{path.relative_to(DSAR).as_posix()}: {ast.unparse(call.args[0])}"
        for path in DSAR.rglob("*.py")
        if "demo" not in path.parts  # whose statements are a sample system's
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in sends
        if call.args and not isinstance(call.args[0], ast.Constant)
    }
    assert built == BUILT


def test_roles_and_the_controllers_name_are_set_in_one_place():
    places = {
        path.relative_to(DSAR).as_posix()
        for path in DSAR.rglob("*.py")
        if re.search(r"set_config|SET (LOCAL |SESSION )?ROLE|RESET ROLE|app\.controller_id", path.read_text())
    }
    assert places == {"store/database.py"}


async def test_a_text_in_place_of_a_controllers_id_is_a_value_and_no_statement(db, two):
    """Whatever stands for the id is sent as a parameter; one that is no id sees nothing and sets nothing."""
    for text in ("'; RESET ROLE; --", "", "00000000-0000-0000-0000-000000000000"):
        try:
            async with db.as_controller(text) as connection:
                assert await connection.fetchval("SELECT current_user") == "dsar_controller"
                assert await connection.fetchval("SELECT count(*) FROM case_file") == 0
        except asyncpg.InvalidTextRepresentationError:
            pass
        async with db.read() as connection:
            assert await connection.fetchval("SELECT current_user") == "dsar_app"


# The reader of SQL that the proof stands on


@pytest.mark.parametrize(
    ("sql", "bare"),
    [
        ("SELECT a FROM t WHERE b = $1 ORDER BY a", "SELECT a FROM t WHERE true ORDER BY a"),
        ("SELECT a FROM t WHERE b = $1 AND c IN (SELECT d FROM u WHERE e = $2) FOR UPDATE", "SELECT a FROM t WHERE true FOR UPDATE"),
        ("SELECT (SELECT d FROM u WHERE e = $2), $1 FROM t", "SELECT (SELECT d FROM u WHERE true ), $1 FROM t"),
        ("SELECT a FROM t JOIN u ON u.a = t.a WHERE t.b = $1 LIMIT 1", "SELECT a FROM t JOIN u ON true WHERE true "),
        ("SELECT a FROM t JOIN u ON u.a = t.a LEFT JOIN v ON (v.a = u.a) GROUP BY a", "SELECT a FROM t JOIN u ON true LEFT JOIN v ON true GROUP BY a"),
        ("WITH x AS (SELECT a FROM t WHERE a = $1 LIMIT 5) SELECT * FROM x, y WHERE x.a = $2", "WITH x AS (SELECT a FROM t WHERE true LIMIT 5) SELECT * FROM x, y WHERE true "),
        ("UPDATE t SET a = $2 WHERE b = $1 RETURNING a", "UPDATE t SET a = $1 WHERE true RETURNING a"),
        ("SELECT count(*) FILTER (WHERE a > $1) FROM t", "SELECT count(*) FILTER (WHERE true ) FROM t"),
        ("SELECT ' WHERE x' FROM t -- WHERE y\nWHERE z", "SELECT ' WHERE x' FROM t -- WHERE y\nWHERE true "),
        ("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) WHERE b IS NULL DO NOTHING", "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) WHERE b IS NULL DO NOTHING"),
        ("INSERT INTO t SELECT a FROM u WHERE b ON CONFLICT (a) DO UPDATE SET c = $1 WHERE t.d = $2", "INSERT INTO t SELECT a FROM u WHERE true ON CONFLICT (a) DO UPDATE SET c = $1 WHERE true "),
        ("SELECT DISTINCT ON (a) a FROM t GROUP BY a HAVING count(*) > $1", "SELECT DISTINCT ON (a) a FROM t GROUP BY a HAVING true "),
        ("SELECT a FROM t WHERE a BETWEEN $1 AND $2 UNION ALL SELECT b FROM u WHERE c = ANY($1)", "SELECT a FROM t WHERE true UNION ALL SELECT b FROM u WHERE true "),
    ],
)  # fmt: skip
def test_every_condition_is_taken_out_and_nothing_else(sql, bare):
    assert re.sub(r"\s+", " ", unfiltered(sql)[0]) == re.sub(r"\s+", " ", bare)


def test_no_condition_is_left_in_any_statement_there_is():
    for query in QUERIES:
        bare = re.sub(r"'[^']*'|--[^\n]*", "", unfiltered(query.sql)[0])
        left = re.findall(
            r"(?i)\b(?:WHERE|HAVING)\b(?!\s+true\b)", re.sub(r"(?is)ON CONFLICT[^;]*?\bDO\b", "", bare)
        )
        assert left == [], query.name
