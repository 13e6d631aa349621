"""Nothing is searched or changed before proof, and a code proves only what it was sent for."""

import asyncio

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.domain.case import State
from dsar.domain.errors import InvalidInput, NotFound
from dsar.domain.identity import IdentityKind
from dsar.domain.proof import CODES_TO_ADDRESS_AN_HOUR_MAX


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1", {"note": "x"}))


@pytest.mark.parametrize("right", ["access", "portability", "erasure", "objection", "rectification"])
async def test_nothing_is_searched_or_changed_before_proof(office, crm, right):
    reference = await office.ask(right)
    await office.work_for(days=40)
    case = await office.case(reference)
    assert case.state is State.AWAITING_IDENTITY
    assert crm.asked == []
    assert crm.orders == []
    await office.prove(await office.ask(right))
    await office.work()
    assert crm.asked


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def refused(office, reference, code, kind=IdentityKind.EMAIL):
    with pytest.raises(InvalidInput) as caught:
        await office.service.proving.prove(reference, kind, code)
    (error,) = caught.value.errors
    return error


async def test_after_five_wrong_tries_the_right_code_no_longer_counts_and_a_new_one_does(office, crm):
    reference = await office.ask("access")
    code = office.code(EMAIL)
    for _ in range(5):
        assert "not the one we sent" in (await refused(office, reference, wrong(code))).problem
    assert "no longer" in (await refused(office, reference, code)).problem
    assert crm.asked == []
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    office.clock.turn(seconds=1)
    await office.work()
    assert office.code(EMAIL) != code
    await office.prove(reference)
    assert (await office.case(reference)).state is State.SEARCHING


async def test_a_wrong_try_counts_even_though_it_was_refused(office, crm, sql):
    reference = await office.ask("access")
    await refused(office, reference, wrong(office.code(EMAIL)))
    assert await sql.fetchval("SELECT tries FROM challenge") == 1


async def test_a_code_holds_until_its_tenth_minute_and_not_at_it(office, crm):
    late, early = await office.ask("access"), None
    office.clock.turn(minutes=10)
    assert "expired" in (await refused(office, late, office.code(EMAIL))).problem
    early = await office.ask("access")
    office.clock.turn(minutes=9, seconds=59)
    await office.prove(early)
    assert (await office.case(late)).state is State.AWAITING_IDENTITY
    assert (await office.case(early)).state is State.SEARCHING


async def test_a_code_counts_once(office, crm):
    reference = await office.ask("access", phone=PHONE)
    code = office.code(EMAIL)
    await office.service.proving.prove(reference, IdentityKind.EMAIL, code)
    assert "no longer" in (await refused(office, reference, code)).problem


async def test_a_code_of_another_request_is_wrong(office, crm):
    mine = await office.ask("access")
    code = office.code(EMAIL)
    other = await office.ask("access", email="mallory@example.com")
    if office.code("mallory@example.com") == code:
        pytest.skip("the two codes are equal by chance")
    assert "not the one we sent" in (await refused(office, other, code)).problem
    assert (await office.case(other)).state is State.AWAITING_IDENTITY
    assert (await office.case(mine)).state is State.AWAITING_IDENTITY


async def test_a_code_for_the_mail_does_not_prove_the_telephone(office, crm):
    reference = await office.ask("access", phone=PHONE)
    code = office.code(EMAIL)
    if office.code(PHONE) == code:
        pytest.skip("the two codes are equal by chance")
    await refused(office, reference, code, IdentityKind.PHONE)
    assert {
        row.kind: row.proven_at for row in await office.identities((await office.case(reference)).id)
    } == {
        IdentityKind.EMAIL: None,
        IdentityKind.PHONE: None,
    }


async def test_an_older_code_does_not_count_once_a_new_one_was_asked_for(office, crm):
    reference = await office.ask("access")
    old = office.code(EMAIL)
    office.clock.turn(seconds=1)
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    await office.work()
    if office.code(EMAIL) == old:
        pytest.skip("the two codes are equal by chance")
    await refused(office, reference, old)


