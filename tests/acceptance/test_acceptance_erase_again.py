"""The demo's erasure, then the old databases restored from a dump: `dsar erase-again` erases it once more."""

import asyncio
import subprocess
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from dsar.demo import crm
from dsar.demo.scenes import erasure_with_an_invoice_on_hold
from dsar.demo.stage import Scene
from dsar.embedded import postgres_bin

DATABASES = ("crm", "billing")


def postgres(program, *words):
    subprocess.run([postgres_bin(program), *words], check=True, capture_output=True, text=True, timeout=120)


def urls(house):
    return {name: getattr(house.world.crm, name)["url"] for name in DATABASES}


async def restore(house, url, dump):
    """As an operator does it: the database dropped and made anew from the dump, while the service runs."""
    name = urlsplit(url).path[1:]
    connection = await asyncpg.connect(house.stack.admin_url)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    admin = urlunsplit(urlsplit(house.stack.admin_url)._replace(path=f"/{name}"))
    await asyncio.to_thread(postgres, "pg_restore", "--exit-on-error", "--dbname", admin, str(dump))


async def left(house):
    """In how many rows of each table the person still stands."""
    found = {name: await crm.remains(url, crm.TOMI) for name, url in urls(house).items()}
    return {name: {table: n for table, n in tables.items() if n} for name, tables in found.items()}


async def everything(house):
    """Every row of every table, but for when marketing was stopped."""
    rows = {}
    for name, url in urls(house).items():
        connection = await asyncpg.connect(url)
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in tables:
            if table != "do_not_contact":
                rows[name, table] = [
                    row[0] for row in await connection.fetch(f'SELECT t::text FROM "{table}" t ORDER BY 1')
                ]
        await connection.close()
    return rows


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(house, tmp_path_factory):
    """The whole story, with what was there at each of its turns."""
    folder = tmp_path_factory.mktemp("dumps")
    story = {"since": datetime.now(UTC).isoformat(), "before": await left(house)}
    for name, url in urls(house).items():
        await asyncio.to_thread(postgres, "pg_dump", "-Fc", "-f", str(folder / name), url)
    scene = Scene(title="An erasure", right="erasure")
    await erasure_with_an_invoice_on_hold(house.players, scene)
    story["failures"], story["erased"], story["rows"] = (
        scene.failures,
        await left(house),
        await everything(house),
    )
    for name, url in urls(house).items():
        await restore(house, url, folder / name)
    story["restored"] = await left(house)
    for name in ("look", "first", "second"):
        more = ["--dry-run"] if name == "look" else []
        story[name] = [
            await asyncio.to_thread(
                house.dsar, "erase-again", "--since", story["since"], "--system", system, *more
            )
            for system in DATABASES
        ]
        story[f"after {name}"] = await left(house)
    story["rows again"] = await everything(house)
    return story


def said(played, name):
    return "".join(ran.stdout for ran in played[name])


def test_the_erasure_was_as_the_demo_expects_and_the_dump_brought_it_back(played):
    assert played["failures"] == []
    assert played["erased"]["crm"] == {"do_not_contact": 1}
    assert played["restored"] == played["before"]
    assert played["before"]["crm"] != played["erased"]["crm"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(played):
    crm_said, billing_said = (ran.stdout for ran in played["look"])
    assert "1 would be erased again, " in crm_said
    assert " items" not in crm_said, (
        "an order that was not given has erased and kept none, which says nothing"
    )
    assert "0 would be erased again" in billing_said, "there the law keeps all that is left of them"
    assert played["after look"] == played["restored"]


def test_it_erases_once_more_and_says_so(played):
    assert [ran.returncode for ran in played["first"]] == [0, 0], played["first"]
    crm_said, billing_said = (ran.stdout for ran in played["first"])
    assert "1 erased again (10 items), 0 items kept" in crm_said
    assert "0 erased again (0 items), 7 items kept" in billing_said
    assert played["after first"] == played["erased"], "the marketing stop too"


def test_every_row_is_as_the_first_erasure_left_it(played):
    """Nobody else loses any, and what the law keeps is restricted and reduced again."""
    different = {key for key, rows in played["rows"].items() if rows != played["rows again"][key]}
    assert different == set()


def test_a_second_run_erases_nothing(played):
    assert [ran.returncode for ran in played["second"]] == [0, 0], played["second"]
    assert said(played, "second").count("0 erased again") == 2
    assert played["after second"] == played["after first"]


def test_nothing_that_is_printed_says_who_it_was(played):
    for ran in (*played["look"], *played["first"], *played["second"]):
        assert not any(word in ran.stdout + ran.stderr for word in (crm.TOMI, "Tomi", "example.com"))


async def test_the_cases_history_says_so_and_holds(house, played):
    rows = await house.db.fetch("SELECT data FROM event WHERE type = 'erasure.repeated' ORDER BY at")
    assert ['"crm"' in row["data"] or '"billing"' in row["data"] for row in rows] == [True, True]
    ran = await asyncio.to_thread(house.dsar, "audit", "verify")
    assert ran.returncode == 0, ran.stdout


async def test_without_a_name_every_system_is_looked_through(house, played):
    ran = await asyncio.to_thread(house.dsar, "erase-again", "--since", played["since"])
    assert ran.returncode == 0, ran.stdout
    assert {line.partition(":")[0] for line in ran.stdout.splitlines()} == {"analytics", "billing", "crm"}


async def test_a_system_that_is_not_there_is_named_and_the_exit_code_says_so(house, played):
    ran = await asyncio.to_thread(house.dsar, "erase-again", "--since", played["since"], "--system", "shop")
    assert ran.returncode == 1
    assert "shop: to do by hand: is not among the systems now" in ran.stdout


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--since", "yesterday"), "--since: is no time with its offset."),
        (("--since", "2026-03-01T00:00"), "--since: is no time with its offset."),
        (("--since", "2999-03-01T00:00Z"), "--since: is in the future."),
        (
            ("--since", "2026-03-01T00:00Z", "--restored", "2026-02-01T00:00Z"),
            "--restored: is before the backup.",
        ),
    ],
    ids=["words", "no offset", "future", "restored before"],
)
async def test_a_time_that_cannot_be_used_is_refused_in_a_line(house, words, problem):
    ran = await asyncio.to_thread(house.dsar, "erase-again", *words)
    assert ran.returncode == 2
    assert problem in ran.stderr
    assert ran.stderr.count("\n") == 1
