"""A legal hold set by hand stops an erasure, whenever it was set; lifted, what it kept is erased by itself."""

from datetime import UTC, date, datetime

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from test_stage_erasure import approved, asked, suppressed

from dsar.contract import OrderKind, Refused
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotFound
from dsar.domain.identity import IdentityKind
from dsar.domain.legal_holds import LEGAL_CLAIMS
from dsar.domain.placing import HeldCase, HeldCollection, HeldPerson
from dsar.domain.resolution import Restrict, RestrictionGround
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import findings
from dsar.telemetry import holds_to_review

MATTER = "Matter 2026/17"
REVIEW = date(2026, 9, 1)
VOUCHER = "FI-2:10-voucher"


@pytest.fixture
async def crm(office):
    system = await office.system("crm", orders=(OrderKind.ERASE, OrderKind.SUPPRESS, OrderKind.RESTRICT))
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"), Row("a", "r2", collection="calls"))


@pytest.fixture
async def sanna(office):
    return await office.staff("Sanna")


def on_person(**more):
    return HeldPerson(**{"reason": MATTER, "review_on": REVIEW, "email": EMAIL, **more})


def on_crm(**more):
    return HeldCollection(
        **{"reason": MATTER, "review_on": REVIEW, "system": "crm", "collection": "calls", **more}
    )


async def place(office, staff, new):
    return await office.service.holding.place(staff, new)


async def lift(office, staff, hold_id):
    await office.service.holding.lift(staff, hold_id)
    await office.work()


async def kept(office, case):
    async with office.db.read() as connection:
        return await findings.holds_of_case(connection, case.id)


async def test_a_hold_on_the_person_that_is_set_after_the_approval_still_stops_the_erasure(
    office, crm, sanna, sql
):
    reference = await asked(office)
    case = await office.case(reference)
    await office.service.deciding.approve(sanna, case.id)
    hold = await place(office, sanna, on_person())
    await office.work()
    case = await office.case(reference)
    assert crm.ids() == ["r1", "r2"]
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED_IN_PART)
    assert [(h.collection, h.ground, h.until, h.restricted, h.items) for h in await kept(office, case)] == [
        ("calls", LEGAL_CLAIMS, None, True, 1),
        ("contacts", LEGAL_CLAIMS, None, True, 1),
    ]
    assert all(h.until_lifted for h in await kept(office, case))
    event = await office.event(case.id, "erasure.held")
    assert event.data == {"system": "crm", "holds": [str(hold)], "items": 2}
    assert (await office.event(case.id, "hold.placed")).actor == sanna.name
    assert crm.restricted == {(None, "a")}
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == 0, "nothing was erased"
    assert await office.broken() is None


async def test_marketing_stops_all_the_same(office, crm, sanna):
    await place(office, sanna, on_person())
    await approved(office)
    assert crm.suppressed == {("email", EMAIL)}
    assert await suppressed(office, "email", EMAIL)
    assert [kind for kind, _ in crm.orders] == ["Suppress", "Restrict"]


async def test_the_letter_names_what_is_kept_and_on_which_ground(office, crm, sanna):
    await place(office, sanna, on_person())
    case = await approved(office)
    letter = await office.letter(case.id)
    assert "Article 17(3)(e) GDPR" in letter
    assert "calls" in letter
    assert MATTER not in letter


async def test_a_system_that_cannot_restrict_is_not_said_to_have(office, sanna):
    plain = await office.system("plain", orders=(OrderKind.ERASE,))
    plain.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    await place(office, sanna, on_person())
    case = await approved(office)
    assert [h.restricted for h in await kept(office, case)] == [False]
    assert plain.restricted == set()
    shy = await office.system("shy", orders=(OrderKind.ERASE, OrderKind.RESTRICT))
    shy.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    shy.faults["carry_out"].append(Refused("no restrict column"))
    case = await approved(office)
    assert {(h.system_key, h.restricted) for h in await kept(office, case)} == {
        ("plain", False),
        ("shy", False),
    }


async def test_a_hold_on_a_case_stops_that_case_and_no_other_of_the_same_person(office, crm, sanna):
    held = await office.case(await asked(office))
    await place(office, sanna, HeldCase(MATTER, REVIEW, held.id))
    await office.service.deciding.approve(sanna, held.id)
    await office.work()
    assert crm.ids() == ["r1", "r2"]
    await approved(office)
    assert crm.ids() == []


async def test_another_persons_erasure_is_not_stopped(office, crm, sanna):
    await place(office, sanna, on_person(email="somebody.else@example.com"))
    await place(office, sanna, on_person(email="", phone=PHONE))
    await approved(office)
    assert crm.ids() == []


