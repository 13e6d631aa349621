"""What the three kinds of database do alike when they are ordered to."""

import datetime as dt
import time

import pytest

from dsar.contract import Changed, Erase, Proof, Rectify, Ref, Refused, Restrict, Suppress, Unreachable
from dsar_sql.reading.references import row_ref

from .asking import CALLER, EMAIL, asking, data, found, pairs, with_table
from .places import settings
from .stock import ACME, BOLT, KAISA

KEPT = {("invoice", "1"), ("invoice", "2"), ("caller", "1")}
VOUCHER = "FI-2:10-voucher"


async def counts(place):
    names = ("caller", "calls", "line", "survey", "invoice")
    return [await place.one(f"SELECT count(*) FROM {name}") for name in names]


async def test_an_erasure_takes_all_but_what_is_kept_each_with_its_ground_and_date(place):
    async with asking(place) as session:
        receipt = await session.carry_out(CALLER, ACME, Erase(), "k")
        assert (receipt.changed, receipt.proof) == (1_197 + 2 + 2, Proof.VERIFIED)
        assert {(k.origin.collection, k.origin.record_id): (k.ground, k.dated, k.restricted) for k in receipt.kept} == {
            ("invoice", "1"): (VOUCHER, dt.date(2025, 2, 3), True),
            ("invoice", "2"): (VOUCHER, dt.date(2026, 1, 31), True),
            ("caller", "1"): (VOUCHER, dt.date(2026, 1, 31), True),
        }  # fmt: skip
        assert await pairs(session) == KEPT
        _, caller = await data(session, "caller", "1")
        assert (caller["full_name"], caller["muted"]) == (None, True)
        again = await session.carry_out(CALLER, ACME, Erase(), "k")
        assert (again.changed, len(again.kept)) == (0, 3)
    assert await counts(place) == [6, 3, 2, 3, 3]


async def test_anonymised_rows_stay_lead_to_nobody_and_are_counted_as_gone(place):
    async with asking(place) as session:
        await session.carry_out(CALLER, ACME, Erase(), "k")
        assert {c for c, _ in await pairs(session)} == {"invoice", "caller"}
        assert await found(session, ("email", KAISA)) == ["caller:1"]
    rows = await place.rows("SELECT id, caller_id, score, plan, remark, signed FROM survey ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (1, None, 4, "pro", None, "-"),
        (2, 2, 5, "basic", "fine", "Kaisa"),
        (3, None, 2, "basic", None, "-"),
    ]


async def test_rows_whose_time_is_over_are_released_and_no_others(place):
    async with asking(place) as session:
        await session.carry_out(CALLER, ACME, Erase(), "k")
        first = await session.carry_out(CALLER, ACME, Erase(released=(("invoice", "1"),)), "r")
        assert (first.changed, await pairs(session)) == (1, KEPT - {("invoice", "1")})
        with pytest.raises(Refused, match="still needed"):
            await session.carry_out(CALLER, ACME, Erase(released=(("caller", "1"),)), "r2")
        last = await session.carry_out(
            CALLER, ACME, Erase(released=(("invoice", "2"), ("caller", "1"))), "r3"
        )
        assert (last.changed, await pairs(session)) == (2, set())
    assert (await counts(place))[0] == 5


async def test_an_order_about_named_rows_takes_them_and_leaves_what_came_since(place):
    async with asking(place) as session:
        named = (("calls", "5"), ("calls", "6"), ("line", "1,2"), ("survey", "1"), ("invoice", "2"))
        receipt = await session.carry_out(CALLER, ACME, Erase(only=named), "k")
        assert (receipt.changed, [k.origin.record_id for k in receipt.kept]) == (4, ["2"])
        there = await pairs(session)
        assert not set(named[:4]) & there
        assert len(there) == 1_204 - 4
        other = await session.carry_out(CALLER, BOLT, Erase(only=(("calls", "7"),)), "k2")
        assert (other.changed, len(await pairs(session))) == (0, 1_204 - 4)


