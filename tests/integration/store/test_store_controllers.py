"""A controller's connection sees its own rows and no others, whatever a statement forgets to say."""

from uuid import uuid4

import asyncpg
import pytest
from stage_double import Row
from stage_office import PHONE

from dsar.domain.errors import NotFound
from dsar.domain.identity import ProofKind
from dsar.store import cases

REACHED = {"case_file", "identity", "event", "bundle", "request", "segment", "step", "controller"}


@pytest.fixture
async def two(office):
    """Two controllers, each with a case that was fulfilled, so that every table holds rows of both."""
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE))
    calls.add(Row("c", "a1", tenant="a", collection="calls"), Row("c", "b1", tenant="b", collection="calls"))
    a, b = await office.business("Acme Oy", "a"), await office.business("Beta Oy", "b")
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    for controller_id, tenant in ((a, "a"), (b, "b")):
        case = await office.case_of(reference, tenant)
        await office.instruct(controller_id, case.id, "fulfil")
    # A request that A made for a caller of its own, which shares nothing with B's.
    await office.ask(
        "access",
        relations=("caller",),
        email="",
        phone="+358407654321",
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=a,
        tenant="a",
        actor=f"controller:{a}",
    )
    return a, b


async def all_tables(sql):
    rows = await sql.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {row["relname"] for row in rows}


async def owners(sql, table):
    """Each row of the table by its place on disk, with the controllers it may be shown to."""
    join = {
        "case_file": "SELECT t.ctid::text AS at, t.controller_id AS owner FROM case_file t",
        "controller": "SELECT t.ctid::text AS at, t.id AS owner FROM controller t",
        "request": "SELECT t.ctid::text AS at, c.controller_id AS owner FROM request t JOIN case_file c ON c.request_id = t.id",
    }.get(
        table,
        f"SELECT t.ctid::text AS at, c.controller_id AS owner FROM {table} t JOIN case_file c ON c.id = t.case_id",
    )
    found = {}
    for row in await sql.fetch(join):
        found.setdefault(row["at"], set()).add(row["owner"])
    return found


@pytest.mark.parametrize("table", sorted(REACHED))
async def test_a_select_without_any_where_shows_a_controller_exactly_its_own_rows(db, sql, two, table):
    a, b = two
    owned = await owners(sql, table)
    assert any(a in who for who in owned.values())
    assert any(b in who and a not in who for who in owned.values()) or table == "request"
    for controller_id in two:
        async with db.as_controller(controller_id) as connection:
            seen = {row["at"] for row in await connection.fetch(f"SELECT ctid::text AS at FROM {table}")}
        assert seen == {at for at, who in owned.items() if controller_id in who}


async def test_the_persons_own_case_from_which_a_controllers_was_cut_is_not_shown_to_it(db, sql, two):
    async with db.as_controller(two[0]) as connection:
        parents = await connection.fetchval(
            "SELECT count(*) FROM case_file WHERE parent_id IS NULL AND controller_id IS NULL"
        )
    assert parents == 0
    assert (
        await sql.fetchval("SELECT count(*) FROM case_file WHERE parent_id IS NULL AND controller_id IS NULL")
        == 1
    )


async def test_a_connection_that_names_no_controller_or_a_stranger_sees_nothing(db, two):
    async with db.as_controller(uuid4()) as connection:
        for table in REACHED:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    async with db.write() as connection:
        await connection.execute("SET LOCAL ROLE dsar_controller")
        for table in REACHED:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_controller_reaches_the_tables_that_are_meant_for_it_and_no_other(db, sql, two):
    for table in await all_tables(sql):
        async with db.as_controller(two[0]) as connection:
            if table in REACHED:
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") > 0
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM {table}")


async def test_every_table_that_a_controller_reaches_is_guarded_row_by_row(sql):
    rows = await sql.fetch(
        "SELECT c.relname, c.relrowsecurity FROM pg_class c WHERE c.relkind = 'r' "
        "AND has_table_privilege('dsar_controller', c.oid, 'SELECT') AND c.relnamespace = 'public'::regnamespace"
    )
    assert {row["relname"] for row in rows} == REACHED
    assert all(row["relrowsecurity"] for row in rows)


@pytest.mark.parametrize("table", sorted(REACHED))
async def test_a_controller_writes_nothing_in_a_transaction_of_its_own_kind_or_any_other(db, two, table):
    for change in (
        f"DELETE FROM {table}",
        f"UPDATE {table} SET id = id"
        if table not in {"event", "segment"}
        else f"UPDATE {table} SET case_id = case_id",
        f"INSERT INTO {table} DEFAULT VALUES",
    ):
        async with db.as_controller(two[0]) as connection:
            with pytest.raises((asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError)):
                await connection.execute(change)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):  # noqa: PT012 - the role is of the transaction
            async with db.write() as connection:
                await connection.execute("SET LOCAL ROLE dsar_controller")
                await connection.execute(change)


async def test_a_controllers_role_ends_with_its_transaction(db, two):
    a, _ = two
    for _ in range(20):
        async with db.as_controller(a) as connection:
            assert await connection.fetchval("SELECT current_user") == "dsar_controller"
        async with db.read() as connection:
            assert await connection.fetchval("SELECT current_user") == "dsar_app"
            assert not await connection.fetchval("SELECT current_setting('app.controller_id', true)")


async def test_another_controllers_case_looks_as_if_it_were_not_there(office, db, sql, two):
    a, b = two
    theirs = await sql.fetchval("SELECT id FROM case_file WHERE controller_id = $1", b)
    async with db.as_controller(a) as connection:
        with pytest.raises(NotFound):
            await cases.one(connection, theirs)
        assert await cases.of_controller(connection, b, None, 100) == []
    with pytest.raises(NotFound):
        await office.service.fetching.bundle_for_controller(a, theirs)
    assert await office.service.fetching.bundle_for_controller(b, theirs)
