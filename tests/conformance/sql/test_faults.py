"""What is wrong with a mapping, a grant or a server, and what to do about it."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest

from dsar.contract import (
    Refused,
    Unauthorised,
    Unreachable,
)
from dsar_sql.reading.references import row_ref

from .sample import (
    ACME,
    CALLER,
    MAPPING,
    acting_as,
    changed,
    find,
    items,
    opened,
    records,
    run,
)


@pytest.mark.parametrize(
    ("table", "fields", "says"),
    [
        (
            "caller",
            {"subject": {"email": "e_mail"}},
            r"tables\.caller\.subject\.email: column 'e_mail' does not exist",
        ),
        ("caller", {"tenant": "customer"}, r"tables\.caller\.tenant: column 'customer' does not exist"),
        (
            "call",
            {"path": {"table": "caller", "on": {"caller": "id"}}},
            r"tables\.call\.path\.on: column 'caller'",
        ),
        ("call", {"path": {"table": "caller", "on": {"caller_id": "no"}}}, r"tables\.call\.path\.on: .*'no'"),
        ("call", {"key": ["caller_id"]}, r"tables\.call\.key: no primary key"),
        ("call", {"restrict": "answer"}, r"tables\.call\.restrict: column 'answer' is not boolean"),
        ("call", {"minimise": ["locked"]}, r"tables\.call\.minimise: column 'locked' is NOT NULL"),
    ],
)
async def test_a_mapping_that_does_not_fit_names_its_line_and_the_remedy(tenants_url, table, fields, says):
    async with opened(changed(MAPPING, table, **fields), url=tenants_url) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()
        with pytest.raises(Refused, match=says):
            await find(session, ("email", CALLER))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("DROP TABLE stop", r"tables\.stop: no such table"),
        (
            "ALTER TABLE call ADD api_token text",
            r"tables\.call\.api_token: looks like a secret; list the column in exclude",
        ),
        ("ALTER TABLE caller ADD last_call bigint REFERENCES call", "in a circle.*ON DELETE SET NULL"),
        (
            "ALTER TABLE call RENAME TO calls; CREATE VIEW call AS SELECT * FROM calls",
            r"tables\.call\.on_erase: .*view",
        ),
    ],
)
async def test_a_database_that_changed_is_refused_until_somebody_decides(tenants_url, change, says):
    await run(tenants_url, change)
    async with opened(MAPPING, url=tenants_url) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()


@pytest.mark.parametrize(
    ("grants", "says"),
    [
        ("SELECT, INSERT ON stop", r"tables\.caller\.id: .*grant SELECT"),
        (
            "SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
            r"tables\.caller\.on_erase: .*grant DELETE",
        ),
        ("SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public", r"tables\.caller\.muted: .*grant UPDATE"),
        ("SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public", "stop.*grant INSERT"),
    ],
)
async def test_a_missing_grant_is_named(tenants_url, role, grants, says):
    await run(tenants_url, f"GRANT {grants} TO {role}")
    async with opened(MAPPING, url=acting_as(tenants_url, role)) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()


async def test_an_excluded_column_needs_no_grant(tenants_url, role):
    await run(tenants_url, f"ALTER TABLE call ADD api_token text; GRANT ALL ON caller, stop TO {role}")
    names = 'id, caller_id, tenant, at, audio, meta, "odd ""name", locked'
    await run(tenants_url, f"GRANT SELECT ({names}, answer), UPDATE (answer), DELETE ON call TO {role}")
    mapping = changed(MAPPING, "call", exclude={"api_token": "a secret"})
    async with opened(mapping, url=acting_as(tenants_url, role)) as session:
        await session.probe()
        assert len(await records(session, row_ref("caller", ["1"]), ACME)) == 1251


async def test_rows_that_row_level_security_would_hide_are_an_error_and_not_an_empty_answer(
    tenants_url, role
):
    await run(tenants_url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    await run(tenants_url, "ALTER TABLE caller ENABLE ROW LEVEL SECURITY")
    async with opened(MAPPING, url=acting_as(tenants_url, role)) as session:
        with pytest.raises(Refused, match="row-level security"):
            await find(session, ("email", CALLER))


async def test_reads_cannot_write(tenants_url):
    await run(
        tenants_url,
        "CREATE FUNCTION meddle() RETURNS text LANGUAGE sql AS $$ DELETE FROM call RETURNING 'x' $$;"
        "CREATE VIEW sly AS SELECT 1 AS id, 1::bigint AS caller_id, meddle() AS x",
    )
    to_caller = {"table": "caller", "on": {"caller_id": "id"}}
    sly = {"name": "sly", "category": "-", "description": "-", "key": ["id"], "path": to_caller}
    sly |= {"on_erase": "keep", "keep": {"ground": "-"}}
    async with opened({**MAPPING, "tables": [*MAPPING["tables"], sly]}, url=tenants_url) as session:
        with pytest.raises(Refused, match="SQLSTATE 25006"):
            await items(session, row_ref("caller", ["1"]), ACME)


@asynccontextmanager
async def server_saying(sqlstate):
    """A server that answers the start of a session with one error."""

    async def answer(reader, writer):
        length = int.from_bytes(await reader.readexactly(4))
        if (await reader.readexactly(length - 4))[:4] == (80877103).to_bytes(4):  # asks for TLS
            writer.write(b"N")
            await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        fields = b"SFATAL\0C" + sqlstate.encode() + b"\0Mno entry for petra.prospekti@example.com\0\0"
        writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"postgresql://dsar:hunter2@127.0.0.1:{server.sockets[0].getsockname()[1]}/crm"


@pytest.mark.parametrize(
    ("sqlstate", "kind", "says"),
    [
        ("28P01", Unauthorised, "user or password.*url"),
        ("28000", Unauthorised, "user or password.*url"),
        ("3D000", Refused, "does not exist; correct url"),
        ("53300", Unreachable, "tried again"),
        ("57P03", Unreachable, "tried again"),
    ],
)
async def test_a_server_that_turns_us_away_is_told_apart(sqlstate, kind, says):
    async with server_saying(sqlstate) as url, opened(MAPPING, url=url) as session:
        with pytest.raises(kind, match=says) as error:
            await session.probe()
    assert "hunter2" not in str(error.value)
    assert "petra" not in str(error.value)


async def test_an_unknown_user_is_unauthorised_and_a_closed_port_unreachable(postgres_url):
    for url, kind in (
        (re.sub("//([^@/]*@)?", "//nobody_known:wrong@", postgres_url, count=1), Unauthorised),
        ("postgresql://dsar@127.0.0.1:1/crm", Unreachable),
        ("postgresql://dsar@127.0.0.1:port/crm", Refused),
    ):
        async with opened(MAPPING, url=url) as session:
            with pytest.raises(kind):
                await session.probe()