async def test_a_large_number_of_rows_is_named_at_once(place):
    async with asking(place) as session:
        named = tuple(("calls", str(n)) for n in range(5, 1_201))
        assert (await session.carry_out(CALLER, ACME, Erase(only=named), "k")).changed == 1_196


async def test_a_plan_says_what_the_erasure_does_and_changes_nothing(place):
    before = await counts(place)
    async with asking(place) as session:
        plan = await session.foresee(CALLER, ACME, Erase())
        assert dict(plan.erased) == {"calls": 1_197, "line": 2, "survey": 2}
        assert {(k.origin.collection, k.origin.record_id) for k in plan.kept} == KEPT
        assert await counts(place) == before
        _, caller = await data(session, "caller", "1")
        assert caller["full_name"] == "Kaisa Kutsuja"
        receipt = await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
        assert receipt.changed == sum(plan.erased.values())
        again = await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
        assert (again.changed, len(again.kept)) == (0, 3)


@pytest.mark.parametrize(
    "since",
    [
        "INSERT INTO line VALUES (1, 3, 'and one more thing')",
        "DELETE FROM line WHERE call_id = 1 AND no = 2",
        "INSERT INTO invoice VALUES (9, 1, '2026-02-02', 1, false)",
        "UPDATE line SET no = 7 WHERE call_id = 1 AND no = 2",
    ],
)
async def test_what_changed_since_the_plan_stops_the_erasure(place, since):
    async with asking(place) as session:
        plan = await session.foresee(CALLER, ACME, Erase())
        await place.do(since)
        before = await counts(place)
        with pytest.raises(Changed, match="approved"):
            await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
        assert await counts(place) == before


async def test_plans_of_named_and_of_released_rows_are_held_to_as_well(place):
    async with asking(place) as session:
        only = Erase(only=(("calls", "5"), ("invoice", "1")))
        plan = await session.foresee(CALLER, ACME, only)
        assert (dict(plan.erased), [k.origin.record_id for k in plan.kept]) == ({"calls": 1}, ["1"])
        await session.carry_out(CALLER, ACME, Erase(only=only.only, plan=plan.digest), "k")
        released = Erase(released=(("invoice", "1"),))
        plan = await session.foresee(CALLER, ACME, released)
        assert (dict(plan.erased), plan.kept) == ({"invoice": 1}, ())
        with pytest.raises(Changed):
            await session.carry_out(CALLER, ACME, Erase(released=released.released, plan="1-0"), "r")
        order = Erase(released=released.released, plan=plan.digest)
        assert (await session.carry_out(CALLER, ACME, order, "r")).changed == 1


async def test_a_table_that_is_not_declared_and_needs_the_rows_stops_the_erasure(place):
    big = "INTEGER" if place.kind == "sqlite" else "bigint"
    await place.do(
        f"CREATE TABLE ticket (id integer, call_id {big}, CONSTRAINT f FOREIGN KEY (call_id) REFERENCES calls (id))",
        "INSERT INTO ticket VALUES (1, 5)",
    )
    before = await counts(place)
    says = (
        "declare the table" if place.kind == "sqlite" else r"table ticket, constraint f\b.*declare that table"
    )
    async with asking(place) as session:
        with pytest.raises(Refused, match=says):
            await session.carry_out(CALLER, ACME, Erase(), "k")
    assert await counts(place) == before


async def test_a_row_of_another_tenants_that_hangs_on_the_subject_stops_the_erasure(place):
    await place.do("UPDATE calls SET tenant = 'bolt' WHERE id = 7")
    before = await counts(place)
    async with asking(place) as session:
        with pytest.raises(Refused):
            await session.carry_out(row_ref("caller", ["1"]), ACME, Erase(only=(("caller", "1"),)), "k")
    assert await counts(place) == before


