"""The completeness guard by the command line, on the demo's CRM: a new column is red until somebody decides."""

import asyncio
import base64
import json
import secrets
import tomllib
from pathlib import Path

import asyncpg
import pytest

from dsar.cli import main
from dsar.cli.connector_file import lock_text
from dsar.demo import crm

DATA = Path(crm.__file__).parent / "data"


@pytest.fixture
async def world(postgres_url):
    return await crm.build(postgres_url)


@pytest.fixture
def dsar(database_url, monkeypatch, capsys):
    """Runs `dsar connector …` in a thread of its own, for it has an event loop of its own."""
    monkeypatch.setenv("DSAR_DATABASE_URL", database_url)
    monkeypatch.setenv("DSAR_OPERATOR_KEY", base64.b64encode(secrets.token_bytes(32)).decode())

    async def run(*words):
        code = await asyncio.to_thread(main, ["connector", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def system(world, tmp_path):
    """The CRM's description as an operator would have it, and the lock that is shipped with the demo beside it."""
    path = tmp_path / "crm.json"
    path.write_text(json.dumps({"connector": "sql", "roles": ["controller"], "settings": world.crm}))
    (tmp_path / "crm.columns.lock").write_text((DATA / "crm.columns.lock").read_text())
    return path


async def changed(world, statement):
    connection = await asyncpg.connect(world.crm["url"])
    await connection.execute(statement)
    await connection.close()


async def test_a_new_column_turns_the_check_red_until_it_is_decided(dsar, world, system):
    assert (await dsar("add", "crm", system))[0] == 0
    code, out, _ = await dsar("check")
    assert (code, out.partition("\n")[0]) == (
        0,
        "crm: ok (SQL database (PostgreSQL, MariaDB, MySQL, SQLite), sql)",
    )

    await changed(world, "ALTER TABLE contact ADD COLUMN shoe_size text")
    code, out, _ = await dsar("check", "crm")
    assert code == 3
    assert out.startswith("crm: drift in 1 fields")
    assert "  contact.shoe_size: new, and nobody has decided; as the settings are it is exported\n" in out

    # Somebody decides: it is told to the person.
    code, out, _ = await dsar("lock", system)
    assert code == 0
    assert "contact.shoe_size: new" in out
    assert (await dsar("add", "crm", system))[0] == 0
    assert (await dsar("check", "crm"))[0] == 0


async def test_a_new_column_may_also_be_decided_by_leaving_it_out_with_a_reason(dsar, world, system):
    await dsar("add", "crm", system)
    await changed(world, "ALTER TABLE app_user ADD COLUMN theme text")
    assert (await dsar("check", "crm"))[0] == 3

    described = json.loads(system.read_text())
    [user] = [table for table in described["settings"]["tables"] if table["name"] == "app_user"]
    user["exclude"]["theme"] = "a setting of the screen"
    system.write_text(json.dumps(described))
    assert (await dsar("lock", system, "--check"))[0] == 3
    assert (await dsar("lock", system))[0] == 0
    assert (await dsar("add", "crm", system))[0] == 0

    code, out, _ = await dsar("check", "crm")
    assert code == 0
    assert "without theme: a setting of the screen" in out
    assert tomllib.loads(system.with_name("crm.columns.lock").read_text())["app_user"]["theme"] == (
        "excluded: a setting of the screen"
    )


async def test_a_new_table_stays_undecided_until_somebody_writes_why(dsar, world, system):
    await changed(world, "CREATE TABLE visits (id bigint PRIMARY KEY, ip inet)")
    lock = system.with_name("crm.columns.lock")
    code, out, _ = await dsar("lock", system)
    assert code == 0
    assert "1 fields are not as decided" in out
    assert 'visits.*: undecided; write in the lock "excluded: " and the reason' in out
    assert (await dsar("lock", system, "--check"))[0] == 3

    lock.write_text(
        lock.read_text().replace('= "undecided"', '= "excluded: the load balancer\'s, gone after a day"')
    )
    assert (await dsar("lock", system, "--check"))[0] == 0
    written = lock.read_text()
    assert (await dsar("lock", system))[0] == 0
    assert lock.read_text() == written


async def test_a_column_that_is_gone_and_a_table_that_is_told_no_more_are_named(dsar, world, system):
    await changed(world, "ALTER TABLE note DROP COLUMN summary")
    described = json.loads(system.read_text())
    described["settings"]["tables"] = [
        {name: value for name, value in table.items() if name != "made_by_ai"}
        for table in described["settings"]["tables"]
        if table["name"] != "activity"
    ]
    system.write_text(json.dumps(described))

    code, out, _ = await dsar("lock", system, "--check")

    assert code == 3
    assert "  note.summary: gone; it was exported\n" in out
    assert "  activity.*: new, and nobody has decided; as the settings are it is undeclared\n" in out


async def test_checking_a_lock_writes_nothing_and_needs_no_database_of_ours(dsar, system, monkeypatch):
    monkeypatch.delenv("DSAR_DATABASE_URL")
    monkeypatch.delenv("DSAR_OPERATOR_KEY")
    before = {path: path.read_bytes() for path in system.parent.iterdir()}

    assert (await dsar("lock", system, "--check"))[:2] == (0, "crm.columns.lock: every field is decided\n")

    assert {path: path.read_bytes() for path in system.parent.iterdir()} == before


async def test_without_a_lock_everything_is_new_and_adding_says_that_nothing_is_guarded(dsar, system):
    system.with_name("crm.columns.lock").unlink()

    code, out, _ = await dsar("lock", system, "--check")
    assert code == 3
    assert out.startswith("crm.columns.lock: is not there\n")
    assert not system.with_name("crm.columns.lock").exists()
    code, out, _ = await dsar("add", "crm", system)
    assert (code, out.splitlines()[0]) == (0, "added crm")
    assert "not guarded" in out
    code, out, _ = await dsar("check")
    assert code == 0
    assert "not guarded" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[contact]\nemail = 1\n", "Expected `str`, got `int`"),
        ("[contact\n", "crm.columns.lock: "),
        ('[contact]\nemail = "exportet"\n', "columns.lock, contact.email: is no decision"),
        ('[contact]\nemail = "excluded: "\n', "columns.lock, contact.email: is no decision"),
    ],
)
async def test_a_lock_that_cannot_be_read_is_named_and_nothing_is_added(dsar, system, text, says):
    system.with_name("crm.columns.lock").write_text(text)

    for words in (("lock", system), ("lock", system, "--check"), ("add", "crm", system)):
        code, out, err = await dsar(*words)
        assert (code, out) == (2, "")
        assert says in err
    assert (await dsar("check", "crm"))[:2] == (1, "crm: no such system; there are none\n")
    assert system.with_name("crm.columns.lock").read_text() == text


def test_a_lock_comes_back_from_its_file_whatever_the_names_and_reasons_are():
    lock = {
        'odd "name"': {"a.b": 'excluded: "quoted" \\ back', "ä": "exported"},
        "t": {"*": "excluded: \x7f\n\ttab", "col": "undecided"},
    }
    assert tomllib.loads(lock_text(lock)) == lock


@pytest.mark.parametrize("name", ["crm", "billing"])
async def test_the_demos_locks_are_what_the_guard_would_write(dsar, world, tmp_path, name):
    path = tmp_path / f"{name}.json"
    settings = getattr(world, name)
    path.write_text(json.dumps({"connector": "sql", "roles": ["controller"], "settings": settings}))

    assert (await dsar("lock", path))[0] == 0

    assert path.with_name(f"{name}.columns.lock").read_text() == (DATA / f"{name}.columns.lock").read_text()
