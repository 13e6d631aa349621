"""The schema is what the migrations make, the queries fit it, and it refuses by itself what must never be."""

import re
import secrets
import subprocess
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dsar.embedded import postgres_bin
from dsar.store.migrations import MigrationError, files, migrate
from dsar.store.queries import parse, query_dir
from dsar.store.shipped import shipped


def dump(url):
    """The whole catalogue as SQL, without what differs for reasons of its own."""
    program = postgres_bin("pg_dump")
    options = ["--schema-only", "--no-owner", "--exclude-table=migration", "--restrict-key=x"]
    done = subprocess.run([program, *options, url], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
async def empty(embedded):
    """Makes empty databases."""
    connection = await asyncpg.connect(embedded.database_url)
    names = []

    async def make():
        names.append(f"empty_{secrets.token_hex(6)}")
        await connection.execute(f"CREATE DATABASE {names[-1]}")
        return urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{names[-1]}"))

    yield make
    await connection.close()
    connection = await asyncpg.connect(embedded.admin_url)
    for name in names:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_all_migrations_together_equal_the_schema(empty):
    migrated, written = await empty(), await empty()
    await migrate(migrated)
    connection = await asyncpg.connect(written)
    await connection.execute((shipped("sql") / "schema.sql").read_text())
    await connection.close()
    assert dump(migrated) == dump(written)
    assert "CREATE TABLE public.case_file" in dump(migrated)


async def test_the_comparison_of_schemas_sees_a_grant_a_policy_and_a_check(empty):
    url = await empty()
    await migrate(url)
    before = dump(url)
    connection = await asyncpg.connect(url)
    for change in (
        "GRANT SELECT ON letter TO dsar_controller",
        "DROP POLICY own_rows ON step",
        "ALTER TABLE step DROP CONSTRAINT finished_when_done",
        "DROP TRIGGER event_is_append_only ON event",
    ):
        await connection.execute(change)
        after = dump(url)
        assert after != before
        before = after
    await connection.close()


async def test_migrating_twice_applies_nothing_the_second_time(empty):
    url = await empty()
    assert (await migrate(url)).files == tuple(path.name for path in files())
    assert (await migrate(url)).files == ()


async def test_a_migration_that_fails_leaves_nothing_and_is_named(empty, monkeypatch, tmp_path):
    good, bad = tmp_path / "0001_pre_good.sql", tmp_path / "0002_pre_bad.sql"
    good.write_text("CREATE TABLE one (id int);")
    bad.write_text("CREATE TABLE two (id int); SELECT nonsense;")
    monkeypatch.setattr("dsar.store.migrations.files", lambda: [good, bad])
    url = await empty()
    with pytest.raises(MigrationError, match=r"0002_pre_bad\.sql"):
        await migrate(url)
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT to_regclass('one') IS NOT NULL AND to_regclass('two') IS NULL")
    assert await connection.fetchval("SELECT array_agg(file) FROM migration") == ["0001_pre_good.sql"]
    await connection.close()


def test_migrations_are_numbered_in_order_without_gaps_and_say_when_they_run():
    names = [path.name for path in files()]
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_(pre|post)_[a-z_]+\.sql", name) for name in names)


QUERIES = [
    pytest.param(query, id=query.name)
    for path in sorted(query_dir().glob("*.sql"))
    for query in parse(path.read_text(), path.stem).values()
]


@pytest.mark.parametrize("query", QUERIES)
async def test_every_query_prepares_as_the_services_own_role(db, query):
    async with db.read() as connection:
        prepared = await connection.prepare(query.sql)
        assert len(prepared.get_parameters()) == len(query.params)


def test_no_statement_of_a_query_file_is_missed_by_the_loader():
    for path in query_dir().glob("*.sql"):
        text = path.read_text()
        # A head that the loader does not read would make its statement part of the one before.
        statements = len(re.findall(r";\s*$", text, re.MULTILINE))
        assert statements == len(parse(text, path.stem)), path.name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-- a(x)\nSELECT 1;", "declares"),
        ("-- a()\nSELECT :x;", "declares"),
        ("-- a()\nSELECT 1;\n-- a()\nSELECT 2;", "twice"),
    ],
)
def test_a_query_whose_parameters_and_text_differ_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse(text, "noun")


def test_a_cast_is_no_parameter():
    query = parse("-- a(x)\nSELECT :x::int, 'b'::text;", "noun")["a"]
    assert query.sql == "SELECT $1::int, 'b'::text"


def test_a_query_called_with_other_names_than_declared_is_a_bug():
    query = parse("-- a(x, y)\nSELECT :y::int, :x::int;", "noun")["a"]
    assert query.args({"y": 2, "x": 1}) == [1, 2]
    for values in ({"x": 1}, {"x": 1, "y": 2, "z": 3}):
        with pytest.raises(TypeError):
            query.args(values)