async def test_codes_are_sent_five_times_an_hour_at_most(office, crm):
    reference = await office.ask("access")
    for _ in range(4):
        await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    with pytest.raises(InvalidInput, match="too often"):
        await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    await office.work()
    assert len(office.messages(EMAIL)) == 5
    office.clock.turn(hours=1, seconds=1)
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)


async def test_codes_asked_for_at_once_by_many_requests_are_counted_one_after_another(office, crm, sql):
    references = [await office.ask("access", work=False) for _ in range(CODES_TO_ADDRESS_AN_HOUR_MAX - 1)]
    async with office.db.write() as blocker:
        await blocker.execute("LOCK TABLE challenge IN EXCLUSIVE MODE")  # read by all, written by none
        asked = [
            asyncio.create_task(office.service.proving.send_again(one, IdentityKind.EMAIL))
            for one in references[:3]
        ]
        while await sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < len(asked):
            assert not any(task.done() for task in asked)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(end) for end in ended].count(InvalidInput) == len(asked) - 1
    assert await sql.fetchval("SELECT count(*) FROM challenge") == CODES_TO_ADDRESS_AN_HOUR_MAX


async def test_an_unknown_reference_proves_nothing(office, crm):
    with pytest.raises(NotFound):
        await office.service.proving.prove("R-0000-0000-0000-0000", IdentityKind.EMAIL, "000000")


async def test_an_unproven_telephone_is_left_out_of_the_search(office, crm):
    crm.person("b", ("phone", PHONE)).add(Row("b", "of-b", {"note": "somebody else's"}))
    reference = await office.ask("access", phone=PHONE)
    await office.prove(reference)
    await office.work()
    assert crm.asked == [], "one claim is still open: the person may yet prove it"
    await office.service.proving.go_on(reference)
    await office.work()
    case = await office.case(reference)
    assert ("refs", (("email", EMAIL),)) in crm.asked
    assert not any(call[0] == "refs" and ("phone", PHONE) in call[1] for call in crm.asked)
    assert await office.record_ids(case.id) == ["r1"]


async def test_an_erasure_leaves_what_an_unproven_telephone_leads_to(office, crm):
    crm.person("b", ("phone", PHONE)).add(Row("b", "of-b"))
    reference = await office.ask("erasure", phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    await office.work()
    await office.service.deciding.approve(await office.staff(), (await office.case(reference)).id)
    await office.work()
    assert crm.ids() == ["of-b"]


async def test_going_on_with_nothing_proven_is_refused(office, crm):
    reference = await office.ask("access", phone=PHONE)
    with pytest.raises(InvalidInput, match="at least one"):
        await office.service.proving.go_on(reference)
    assert (await office.case(reference)).state is State.AWAITING_IDENTITY


async def test_a_caller_who_proves_only_the_mail_is_not_looked_up(office, crm):
    reference = await office.ask("access", relations=("caller",), phone=PHONE)
    await office.prove(reference)
    with pytest.raises(InvalidInput):
        await office.service.proving.go_on(reference)
    await office.work()
    assert crm.asked == []


async def test_an_identity_proven_after_the_search_began_does_not_change_what_is_searched(office, crm):
    """Half of the systems searched by one identity and half by two would be an answer nobody could explain."""
    crm.person("b", ("phone", PHONE)).add(Row("b", "of-b"))
    reference = await office.ask("access", phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    with pytest.raises(InvalidInput, match="has begun"):
        await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    case = await office.case(reference)
    proven = [row.kind for row in await office.identities(case.id) if row.proven_at]
    assert proven == [IdentityKind.EMAIL]
    assert await office.record_ids(case.id) == ["r1"]


async def test_the_telephone_may_be_proven_later_for_the_case_that_still_waits_for_it(office, crm):
    reference = await office.ask("access", relations=("prospect", "caller"), phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    own, call = await office.cases(reference)
    assert [row.kind for row in await office.identities(own.id) if row.proven_at] == [IdentityKind.EMAIL]
    assert call.state is State.ROUTING
    assert all(one.proven for one in await office.service.proving.overview(reference))
