"""A history in the database holds as it was written; whoever changes it by hand beneath the service is found out."""

import pytest

from dsar.domain.case import Decision
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.store import cases

DATA = [
    {},
    {"text": 'äö "quoted" \\ / \u2028 \U0001f600 é', "empty": ""},
    {"count": 0, "negative": -5, "large": 2**53, "none": None, "yes": True},
    {"list": [1, [2, {"a": None}], "x"], "b": 1, "a": {"z": 1, "y": [True]}},
    {"0": "keys that sort otherwise as text", "10": 1, "9": 2, "Ä": 3, "a": 4, "A": 5},
]


@pytest.fixture
async def told(office):
    """A case with a history of six entries."""
    reference = await office.ask("access", work=False)
    await office.unwatched()
    case = await office.case(reference)
    for number, data in enumerate(DATA):
        async with office.db.write() as tx:
            held = await cases.lock(tx, case.id)
            office.clock.turn(microseconds=number * 7919 + 1)
            await cases.apply(
                tx, held, Decision(events=(NewEvent(f"t.{number}", "staff:x", data),)), office.clock()
            )
    return case.id


async def test_whatever_data_an_entry_holds_it_verifies_after_the_database_kept_it(office, told):
    assert await office.broken() is None
    assert [event.data for event in await office.events(told)][1:] == DATA


TAMPERINGS = [
    ("UPDATE event SET type = 'x' WHERE seq = 3", 3, "was changed"),
    ("UPDATE event SET actor = 'staff:y' WHERE seq = 2", 2, "was changed"),
    ("UPDATE event SET data = data || '{\"more\": 1}' WHERE seq = 4", 4, "was changed"),
    ("UPDATE event SET at = at + interval '1 microsecond' WHERE seq = 6", 6, "was changed"),
    ("UPDATE event SET hash = '\\x00' WHERE seq = 1", 1, "was changed"),
    ("DELETE FROM event WHERE seq = 1", 1, "is missing"),
    ("DELETE FROM event WHERE seq = 4", 4, "is missing"),
    ("DELETE FROM event WHERE seq = 6", 6, "is missing"),
    ("DELETE FROM event WHERE seq > 3", 4, "is missing"),
    ("DELETE FROM event", 1, "is missing"),
    (
        "INSERT INTO event SELECT case_id, 7, at, type, actor, data, hash, hash FROM event WHERE seq = 6",
        7,
        "was changed",
    ),
    ("UPDATE case_file SET event_count = 5", 6, "was added"),
    ("UPDATE case_file SET event_head = '\\x00'", 6, "is not the one the case knows as its last"),
]


@pytest.mark.parametrize(("change", "seq", "problem"), TAMPERINGS)
async def test_an_entry_that_was_changed_removed_or_added_by_hand_is_named(
    office, sql, told, change, seq, problem
):
    await sql.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    assert (await sql.execute(change)).split()[-1] != "0"
    broken = await office.broken()
    assert (broken.case_id, broken.seq, broken.problem) == (told, seq, problem)


async def test_a_move_that_the_machine_does_not_know_writes_nothing(office, sql, told):
    from dsar.domain.case import State

    before = await office.one(told)
    async with office.db.write() as tx:
        held = await cases.lock(tx, told)
        with pytest.raises(NotNow):
            await cases.apply(
                tx, held, Decision(state=State.DELIVERED, events=(NewEvent("never"),)), office.clock()
            )
    assert await office.one(told) == before
    assert await office.broken() is None


async def test_decisions_on_one_case_come_one_after_another(office, told):
    """Without the lock two of them would chain to the same last entry."""
    import asyncio

    async def decide(number):
        async with office.db.write() as tx:
            held = await cases.lock(tx, told)
            await asyncio.sleep(0.002)
            await cases.apply(tx, held, Decision(events=(NewEvent(f"n.{number}"),)), office.clock())

    await asyncio.gather(*(decide(number) for number in range(20)))
    assert len(await office.events(told)) == 6 + 20
    assert await office.broken() is None
