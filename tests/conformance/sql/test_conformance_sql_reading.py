"""What the three kinds of database tell alike: who is found, what is told of them and in which form."""

import asyncio
from datetime import UTC, datetime

import pytest

from dsar.contract import (
    Field,
    Held,
    Maker,
    Mark,
    Record,
    Ref,
    Refused,
    Role,
    Scope,
    Speaker,
    TenantHit,
    Turn,
    Use,
)
from dsar_sql.dialects.dialect import Params
from dsar_sql.fit import fitted
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import row_ref
from dsar_sql.reading.search import finding

from .asking import CALLER, EMAIL, asking, data, found, pairs, told, with_table
from .stock import ACCENT, ACME, BOLT, DECOY, KAISA, KINDS, OURS, PHONE


async def test_an_email_is_found_without_its_case_and_nothing_more_alike_than_that(place):
    async with asking(place) as session:
        assert await found(session, ("email", KAISA)) == ["caller:1"]
        assert await found(session, ("email", DECOY)) == ["caller:2"]
        assert await found(session, ("email", ACCENT)) == ["caller:5"]
        assert await found(session, ("email", f"{KAISA} ")) == []


async def test_an_email_beyond_ascii_is_found_without_its_case(place):
    await place.do("UPDATE caller SET email = 'KAISA.KUTSUJÄ@example.com' WHERE id = 5")
    async with asking(place) as session:
        assert await found(session, ("email", ACCENT)) == ["caller:5"]


async def test_a_telephone_is_found_in_every_written_form(place):
    async with asking(place) as session:
        for written in ("040 123 4567", "+358 (0)40-123 4567", "00358.40.1234567", "358401234567"):
            await place.do(f"UPDATE caller SET phone = '{written}' WHERE id = 1")
            assert await found(session, ("phone", PHONE)) == ["caller:1"], written
        assert await found(session, ("phone", "+358401234568")) == []


async def test_a_tenants_key_is_compared_to_the_letter(place):
    async with asking(place) as session:
        for tenant, key in (("acme", "caller:1"), ("ACME", "caller:6"), ("bolt", "caller:3")):
            assert await found(session, ("email", KAISA), scope=Scope(Role.PROCESSOR, tenant)) == [key]
        for tenant in ("acme ", "äcme", "Bolt"):
            assert await found(session, ("email", KAISA), scope=Scope(Role.PROCESSOR, tenant)) == []
            assert await pairs(session, scope=Scope(Role.PROCESSOR, tenant)) == set()
        assert await found(session, ("email", KAISA), scope=OURS) == ["caller:4"]
        hits = [hit async for hit in session.tenants([EMAIL])]
        assert sorted(hits, key=lambda h: h.tenant) == [TenantHit(t, EMAIL) for t in ("ACME", "acme", "bolt")]


async def test_an_identity_that_is_no_value_of_the_columns_type_is_nobodys(place):
    async with asking(place) as session:
        assert await found(session, ("account_id", "no uuid")) == []
        assert await found(session, ("account_id", "6e9d9f4e-0000-4000-8000-000000000001")) == ["caller:1"]
        for key in ("abc", "1e0", "1.0", "99999999999999999999", "-1"):
            assert await told(session, row_ref("caller", [key])) == [], key


async def test_values_carry_their_whole_meaning_in_one_line_of_json(place):
    async with asking(place) as session:
        record, call = await data(session, "calls", "1")
    assert b"\n" not in bytes(record.data)
    assert call["at"] == "2026-01-15T10:00:00+00:00", "Helsinki's noon"
    assert call["audio"] == "/" * 120
    assert (call['odd "na%me'], call["locked"], call["day"]) == ("odd", False, "2026-01-02")
    assert call["cost"] == 1.1


async def test_a_decimal_keeps_its_digits_where_the_database_does(place):
    async with asking(place) as session:
        record, _ = await data(session, "invoice", "1")
    written = b'"amount":12.5' if place.kind == "sqlite" else b'"amount":12.5000'
    assert written in bytes(record.data)


async def test_json_is_told_as_json_without_what_is_excluded_and_pointers_say_what_is_there(place):
    await place.do("""UPDATE calls SET meta = '{"people": [], "secret": 5}' WHERE id = 5""")
    await place.do("UPDATE calls SET meta = NULL WHERE id = 6")
    async with asking(place) as session:
        record, call = await data(session, "calls", "1")
        assert call["meta"] == {"a": 1.5, "people": [{"name": "Liisa"}, {"name": "Matti"}]}
        assert b"1.50" in bytes(record.data), "a number in it keeps its digits"
        assert record.others == ("/meta/people/0/name", "/meta/people/1/name")
        assert record.made_by_ai == ("/answer",)
        empty, call = await data(session, "calls", "5")
        assert (call["meta"], empty.others) == ({"people": []}, ())
        none, call = await data(session, "calls", "6")
        assert (call["meta"], none.others) == (None, ())