async def test_an_address_that_was_only_claimed_meets_no_hold_and_so_tells_nobody_of_one(office, crm, sanna):
    await place(office, sanna, on_person(email="", phone=PHONE))
    reference = await office.ask("erasure", phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    await office.work()
    case = await approved(office, reference)
    assert crm.ids() == []
    assert LEGAL_CLAIMS not in await office.letter(case.id)


async def test_a_lifted_hold_stops_nothing(office, crm, sanna):
    hold = await place(office, sanna, on_person())
    await lift(office, sanna, hold)
    await approved(office)
    assert crm.ids() == []


# What becomes of it when the hold is lifted


async def test_what_was_held_is_erased_by_itself_though_the_case_is_long_closed(office, crm, sanna, sql):
    hold = await place(office, sanna, on_person())
    case = await approved(office)
    office.clock.turn(days=40)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    crm.add(Row("a", "new"))
    await lift(office, sanna, hold)
    assert crm.ids() == ["new"], "what came since is no part of it"
    event = await office.event(case.id, "hold.released")
    assert event.data == {"system": "crm", "items": 2, "lifted": str(hold), "proof": "verified"}
    assert (await office.event(case.id, "hold.lifted")).actor == sanna.name
    assert await kept(office, case) == []
    assert await sql.fetchval("SELECT count(*) FROM hold WHERE sealed_item IS NOT NULL") == 0
    assert await office.broken() is None


async def test_what_a_statute_keeps_as_well_stays_on_its_ground_and_goes_on_its_day(office, sanna):
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6)),
        Row("b", "i0", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2010, 5, 6)),
        Row("b", "n1"),
    )
    hold = await place(office, sanna, on_person())
    case = await approved(office)
    await lift(office, sanna, hold)
    assert books.ids() == ["i1"], "and what a statute kept no longer is gone"
    assert [(h.ground, h.until, h.items) for h in await kept(office, case)] == [
        (VOUCHER, date(2030, 12, 31), 1)
    ]
    office.clock.at = datetime(2031, 1, 2, tzinfo=UTC)
    await office.work()
    assert books.ids() == []
    assert [e.data["items"] for e in await office.events(case.id) if e.type == "hold.released"] == [2, 1]


async def test_the_last_of_two_holds_lets_go(office, crm, sanna):
    one = await place(office, sanna, on_person())
    case = await office.case(await asked(office))
    two = await place(office, sanna, HeldCase(MATTER, REVIEW, case.id))
    await office.service.deciding.approve(sanna, case.id)
    await office.work()
    await lift(office, sanna, one)
    assert crm.ids() == ["r1", "r2"]
    await lift(office, sanna, two)
    assert crm.ids() == []


async def test_a_dispute_keeps_what_a_statute_would_let_go(office, sanna):
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6))
    )
    case = await approved(office)
    hold = await place(office, sanna, on_person())
    office.clock.at = datetime(2031, 1, 2, tzinfo=UTC)
    await office.work()
    assert books.ids() == ["i1"]
    event = await office.event(case.id, "hold.continued")
    assert event.data == {"system": "books", "items": 1, "until": "2030-12-31", "holds": [str(hold)]}
    assert [h.ground for h in await kept(office, case)] == [LEGAL_CLAIMS]
    await lift(office, sanna, hold)
    assert books.ids() == []
    assert (await office.event(case.id, "hold.released")).data["lifted"] == str(hold)


# Collections


async def test_a_hold_on_a_collection_makes_the_systems_erasure_a_persons_task_that_names_it(
    office, crm, sanna
):
    hold = await place(office, sanna, on_crm())
    case = await approved(office)
    task = await office.step(case.id, StepKind.ORDER)
    assert (task.state, task.detail["holds"]) == (StepState.MANUAL, [str(hold)])
    assert case.state is State.ACTING
    assert crm.ids() == ["r1", "r2"]
    assert crm.suppressed == {("email", EMAIL)}
    await office.service.tasks.retry(sanna, case.id, task.id)
    await office.work()
    assert (await office.step(case.id, StepKind.ORDER)).state is StepState.MANUAL, "it still stands"


async def test_when_a_collections_hold_is_lifted_the_erasure_goes_on_by_itself(office, crm, sanna):
    hold = await place(office, sanna, on_crm())
    case = await approved(office)
    await lift(office, sanna, hold)
    assert crm.ids() == []
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert (await office.event(case.id, "hold.lifted")).data["hold"] == str(hold)


async def test_a_hold_on_a_collection_stops_a_release_by_time_as_well(office, sanna):
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6))
    )
    case = await approved(office)
    hold = await place(office, sanna, on_crm(system="books", collection="invoices"))
    office.clock.at = datetime(2031, 1, 2, tzinfo=UTC)
    await office.work()
    assert (await office.step(case.id, StepKind.RELEASE)).state is StepState.MANUAL
    await lift(office, sanna, hold)
    assert (await office.step(case.id, StepKind.RELEASE)).outcome is StepOutcome.DONE
    assert books.ids() == []


async def test_a_hold_on_another_tenants_part_of_a_collection_stops_nothing_of_ours(office, crm, sanna):
    await place(office, sanna, on_crm(tenant="a"))
    await approved(office)
    assert crm.ids() == []