async def test_a_rectification_sees_a_change_of_case_alone(place):
    async with asking(place) as session:
        order = Rectify("caller", {"full_name": "KAISA Kutsujä"})
        assert [(await session.carry_out(CALLER, ACME, order, "k")).changed for _ in "ab"] == [1, 0]
        assert (await data(session, "caller", "1"))[1]["full_name"] == "KAISA Kutsujä"
        emptied = Rectify("caller", {"full_name": None})
        assert [(await session.carry_out(CALLER, ACME, emptied, "k")).changed for _ in "ab"] == [1, 0]
        with pytest.raises(Refused, match="several rows"):
            await session.carry_out(CALLER, ACME, Rectify("calls", {"answer": "x"}), "k")


async def test_a_value_that_does_not_fit_is_refused_and_not_cut(place):
    if place.kind == "sqlite":
        await place.do("CREATE TRIGGER t BEFORE UPDATE ON caller WHEN length(new.full_name) > 80 "
                       "BEGIN SELECT raise(ABORT, 'Kaisa is too long'); END")  # fmt: skip
    async with asking(place) as session:
        with pytest.raises(Refused) as error:
            await session.carry_out(CALLER, ACME, Rectify("caller", {"full_name": "Kaisa" * 40}), "k")
        assert "Kaisa" not in str(error.value)
        assert (await data(session, "caller", "1"))[1]["full_name"] == "Kaisa Kutsuja"


async def test_a_restriction_is_set_and_lifted(place):
    async with asking(place) as session:
        for on, changed in ((True, 3), (True, 0), (False, 3)):
            assert (await session.carry_out(CALLER, ACME, Restrict(on=on), "k")).changed == changed
            _, caller = await data(session, "caller", "1")
            assert caller["muted"] is on


async def test_an_objection_is_entered_once_for_each_address_and_outlives_the_erasure(place):
    async with asking(place) as session:
        assert [(await session.carry_out(CALLER, ACME, Suppress(), "k")).changed for _ in "ab"] == [2, 0]
        assert (
            await place.rows("SELECT tenant, email FROM stop") == [("acme", KAISA)] or place.kind == "mariadb"
        )
        await session.carry_out(CALLER, ACME, Erase(), "k")
        receipt = await session.carry_out(EMAIL, ACME, Erase(), "k")
        assert [k.ground for k in receipt.kept] == ["suppression"]
        stranger = Ref("email", "stranger@example.com")
        assert (await session.carry_out(stranger, BOLT, Suppress(), "k")).changed == 1
    assert await place.one("SELECT count(*) FROM stop") == 2
    assert (
        await place.one("SELECT count(*) FROM not_called WHERE phone = '+358401234567' AND why = 'objection'")
        == 1
    )


LOCKED = {
    "postgres": "SELECT 1 FROM line WHERE call_id = 1 FOR UPDATE",
    "mariadb": "SELECT 1 FROM line WHERE call_id = 1 FOR UPDATE",
    "sqlite": "UPDATE line SET said = said",
}


async def test_a_lock_that_another_holds_is_waited_for_then_tried_again_later(place):
    from dsar_sql.dialects.opening import connected

    made = settings(place, lock_timeout_seconds=1)
    async with connected(made) as other, asking(place, lock_timeout_seconds=1) as session:
        async with other.change(rehearsed=True) as change:
            await change.run(LOCKED[place.kind], [])
            with pytest.raises(Unreachable, match="tried again"):
                await session.carry_out(CALLER, ACME, Erase(), "k")
        assert (await session.carry_out(CALLER, ACME, Erase(), "k")).changed == 1_201


async def test_ten_thousand_rows_are_erased_in_one_transaction_in_a_moment(place):
    rows = ", ".join(f"(1, {n}, 'line {n}')" for n in range(10, 10_010))
    await place.do(f"INSERT INTO line VALUES {rows}")
    async with asking(place) as session:
        started = time.perf_counter()
        receipt = await session.carry_out(CALLER, ACME, Erase(), "k")
        seconds = time.perf_counter() - started
    print(f"\n{place.kind}: {receipt.changed} rows erased in {seconds:.3f} s")  # noqa: T201 - a measurement, shown with -s
    assert receipt.changed == 11_201


SCORE = {"on_erase": "anonymise", "anonymous": ["score", "plan", "month"], "emptied": ["caller_id", "remark"]}


