"""What is SQLite's own: types that are inclinations, a file that remembers, and readers beside writers."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dsar.contract import Erase, Proof, Refused, Unreachable

from .asking import CALLER, asking, data, found, pairs, with_table
from .stock import ACME, KAISA


@pytest.fixture
def place(on_sqlite):
    return on_sqlite


def path_of(place):
    return Path(urlsplit(place.url).path)


async def test_what_is_erased_is_gone_from_the_files_bytes(place):
    await place.do("UPDATE line SET said = 'a very telling sentence' WHERE call_id = 1")
    assert b"telling sentence" in path_of(place).read_bytes()
    async with asking(place) as session:
        receipt = await session.carry_out(CALLER, ACME, Erase(), "k")
    assert receipt.proof is Proof.VERIFIED
    assert b"telling sentence" not in path_of(place).read_bytes()


async def test_the_write_ahead_log_is_cut_and_where_a_reader_prevents_it_the_proof_is_less(place):
    path, log = path_of(place), path_of(place).with_name("world.db-wal")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE line SET said = 'a very telling sentence'")
        async with asking(place, lock_timeout_seconds=1) as session:
            reading = other.execute("BEGIN").execute("SELECT * FROM line")
            reading.fetchone()
            plan = await session.foresee(CALLER, ACME, Erase())
            first = await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
            assert (first.changed, first.proof) == (1_201, Proof.ACCEPTED)
            reading.close()
            other.execute("COMMIT")
            again = await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
            assert (again.changed, again.proof) == (0, Proof.VERIFIED)
            assert log.stat().st_size == 0


async def test_a_foreign_key_holds_although_the_database_was_made_without_minding_them(place):
    await place.do("PRAGMA foreign_keys = OFF", "INSERT INTO line VALUES (99999, 1, 'nobody''s')")
    async with asking(place) as session:
        assert (await session.carry_out(CALLER, ACME, Erase(), "k")).changed == 1_201


@pytest.mark.parametrize(
    ("declared", "value", "key"),
    [
        ("BLOB", "x'00ff41'", "X%2700FF41%27"),
        ("", "'it''s'", "%27it%27%27s%27"),
        ("", "7", "7"),
        ("NUMERIC", "7", "7"),
        ("TEXT", "'007'", "007"),
        ("INTEGER", "-7", "-7"),
    ],
)
async def test_a_row_is_named_by_its_key_whatever_its_type(place, declared, value, key):
    await place.do(
        f"CREATE TABLE thing (k {declared} NOT NULL PRIMARY KEY, caller_id INTEGER)",
        f"INSERT INTO thing VALUES ({value}, 1)",
    )
    tables = with_table(place, "thing", key=["k"], path={"table": "caller", "on": {"caller_id": "id"}})
    async with asking(place, tables=tables) as session:
        assert ("thing", key) in await pairs(session)
        order = Erase(only=(("thing", key),))
        assert (await session.carry_out(CALLER, ACME, order, "k")).changed == 1


async def test_rows_keyed_by_bytes_come_page_by_page_without_loss_or_repeat(place):
    await place.do(
        "CREATE TABLE thing (k BLOB NOT NULL PRIMARY KEY, caller_id INTEGER)",
        "INSERT INTO thing SELECT randomblob(16), 1 FROM calls",
    )
    tables = with_table(place, "thing", key=["k"], path={"table": "caller", "on": {"caller_id": "id"}})
    async with asking(place, tables=tables) as session:
        assert len([p for p in await pairs(session) if p[0] == "thing"]) == 1_200


async def test_a_value_that_is_not_of_its_columns_type_is_told_as_it_is(place):
    await place.do(
        "UPDATE calls SET at = 'some day', cost = 'free', locked = 7, meta = 'no json', audio = 'words', "
        "answer = CAST(x'ff41' AS TEXT) WHERE id = 1"
    )
    async with asking(place) as session:
        record, call = await data(session, "calls", "1")
    assert (call["at"], call["cost"], call["locked"], call["meta"]) == ("some day", "free", 7, "no json")
    assert (call["audio"], call["answer"]) == ("words", r"\xffA")
    assert record.others == ()


async def test_a_date_that_is_none_stops_the_erasure_instead_of_counting_from_nothing(place):
    await place.do("UPDATE invoice SET issued_on = 1767225600 WHERE id = 1")
    async with asking(place) as session:
        with pytest.raises(Refused, match=r"tables\.invoice\.keep\.dated: a row's value is no date"):
            await session.carry_out(CALLER, ACME, Erase(), "k")
        assert len(await pairs(session)) == 1_204


async def test_a_column_that_minds_no_case_is_found_by_its_own_index_and_walls_tenants_all_the_same(place):
    await place.do(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE UNIQUE, org TEXT COLLATE NOCASE)",
        "INSERT INTO person VALUES (1, 'Kaisa.Kutsuja@example.com', 'ACME')",
    )
    tables = with_table(place, "person", key=["id"], subject={"email": "mail"}, tenant="org")
    async with asking(place, tables=tables) as session:
        assert (await session._fitted()).catalogue["person"].columns["mail"].folded
        assert await found(session, ("email", KAISA)) == ["caller:1"]
        await place.do("UPDATE person SET org = 'acme'")
        assert await found(session, ("email", KAISA)) == ["caller:1", "person:1"]


async def test_an_address_is_a_path_from_the_root(place, tmp_path):
    for url in ("sqlite:///", "sqlite://world.db", f"{place.url}?mode=rwc"):
        with pytest.raises(Refused, match="sqlite:///path"):
            async with asking(place, url=url):
                pass
    async with asking(place, url=f"sqlite://{tmp_path}/none.db") as session:
        with pytest.raises(Unreachable, match="check the path"):
            await session.probe()
    assert not (tmp_path / "none.db").exists()


async def test_a_virtual_table_is_not_taken_for_one_whose_rows_may_go(place):
    await place.do("CREATE VIRTUAL TABLE sought USING fts5(caller_id, words)")
    tables = with_table(
        place, "sought", key=["caller_id"], path={"table": "caller", "on": {"caller_id": "id"}}
    )
    async with asking(place, tables=tables) as session:
        with pytest.raises(Refused, match=r"tables\.sought\.on_erase"):
            await session.probe()