# History is append-only.


@pytest.fixture
async def case(office):
    reference = await office.ask("access")
    await office.unwatched()
    return await office.case(reference)


CHANGES = ["UPDATE event SET type = 'x'", "DELETE FROM event", "TRUNCATE event CASCADE"]


@pytest.mark.parametrize("change", CHANGES)
async def test_history_cannot_be_changed_even_by_the_owner_of_the_table(sql, case, change):
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await sql.execute(change)


@pytest.mark.parametrize("change", CHANGES)
async def test_the_services_own_role_has_no_right_to_change_history(db, sql, case, change):
    await sql.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    async with db.read() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)
    assert await sql.fetchval("SELECT count(*) FROM event") == case.event_count


# What the database refuses by itself.


async def test_a_running_step_has_a_lease_and_no_other_has_one(sql, case):
    for state, until in (("running", "NULL"), ("ready", "now()"), ("manual", "now()")):
        with pytest.raises(asyncpg.CheckViolationError, match="leased_while_running"):
            await sql.execute(
                f"UPDATE step SET state = '{state}', leased_until = {until}, finished_at = NULL, outcome = NULL"
            )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'done', finished_at = NULL, outcome = 'done'", "finished_when_done"),
        ("state = 'ready', finished_at = now(), outcome = NULL", "finished_when_done"),
        ("state = 'done', finished_at = now(), outcome = NULL", "outcome_when_done"),
        ("state = 'ready', finished_at = NULL, outcome = 'gap'", "outcome_when_done"),
        ("outcome = 'nonsense'", "step_outcome_check"),
        ("state = 'asleep', finished_at = NULL, outcome = NULL", "step_state_check"),
        ("attempt = -1", "step_attempt_check"),
    ],
)
async def test_a_step_that_contradicts_itself_is_refused(sql, case, change, constraint):
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await sql.execute(f"UPDATE step SET {change}")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'closed'", "closed_has_outcome_and_time"),
        ("state = 'closed', closed_at = now()", "closed_has_outcome_and_time"),
        ("state = 'closed', outcome = 'refused'", "closed_has_outcome_and_time"),
        ("closed_at = now()", "closed_has_outcome_and_time"),
        ("wrapped_key = NULL", "key_is_there_or_destroyed"),
        ("key_destroyed_at = now()", "key_is_there_or_destroyed"),
        ("state = 'lost'", "case_file_state_check"),
        ("controller_id = gen_random_uuid()", "controller_only_as_processor"),
    ],
)
async def test_a_case_that_contradicts_itself_is_refused(sql, case, change, constraint):
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await sql.execute(f"UPDATE case_file SET {change}")


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("identity", "proven_at = now()", "proven_by_something"),
        ("identity", "proof = 'code'", "proven_by_something"),
        ("challenge", "tries = 6", "challenge_tries_check"),
        ("outbox", "controller_id = gen_random_uuid(), channel = 'webhook'", "has_one_receiver"),
        ("outbox", "channel = 'webhook'", "has_its_channel"),
        ("outbox", "identity_id = NULL", "has_one_receiver"),
        ("attempt", "response = repeat('x', 513)::bytea", "attempt_response_check"),
    ],
)
async def test_other_rows_that_contradict_themselves_are_refused(sql, case, table, change, constraint):
    assert await sql.fetchval(f"SELECT count(*) FROM {table}")
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await sql.execute(f"UPDATE {table} SET {change}")


async def test_a_key_belongs_to_one_owner(sql):
    with pytest.raises(asyncpg.CheckViolationError, match="credential_has_one_owner"):
        await sql.execute(
            "INSERT INTO credential (digest, kind, name, created_at) VALUES ('x', 'staff', 'n', now())"
        )


async def test_the_states_of_the_schema_are_those_of_the_machine():
    from dsar.domain.case import Outcome, State
    from dsar.domain.work import StepOutcome, StepState

    text = (shipped("sql") / "schema.sql").read_text()

    def listed(table, column):
        body = text.split(f"CREATE TABLE {table} (")[1].split("\n);")[0]
        check = re.search(rf"{column} text[^,(]*CHECK \({column} IN \((.*?)\)\)", body, re.DOTALL)[1]
        return set(
            re.findall(
                r"^\s*'(\w+)'|(?<=, )'(\w+)'|(?<=\()'(\w+)'", re.sub(r"--.*", "", "(" + check), re.MULTILINE
            )
        )

    def flat(found):
        return {part for parts in found for part in parts if part}

    assert flat(listed("case_file", "state")) == {state.value for state in State}
    assert flat(listed("case_file", "outcome")) == {outcome.value for outcome in Outcome}
    assert flat(listed("step", "state")) == {state.value for state in StepState}
    assert flat(listed("step", "outcome")) == {outcome.value for outcome in StepOutcome}