@pytest.mark.parametrize(
    ("change", "fields", "says"),
    [
        ([], {"replaced": {}}, "survey.signed: nothing says what becomes of it"),
        ([], {"emptied": ["caller_id", "remark", "signed"], "replaced": {}}, "emptied: column 'signed' is NOT NULL"),
        ([], {"anonymous": ["score", "plan", "month", "remark"], "emptied": ["caller_id"]}, "'remark' has room for free text"),
        (["ALTER TABLE survey ADD seen timestamp NULL"], {"anonymous": ["score", "plan", "month", "seen"]}, "'seen' holds a moment"),
        (["CREATE UNIQUE INDEX u ON survey (score)"], {}, "'score' is unique"),
        (["CREATE TABLE prize (survey_id {big}, FOREIGN KEY (survey_id) REFERENCES survey (id))"], {}, "prize refers to these rows"),
        (["ALTER TABLE survey ADD shoe_size integer"], {}, "survey.shoe_size: nothing says"),
    ],
)  # fmt: skip
async def test_rows_that_would_not_be_anonymous_are_refused_at_configuration(place, change, fields, says):
    big = "INTEGER" if place.kind == "sqlite" else "bigint"
    for statement in change:
        await place.do(statement.format(big=big))
    fields = {**SCORE, "replaced": {"signed": "-"}, **fields}
    async with asking(place, tables=with_table(place, "survey", **fields)) as session:
        with pytest.raises(Refused, match=f"tables.{'' if says.startswith('survey') else 'survey.*'}{says}"):
            await session.probe()


async def test_a_reference_to_a_kept_row_must_be_cleared_before_rows_are_anonymous(place):
    big = "INTEGER" if place.kind == "sqlite" else "bigint"
    await place.do(f"ALTER TABLE survey ADD invoice_id {big} REFERENCES invoice (id)" if place.kind != "mariadb" else
                   "ALTER TABLE survey ADD invoice_id bigint, ADD FOREIGN KEY (invoice_id) REFERENCES invoice (id)")  # fmt: skip
    fields = {**SCORE, "replaced": {"signed": "-"}, "anonymous": [*SCORE["anonymous"], "invoice_id"]}
    async with asking(place, tables=with_table(place, "survey", **fields)) as session:
        with pytest.raises(Refused, match=r"survey\.anonymous: invoice_id refers to 'invoice'"):
            await session.probe()


async def test_the_rows_of_a_view_go_with_the_tables_whose_rows_they_are(place):
    await place.do("CREATE VIEW spoken AS SELECT DISTINCT id, caller_id, answer FROM calls")
    way, keep = {"table": "caller", "on": {"caller_id": "id"}}, {"ground": VOUCHER}
    tables = with_table(place, "spoken", key=["id"], path=way, on_erase="keep", keep=keep)
    async with asking(place, tables=tables) as session:
        plan = await session.foresee(CALLER, ACME, Erase())
        assert (plan.erased, len(plan.kept)) == ({"calls": 1_197, "line": 2, "survey": 2}, 3)
        receipt = await session.carry_out(CALLER, ACME, Erase(plan=plan.digest), "k")
        assert (receipt.changed, await pairs(session)) == (1_201, KEPT)
        released = await session.carry_out(CALLER, ACME, Erase(released=(("invoice", "1"),)), "r")
        assert released.changed == 1


async def test_thousands_of_rows_with_a_key_of_several_columns_are_named_at_once(place):
    for first in range(0, 9_000, 3_000):
        rows = ", ".join(f"(1, {n}, 'x')" for n in range(first + 10, first + 3_010))
        await place.do(f"INSERT INTO line VALUES {rows}")
    order = Erase(released=tuple(("line", f"1,{n}") for n in range(10, 9_010)))
    async with asking(place, statement_timeout_seconds=20) as session:
        assert (await session.carry_out(CALLER, ACME, order, "r")).changed == 9_000
        assert await place.one("SELECT count(*) FROM line WHERE call_id = 1") == 2
