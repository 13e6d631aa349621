"""A controller's connection sees its own rows and no others, whatever a statement forgets to say."""

from uuid import uuid4

import asyncpg
import pytest
from two_controllers import OWNED, two_controllers

from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import NotFound
from dsar.store import cases


@pytest.fixture
async def two(office, sql):
    return await two_controllers(office, sql)


async def owned_by(sql, table, controller_id):
    """A controller's rows of the table, by their place on disk."""
    rows = await sql.fetch(
        f"SELECT ctid::text AS at FROM {table} WHERE {OWNED[table].format(a='$1::uuid')}", controller_id
    )
    return {row["at"] for row in rows}


async def test_a_select_without_any_where_shows_a_controller_exactly_its_own_rows(db, sql, two):
    for table in sorted(OWNED):
        owned = [await owned_by(sql, table, controller_id) for controller_id in two]
        assert owned[0] - owned[1], table
        assert owned[1] - owned[0], table
        for controller_id, own in zip(two, owned, strict=True):
            async with db.as_controller(controller_id) as connection:
                rows = await connection.fetch(f"SELECT ctid::text AS at FROM {table}")
            assert {row["at"] for row in rows} == own, table


async def test_the_persons_own_case_from_which_a_controllers_was_cut_is_not_shown_to_it(db, sql, two):
    async with db.as_controller(two.a) as connection:
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
        for table in OWNED:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    async with db.write() as connection:
        await connection.execute("SET LOCAL ROLE dsar_controller")
        for table in OWNED:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_controller_writes_nothing_in_a_transaction_of_its_own_kind_or_any_other(db, two):
    for table, owned in OWNED.items():
        column = owned.split()[0]
        for change in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET {column} = {column}",
            f"INSERT INTO {table} DEFAULT VALUES",
        ):
            async with db.as_controller(two.a) as connection:
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


async def test_another_controllers_case_looks_as_if_it_were_not_there(office, db, two):
    async with db.as_controller(two.a) as connection:
        with pytest.raises(NotFound):
            await cases.one(connection, two.b_case)
    downloading = office.service.downloading
    for call in (downloading.of_controller, downloading.all_of_controller):
        with pytest.raises(NotFound):
            await call(ControllerActor(two.a, "key:a"), two.b_case)
        assert await call(ControllerActor(two.b, "key:b"), two.b_case)
