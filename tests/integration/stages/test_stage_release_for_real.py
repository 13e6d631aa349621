"""A customer's invoices in a real database: kept by law, then gone by themselves, with the customer's last row."""

from datetime import UTC, datetime

import msgspec
import pytest
from stage_office import BEGAN, HandClock, Office

from dsar.contract import OrderKind, Role
from dsar.demo import crm
from dsar.domain.case import Outcome, State
from dsar.domain.placing import HeldPerson
from dsar.domain.work import StepKind, StepOutcome
from dsar.engine import open_service
from dsar.outbound import installed
from dsar.store import findings, systems
from dsar.store.systems import SystemRow


@pytest.fixture
async def billing(postgres_url):
    return (await crm.build(postgres_url)).billing


@pytest.fixture
async def office(settings, billing):
    installed.cache_clear()
    clock = HandClock(BEGAN)
    async with open_service(settings, now=clock) as service:
        office = Office(service, None, clock)
        row = SystemRow(
            key="billing",
            connector="sql",
            title="Billing",
            settings=service.vault.seal(msgspec.json.encode(billing), "system"),
            roles=(Role.CONTROLLER,),
            orders=(OrderKind.ERASE, OrderKind.RESTRICT),
        )
        async with office.db.write() as tx:
            await systems.put(tx, row, clock())
        yield office


async def erased(office):
    reference = await office.asked_and_proven("erasure", email=crm.TOMI)
    case = await office.case(reference)
    await office.service.deciding.approve(await office.staff(f"S{reference}"), case.id)
    await office.work()
    return await office.one(case.id)


async def items(office, case):
    async with office.db.read() as connection:
        held = await findings.holds_of_case(connection, case.id)
    return {(h.collection, h.until.year if h.until else None): h.items for h in held}


async def test_invoices_go_when_the_law_lets_go_and_the_customer_with_the_last(office, billing):
    case = await erased(office)
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert await items(office, case) == {
        ("customer", 2031): 1,
        ("invoice", 2030): 2,
        ("invoice", 2031): 1,
        ("payment", 2030): 2,
        ("payment", 2031): 1,
    }
    office.clock.turn(days=40)
    await office.work()
    assert (await office.one(case.id)).state is State.CLOSED
    namesake = await crm.remains(billing["url"], "tomitilaaja@example.com")

    office.clock.at = datetime(2031, 1, 1, 12, tzinfo=UTC)
    await office.work()
    assert set(await items(office, case)) == {("customer", 2031), ("invoice", 2031), ("payment", 2031)}
    left = await crm.remains(billing["url"], crm.TOMI)
    assert (left["customer"], left["invoice"], left["payment"]) == (1, 1, 1)

    office.clock.at = datetime(2032, 1, 1, 12, tzinfo=UTC)
    await office.work()
    assert set((await crm.remains(billing["url"], crm.TOMI)).values()) == {0}
    assert await crm.remains(billing["url"], "tomitilaaja@example.com") == namesake
    released = [e.data["items"] for e in await office.events(case.id) if e.type == "hold.released"]
    assert released == [4, 3]
    assert await office.broken() is None


async def test_a_dispute_holds_everything_and_its_end_leaves_what_the_law_keeps(office, billing):
    staff = await office.staff("Sanna")
    hold = await office.service.holding.place(
        staff, HeldPerson("Matter 7", datetime(2026, 9, 1, tzinfo=UTC).date(), email=crm.TOMI)
    )
    before = await crm.remains(billing["url"], crm.TOMI)
    case = await erased(office)
    assert await crm.remains(billing["url"], crm.TOMI) == before
    assert await items(office, case) == {("customer", None): 1, ("invoice", None): 3, ("payment", None): 3}
    office.clock.turn(days=40)
    await office.work()
    await office.service.holding.lift(staff, hold)
    await office.work()
    assert (await office.step(case.id, StepKind.RELEASE, f"billing:{hold}")).outcome is StepOutcome.DONE
    assert set(await items(office, case)) == {
        ("customer", 2031),
        ("invoice", 2030),
        ("invoice", 2031),
        ("payment", 2030),
        ("payment", 2031),
    }
    event = await office.event(case.id, "hold.released")
    assert (event.data["items"], event.data["kept"]) == (0, 7)
    # Nobody worked for years, and two days are due at once: the earlier goes first, whoever is faster.
    office.clock.at = datetime(2032, 1, 1, 12, tzinfo=UTC)
    await office.work_for(seconds=3)
    assert set((await crm.remains(billing["url"], crm.TOMI)).values()) == {0}
    assert [step.state for step in await office.steps(case.id) if step.state == "manual"] == []
    assert await office.broken() is None