TALK = """{"turns": [{"who": "bot", "said": "Hello", "at": 0, "to": 1.25}, {"who": "Caller", "said": "Kaisa", "at": 1.5},
  {"who": "tool"}, {"who": "Liisa", "said": "I am her sister", "at": 3, "to": 4.0001}]}"""
TURNS = {"array": "talk/turns", "text": "said", "speaker": "who", "subject": ["caller"], "machine": ["bot"],
         "other": ["liisa"], "start": "at", "end": "to", "unit": "seconds"}  # fmt: skip


async def test_a_conversation_in_a_json_column_is_told_turn_by_turn_with_its_maker(place):
    kinds = KINDS[place.kind]
    await place.do(
        f"ALTER TABLE calls ADD talk {kinds['json']}",
        "ALTER TABLE calls ADD model varchar(40)",
        f"ALTER TABLE calls ADD made_at {kinds['local']}",
        f"UPDATE calls SET talk = '{TALK}', model = 'scribe-2', made_at = '2026-01-15 12:00:00' WHERE id = 1",
    )
    tables = with_table(
        place, "calls", turns=TURNS, made_by_ai=["talk"], maker={"column": "model", "at": "made_at"}
    )
    async with asking(place, tables=tables) as session:
        record, call = await data(session, "calls", "1")
        assert record.turns == (
            Turn("/talk/turns/0/said", Speaker.MACHINE, 0, 1250),
            Turn("/talk/turns/1/said", Speaker.SUBJECT, 1500),
            Turn("/talk/turns/3/said", Speaker.OTHER, 3000, 4001),
        )
        assert call["talk"]["turns"][3]["said"] == "I am her sister"
        assert record.maker == Maker("scribe-2", datetime(2026, 1, 15, 10, tzinfo=UTC))
        empty, _ = await data(session, "calls", "5")
        assert (empty.turns, empty.maker) == ((), None)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"turns": {**TURNS, "array": "talks"}},
            r"tables\.calls\.turns\.array: column 'talks' does not exist",
        ),
        ({"turns": {**TURNS, "array": "day"}}, r"tables\.calls\.turns\.array: .* neither JSON nor text"),
        ({"maker": {"column": "model"}}, r"tables\.calls\.maker\.column: column 'model' does not exist"),
        ({"maker": {"model": "m", "at": "day"}}, r"tables\.calls\.maker\.at: column 'day' is no timestamp"),
    ],
)
async def test_a_conversation_that_the_table_does_not_have_is_refused_with_the_remedy(place, fields, says):
    async with asking(place, tables=with_table(place, "calls", **fields)) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()


async def test_an_export_of_a_key_of_several_columns_is_taken_up_at_every_mark(place):
    rows = ", ".join(f"({1 + 4 * (n % 3)}, {n}, 'line {n}')" for n in range(10, 2_300))
    await place.do(f"INSERT INTO line VALUES {rows}")
    async with asking(place) as session:
        whole = [item async for item in session.export(CALLER, ACME, None)]
        records = [(i.origin.collection, i.origin.record_id) for i in whole if isinstance(i, Record)]
        assert len(set(records)) == len(records) == 1 + 1_197 + 2_292 + 2 + 2
        marks = [(place_, i) for place_, i in enumerate(whole) if isinstance(i, Mark) and ":" in i.cursor]
        assert {mark.cursor.partition(":")[0] for _, mark in marks} == {"calls", "line"}
        for at, mark in marks:
            before = [i for i in whole[:at] if isinstance(i, Record)]
            rest = await told(session, after=mark)
            assert len(before) + len(rest) == len(records)
            assert (
                rest[0].origin.record_id
                == next(i for i in whole[at:] if isinstance(i, Record)).origin.record_id
            )


async def test_many_ask_at_once_and_one_who_leaves_early_holds_no_connection(place):
    async with asking(place, connect_timeout_seconds=5) as session:
        for _ in range(6):
            stream = session.export(CALLER, ACME, None)
            await anext(stream)
            await stream.aclose()
        assert {len(t) for t in await asyncio.gather(*(told(session) for _ in range(8)))} == {1_204}


@pytest.mark.parametrize(
    "statement", ["DELETE FROM stop", "INSERT INTO stop VALUES ('a', 'b')", "DROP TABLE stop"]
)
async def test_reads_cannot_write(place, statement):
    async with asking(place) as session:
        with pytest.raises(Refused):
            await session._database.fetch(statement, [])
    assert await place.one("SELECT count(*) FROM stop") == 0


async def test_all_whom_it_holds_are_named_as_a_search_would_ask_for_them(place):
    await place.do("INSERT INTO stop VALUES ('acme', 'objector@example.com')")
    async with asking(place) as session:
        held = {each async for each in session.everyone()}
        assert {h for h in held if h.identity.kind != "phone"} == {
            Held(Ref("account_id", "6e9d9f4e-0000-4000-8000-000000000001"), "acme"),
            Held(Ref("email", DECOY), "acme"),
            Held(Ref("email", ACCENT), "acme"),
            *(Held(EMAIL, tenant) for tenant in ("acme", "bolt", "ACME", None)),
        }
        assert {Held(Ref("phone", PHONE), tenant) for tenant in ("acme", "bolt", "ACME")} <= held
        for each in held:
            scope = Scope(Role.PROCESSOR, each.tenant) if each.tenant else OURS
            assert await found(session, (each.identity.kind, each.identity.value), scope=scope), each


