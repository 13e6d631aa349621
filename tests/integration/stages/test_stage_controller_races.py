"""Two who act at once on one case, one key, one endpoint: one of them is heard, the other is told, nothing is doubled."""

import asyncio
from collections import Counter

import pytest
from stage_double import Row
from stage_office import PHONE
from stage_receiver import SECRET, attempts, forwarded, receiver
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.domain.case import AnswerTo, Outcome, State
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.routing import Instruction
from dsar.routing import Instructed
from dsar.store import identities

__all__ = ["forwarded", "receiver"]

SAID = [
    Instructed(Instruction.FULFIL, answer_to=AnswerTo.CONTROLLER),
    Instructed(Instruction.FULFIL, answer_to=AnswerTo.PERSON),
    Instructed(Instruction.REFUSE, ground="not our caller"),
    Instructed(Instruction.HANDLED_BY_US),
]


async def at_once(*calls):
    """The results of calls that run side by side, errors among them."""
    return await asyncio.gather(*calls, return_exceptions=True)


def heard(results):
    assert all(isinstance(one, InvalidInput) for one in results if isinstance(one, BaseException))
    return [one for one in results if not isinstance(one, BaseException)]


@pytest.fixture
async def filed(office):
    """A case that its controller filed itself, which waits for its word."""
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
    business = await office.business("Acme Oy", "a")
    reference = await office.ask(
        "erasure",
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=business,
        tenant="a",
        actor=f"controller:{business}",
    )
    await office.unwatched()
    return await office.case(reference)


def actors(controller_id):
    return [ControllerActor(controller_id, by) for by in ("key:one", "key:two", "member:one", "member:two")]


async def test_of_several_instructions_at_once_one_is_heard_whoever_gives_it(office, filed, connector):
    service = office.service.instructing
    results = await at_once(
        *(
            service.instruct(actor, filed.id, said)
            for actor, said in zip(actors(filed.controller_id), SAID, strict=True)
        )
    )
    assert len(heard(results)) == 1
    assert [type(one) for one in results].count(NotNow) == len(SAID) - 1
    await office.work()
    instructed = await office.event(
        filed.id, "controller.instructed"
    )  # which raises unless there is just one
    won = SAID[next(n for n, one in enumerate(results) if not isinstance(one, BaseException))]
    assert instructed.data["instruction"] == won.instruction.value
    assert await office.broken() is None


async def test_a_case_that_is_withdrawn_and_instructed_at_once_is_one_of_the_two(office, filed):
    one, two, *_ = actors(filed.controller_id)
    results = await at_once(
        office.service.withdrawing.by_controller(one, filed.id),
        office.service.instructing.instruct(two, filed.id, SAID[2]),
    )
    assert len(heard(results)) == 1
    await office.work()
    case = await office.one(filed.id)
    assert case.state is State.CLOSED
    types = Counter(event.type for event in await office.events(filed.id))
    assert types["case.withdrawn"] + types["controller.instructed"] == 1
    assert await office.broken() is None


async def test_an_erasure_that_is_withdrawn_as_it_begins_is_ordered_or_withdrawn_and_never_both(
    office, filed
):
    one, two, *_ = actors(filed.controller_id)
    results = await at_once(
        office.service.instructing.instruct(two, filed.id, SAID[0]),
        office.service.withdrawing.by_controller(one, filed.id),
        office.work(),
    )
    await office.work()
    case = await office.one(filed.id)
    withdrawn = not isinstance(results[1], BaseException)
    assert bool(office.connector.systems["calls"].orders) is not withdrawn
    assert (case.outcome is Outcome.WITHDRAWN) is withdrawn
    assert await office.broken() is None


async def test_an_erasure_whose_order_is_just_on_its_way_is_not_withdrawn(office, filed):
    one, two, *_ = actors(filed.controller_id)
    system = office.connector.systems["calls"]
    gate = system.hold("carry_out")
    await office.service.instructing.instruct(two, filed.id, SAID[0])
    working = asyncio.create_task(office.work())
    await system.entered["carry_out"].wait()
    try:
        with pytest.raises(NotNow):
            await office.service.withdrawing.by_controller(one, filed.id)
    finally:
        gate.set()
    await working
    assert (await office.one(filed.id)).state is State.DELIVERED


async def test_whatever_is_sent_while_a_secret_is_changed_verifies_with_the_old_or_the_new(
    office, receiver, forwarded
):
    case = await forwarded()
    actor = ControllerActor(forwarded.business, "key:test")
    (secret, _), *_ = await asyncio.gather(
        office.service.endpoints.rotate(forwarded.business, immediately=False),
        office.service.instructing.instruct(actor, case.id, SAID[3]),
    )
    await asyncio.gather(office.work(), office.service.endpoints.ping(forwarded.business))
    assert len(receiver.got) >= 3
    for headers, body in receiver.got:
        assert any(_verifies(known, headers, body) for known in (SECRET, secret))


def _verifies(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


async def test_two_secrets_made_at_once_leave_the_last_and_the_one_before(office, forwarded, receiver):
    """Neither call's secret is lost: both sign until the older one's day is over."""
    service = office.service.endpoints
    made = await asyncio.gather(*(service.rotate(forwarded.business, immediately=False) for _ in range(2)))
    await service.ping(forwarded.business)
    headers, body = receiver.got[-1]
    assert all(_verifies(secret, headers, body) for secret, _ in made)


async def test_a_replay_that_meets_the_attempt_doubles_nothing(office, receiver, forwarded, sql):
    receiver.answers = [(500, b"")] * 2
    await forwarded()
    (message,) = [row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")]
    office.clock.turn(seconds=10)
    replays = [office.service.replaying.one(forwarded.business, message) for _ in range(4)]
    results = await at_once(office.work(), *replays)
    assert all(one is None or isinstance(one, NotNow) for one in results)
    await office.work()
    office.clock.turn(hours=1)
    await office.work()
    assert set(receiver.ids) == {str(message)}
    made = await attempts(sql, message)
    assert [number for number, _, _ in made] == list(range(1, len(receiver.got) + 1))
    assert await sql.fetchval("SELECT count(*) FROM step WHERE kind = 'delivery.webhook'") == 1
    assert await sql.fetchval("SELECT sent_at IS NOT NULL FROM outbox WHERE id = $1", message)


async def test_an_instruction_that_comes_as_the_person_is_proven_is_of_a_case_that_is_proven(office):
    """Before proof a controller has no say; the two never cross so that something is collected without it."""
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
    business = await office.business("Acme Oy", "a")
    reference = await office.ask(
        "access",
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        controller_id=business,
        tenant="a",
        actor=f"controller:{business}",
    )
    case = await office.case(reference)
    assert case.state is State.AWAITING_IDENTITY
    actor = ControllerActor(business, "key:test")
    for said in SAID:
        with pytest.raises(NotNow):
            await office.service.instructing.instruct(actor, case.id, said)
    await at_once(
        office.prove(reference, IdentityKind.PHONE, PHONE),
        office.service.instructing.instruct(actor, case.id, SAID[0]),
    )
    await office.work()
    after = await office.one(case.id)
    async with office.db.read() as connection:
        proven = [row.proven_at for row in await identities.of_case(connection, case.id)]
    assert all(proven)
    assert after.state in {State.AWAITING_CONTROLLER, State.DELIVERED}
    assert await office.broken() is None
