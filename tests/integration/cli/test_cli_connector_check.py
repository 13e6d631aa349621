"""`dsar connector add`, `check` and `settings`: what is covered is said, and there is never half a connector."""

import asyncio
import base64
import json
import secrets

import asyncpg
import msgspec
import pytest

from dsar.cli import main
from dsar.demo import crm
from dsar.outbound import installed

MAPPING = """\
connector = "sql"
title = "Customers"
roles = [{roles}]
calls_per_minute = 90
timeout_seconds = 12.5
recheck_days = [2, 20]

[settings]
url = "{url}"
{extra}

[[settings.tables]]
name = "contact"
category = "contact"
description = "Who you are"
key = ["id"]
subject = {{ email = "email" }}
"""


@pytest.fixture
def operator_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def dsar(database_url, operator_key, monkeypatch, capsys):
    monkeypatch.setenv("DSAR_DATABASE_URL", database_url)
    monkeypatch.setenv("DSAR_OPERATOR_KEY", operator_key)

    async def run(*words):
        code = await asyncio.to_thread(main, ["connector", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
async def url(postgres_url):
    world = await crm.build(postgres_url)
    return world.crm["url"]


@pytest.fixture
def described(tmp_path, url):
    def write(roles='"controller"', extra="", url=url, replace=("", "")):
        path = tmp_path / "crm.toml"
        path.write_text(MAPPING.format(roles=roles, url=url, extra=extra).replace(*replace))
        return path

    return write


async def stored(database_url, sql):
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def test_what_the_file_says_of_the_system_is_kept(dsar, described, database_url):
    assert (await dsar("add", "crm", described()))[0] == 0

    [row] = await stored(
        database_url,
        "SELECT title, calls_per_minute, timeout_seconds, recheck_days, columns_lock, roles FROM system",
    )
    assert tuple(row) == ("Customers", 90, 12.5, [2, 20], None, ["controller"])


async def test_the_check_says_what_is_covered_and_what_is_not(dsar, described, url):
    await dsar("add", "crm", described())

    code, out, _ = await dsar("check", "crm")

    lines = out.splitlines()
    assert (code, lines[0]) == (0, "crm: ok (Customers, sql)")
    assert "  finds by: account_id, email, phone" in lines
    assert "  takes orders: erase" in lines
    assert "  a person's task: rectify, restrict, suppress" in lines
    assert "  searched again after an erasure: on day 2, 20" in lines
    assert "  contact: 10 fields exported, 0 excluded" in lines
    assert any(line.startswith("  the settings say nothing of: activity, app_user,") for line in lines)
    assert any(line.startswith("  kept by the vendor: Deleted rows stay") for line in lines)
    assert any(line.startswith("  not guarded") for line in lines)
    assert url not in out


async def test_a_system_that_is_paused_or_not_asked_is_said_to_be(dsar, described, database_url):
    await dsar("add", "crm", described())
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "UPDATE system SET paused_reason = '401; check token', circuit_opened_at = now()"
    )
    await connection.close()

    code, out, _ = await dsar("check")

    assert code == 0
    assert "  paused: 401; check token" in out.splitlines()
    assert "  not asked since 20" in out


async def test_a_probe_that_fails_is_1_though_another_system_has_drifted(dsar, described, url, database_url):
    path = described()
    await dsar("lock", path)
    await dsar("add", "crm", path)
    await dsar("add", "other", path)
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE contact ADD COLUMN shoe_size text")
    assert (await dsar("check"))[0] == 3
    await connection.close()
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE system SET connector = 'nobodys' WHERE key = 'other'")
    await connection.close()

    code, out, _ = await dsar("check")

    assert code == 1
    assert "crm: drift in " in out
    assert "other: BadSystem: connector: 'nobodys' is not installed" in out


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"roles": '"controller", "processor"'}, "crm.toml, line 3: roles: processor is not what"),
        ({"replace": ('name = "contact"', 'name = "kontact"')}, "crm.toml, line 12: tables.kontact: no such table"),
        ({"replace": ('key = ["id"]', 'key = ["ident"]')}, "crm.toml, line 16: tables.contact.key: column 'ident'"),
        ({"replace": ('"contact"\ndesc', "1\ndesc")}, "crm.toml, line 14: sql: Expected `str`, got `int`"),
        ({"replace": ('"sql"', '"sequel"')}, "crm.toml, line 1: connector: 'sequel' is not installed; there are "),
        ({"extra": "tabels = 1"}, "crm.toml, line 10: sql: Object contains unknown field `tabels`"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_named_with_its_line_and_nothing_is_kept(
    dsar, described, database_url, changed, says
):
    code, out, err = await dsar("add", "crm", described(**changed))

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"dsar connector: {says}")
    assert await stored(database_url, "SELECT 1 FROM system") == []


async def test_wrong_credentials_are_said_without_them_and_nothing_is_kept(
    dsar, described, database_url, url
):
    path = described(url=url.replace("postgres@", "nobody_there:hunter2@"))

    code, out, err = await dsar("add", "crm", path)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "hunter2" not in err
    assert await stored(database_url, "SELECT 1 FROM system") == []


@pytest.mark.parametrize("key", ["CRM", "", "../crm", "c r m", "-crm", "x" * 64])
async def test_a_key_that_cannot_be_a_name_is_refused(dsar, described, key):
    code, _, err = await dsar("add", "--", key, described())

    assert code == 2
    assert err.startswith("dsar connector: crm.toml: key: ")


async def test_a_system_of_another_connector_is_not_written_over(dsar, described, database_url):
    await dsar("add", "crm", described())
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE system SET connector = 'posthog'")
    await connection.close()

    code, _, err = await dsar("add", "crm", described())

    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("dsar connector: key: ")


async def test_a_key_that_is_not_the_databases_seals_nothing(dsar, described, database_url, monkeypatch):
    """Sealed with it, the system would keep `serve` and `work` from starting at all."""
    await dsar("add", "crm", described())
    before = await stored(database_url, "SELECT key, settings FROM system")
    monkeypatch.setenv("DSAR_OPERATOR_KEY", base64.b64encode(secrets.token_bytes(32)).decode())

    for words in (("add", "crm", described()), ("add", "other", described()), ("check",)):
        code, out, err = await dsar(*words)
        assert (code, out) == (2, "")
        assert err.startswith("dsar connector: DSAR_OPERATOR_KEY: is not the key that this database")
    assert await stored(database_url, "SELECT key, settings FROM system") == before


async def test_where_nothing_is_configured_the_check_says_so(dsar):
    assert (await dsar("check"))[:2] == (1, "no system is configured\n")
    assert (await dsar("check", "crm"))[:2] == (1, "crm: no such system; there are none\n")


@pytest.mark.parametrize("key", sorted(installed()))
def test_every_setting_of_every_connector_is_told(capsys, key):
    assert main(["connector", "settings", key]) == 0
    text = capsys.readouterr().out
    assert main(["connector", "settings", key, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    manifest = installed()[key].manifest
    names = [field.encode_name for field in msgspec.structs.fields(manifest.settings)]
    assert [field["name"] for field in told["fields"]] == names
    assert {field["name"] for field in told["fields"] if field["secret"]} == set(manifest.secret_settings)
    assert all(field["help"] for field in told["fields"])
    for name in names:
        assert f"\n{name}: " in text
    assert told["schema"]["type"] == "object"


def test_the_settings_of_a_connector_that_is_not_installed_are_refused(capsys):
    assert main(["connector", "settings", "nobodys"]) == 2
    assert "there are" in capsys.readouterr().err