async def test_our_own_dispute_with_a_person_does_not_stop_what_a_controller_instructs(office, sanna):
    calls = await office.system("calls", orders=(OrderKind.ERASE,))
    calls.person("c", ("phone", PHONE), ("email", EMAIL)).add(Row("c", "a1", tenant="a", collection="calls"))
    business = await office.business("Acme Oy", "a")
    await place(office, sanna, on_person())
    reference = await office.asked_and_proven("erasure", relations=("caller",), phone=PHONE)
    case = await office.case_of(reference, "a")
    await office.instruct(business, case.id, "fulfil")
    assert calls.ids() == []
    calls.add(Row("c", "a2", tenant="a", collection="calls"))
    reference = await office.asked_and_proven("erasure", relations=("caller",), phone=PHONE)
    case = await office.case_of(reference, "a")
    await place(office, sanna, HeldCase(MATTER, REVIEW, case.id))
    await office.instruct(business, case.id, "fulfil")
    assert calls.ids() == ["a2"], "a hold on the very case is meant"


# Setting one


async def test_a_person_is_kept_as_a_blind_index_alone(office, sanna, sql):
    await place(office, sanna, on_person(email=" Anna.Virtanen@EXAMPLE.com "))
    row = await sql.fetchrow("SELECT * FROM legal_hold")
    assert row["blind_index"] == office.service.vault.blind_index(IdentityKind.EMAIL.value, EMAIL)
    assert "virtanen" not in str(dict(row)).lower()
    assert (row["owner"], row["review_on"], row["reason"]) == (sanna.id, REVIEW, MATTER)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"review_on": date(2026, 3, 2)}, "review_on"),
        ({"review_on": date(2020, 1, 1)}, "review_on"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"reason": f"The claim of {EMAIL.upper()}"}, "reason"),
        ({"email": ""}, "email"),
        ({"phone": PHONE}, "email"),
        ({"email": "nonsense"}, "email"),
    ],
)
async def test_a_hold_that_cannot_be_is_refused_by_field(office, sanna, sql, changed, field):
    with pytest.raises(InvalidInput) as caught:
        await place(office, sanna, on_person(**changed))
    assert caught.value.errors[0].field == field
    assert EMAIL not in str(caught.value).lower()
    assert await sql.fetchval("SELECT count(*) FROM legal_hold") == 0


async def test_a_hold_on_what_is_not_there_is_refused(office, sanna, crm):
    with pytest.raises(NotFound):
        await place(office, sanna, HeldCase(MATTER, REVIEW, sanna.id))
    with pytest.raises(InvalidInput, match="system"):
        await place(office, sanna, on_crm(system="nowhere"))
    with pytest.raises(InvalidInput, match="collection"):
        await place(office, sanna, on_crm(collection=" "))


async def test_a_hold_is_lifted_once(office, sanna):
    hold = await place(office, sanna, on_person())
    await lift(office, sanna, hold)
    with pytest.raises(NotFound):
        await lift(office, sanna, hold)


async def test_the_day_of_review_shows_in_the_list_and_in_the_metrics(office, sanna):
    hold = await place(office, sanna, on_person())
    later = await place(office, sanna, on_person(review_on=date(2027, 1, 1)))

    async def listed(**wanted):
        wanted = {"due": False, "standing": True, "after": None, "page_size": 10, **wanted}
        return [one.id for one in await office.service.holding.page(**wanted)]

    assert await listed(due=True) == []
    office.clock.at = datetime(2026, 8, 31, 21, 30, tzinfo=UTC)  # the first of September in Helsinki
    assert await listed(due=True) == [hold]
    office.clock.turn(hours=5)
    engine = office.service.engine()
    await engine._sweep()
    assert holds_to_review._value.get() == 1
    await lift(office, sanna, hold)
    assert await listed(due=True) == []
    assert await listed() == [later]
    assert await listed(standing=False) == [hold, later]
    assert await listed(standing=False, after=hold) == [later]


async def test_a_hold_that_is_set_on_a_closed_case_stands_in_its_history(office, crm, sanna):
    case = await approved(office)
    office.clock.turn(days=40)
    await office.work()
    hold = await place(office, sanna, HeldCase(MATTER, REVIEW, case.id))
    assert (await office.event(case.id, "hold.placed")).data == {"hold": str(hold), "kind": "case"}
    assert (await office.one(case.id)).state is State.CLOSED
    assert await office.broken() is None


async def test_a_restriction_that_ends_leaves_restricted_what_a_hold_still_keeps(office, crm, sanna):
    case = await office.case(await office.asked_and_proven("restriction"))
    await office.service.resolving.resolve(sanna, case.id, Restrict(RestrictionGround.DISPUTED))
    await office.work()
    assert crm.restricted == {(None, "a")}
    await place(office, sanna, on_person())
    await office.service.resolving.lift(sanna, case.id, date(2026, 3, 9), "The dispute is settled.")
    await office.work()
    office.clock.at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    await office.work()
    assert crm.restricted == {(None, "a")}
    lifting = await office.step(case.id, StepKind.ORDER, "crm:lift")
    assert lifting.detail["reason"] == "a legal hold stands"