async def test_a_list_of_many_people_is_named_page_by_page_and_whole(place):
    rows = ", ".join(f"({n}, 'acme', 'p{n}@example.com', NULL, NULL, NULL, NULL)" for n in range(10, 11_010))
    await place.do(f"INSERT INTO caller VALUES {rows}")
    async with asking(place) as session:
        named = [each.identity.value async for each in session.everyone() if each.identity.kind == "email"]
    assert len(named) == 11_006
    assert len(set(named)) == 11_003


async def test_every_column_and_every_other_table_is_accounted_for(place):
    await place.do(
        "CREATE TABLE diary (id integer, secret_thought varchar(10))",
        "ALTER TABLE caller ADD shoe_size integer",
    )
    async with asking(place) as session:
        fields = (await session.probe()).fields
    assert Field("diary", "*", Use.UNDECLARED) in fields
    assert Field("plan", "*", Use.EXCLUDED, "names of plans") in fields
    assert Field("calls", "meta", Use.EXPORTED) in fields
    assert Field("calls", "meta/secret", Use.EXCLUDED, "a secret") in fields
    assert Field("caller", "shoe_size", Use.EXPORTED) in fields
    assert [f.collection for f in fields if f.use is Use.UNDECLARED] == ["diary"]


async def test_an_ignored_table_that_is_not_there_is_refused_with_its_line(place):
    async with asking(place, ignore={"plan": "-", "rate": "-", "rates": "prices"}) as session:
        with pytest.raises(Refused, match=r"ignore\.rates: no such table"):
            await session.probe()


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("callers", {"key": ["id"], "subject": {"email": "email"}}, r"tables\.callers: no such table"),
        ("caller", {"subject": {"email": "mail"}}, r"tables\.caller\.subject\.email: column 'mail' does not exist"),
        ("calls", {"others": ["meat/people"]}, r"tables\.calls\.others: column 'meat' does not exist"),
        ("calls", {"key": ["caller_id"]}, r"tables\.calls\.key: no primary key"),
        ("calls", {"restrict": "answer"}, r"tables\.calls\.restrict: column 'answer' is not boolean"),
        ("calls", {"dated": "answer"}, r"tables\.calls\.dated: column 'answer' is no date"),
        ("calls", {"minimise": ["locked"]}, r"tables\.calls\.minimise: column 'locked' is NOT NULL"),
    ],
)  # fmt: skip
async def test_a_mapping_that_does_not_fit_names_its_line_and_the_remedy(place, name, fields, says):
    async with asking(place, tables=with_table(place, name, **fields)) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()


EXPLAIN = {"postgres": "EXPLAIN ", "mariadb": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}


async def plan(place, identity):
    """How the database looks the identity up, asked by the connector's own statement."""
    from dsar_sql.dialects.opening import connected

    from .places import settings

    tables = with_table(place, "caller", subject={"email": "email", "phone": {"column": "phone", "national": {
        "calling_code": "358", "trunk": "0", "spaced": place.kind == "postgres"}}})  # fmt: skip
    made = settings(place, tables=tables)
    async with connected(made) as database:
        fit, params = await fitted(database, made), Params(database.dialect)
        statement = finding(fit, ACME, identity, fit.tree["caller"], params)
        return str(
            [tuple(row) for row in await database.fetch(EXPLAIN[place.kind] + statement, params.values)]
        )


@pytest.mark.parametrize(("identity", "index"), [(EMAIL, "by_email"), (Ref("phone", PHONE), "by_phone")])
async def test_a_search_uses_the_index_that_the_manual_tells_to_make(place, identity, index):
    rows = ", ".join(
        f"({n}, 'acme', 'p{n}@example.com', '+35850{n}', NULL, NULL, NULL)" for n in range(10, 5_010)
    )
    if place.kind != "postgres":
        await place.do("CREATE INDEX by_phone ON caller (phone)")
    await place.do(f"INSERT INTO caller VALUES {rows}", *ANALYZE[place.kind])
    assert index in await plan(place, identity)


ANALYZE = {"postgres": ["ANALYZE caller"], "mariadb": ["ANALYZE TABLE caller"], "sqlite": ["ANALYZE"]}


async def test_a_scope_is_part_of_every_statement(place):
    """A row of another tenant's that hangs on this subject is not told."""
    await place.do("UPDATE calls SET tenant = 'bolt' WHERE id = 7")
    async with asking(place) as session:
        assert ("calls", "7") not in await pairs(session)
        assert await pairs(session, scope=BOLT) == set()
        assert Reach(await session._fitted(), ACME, CALLER).tables
