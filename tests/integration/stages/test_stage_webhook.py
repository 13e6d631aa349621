"""The controller is told by a signed webhook: the standard's receiver takes it, over retries under one id."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.domain.case import State
from dsar.domain.work import StepKind, StepOutcome
from dsar.outbound.webhook import new_secret

SECRET = new_secret()


class Receiver:
    """A controller's endpoint on this machine, with the answers it is told to give."""

    def __init__(self):
        self.got = []
        self.answers = []

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.split("\r\n")[1:]) if k}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        status, text = self.answers.pop(0) if self.answers else (204, b"")
        writer.write(b"HTTP/1.1 %d X\r\nconnection: close\r\nlocation: /other\r\n\r\n%s" % (status, text))
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver():
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


@pytest.fixture
async def forwarded(office, receiver):
    """Forwards a caller's request on the true clock: the receiver holds the time against its own."""
    office.clock.at = datetime.now(UTC)
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE), ("email", EMAIL)).add(Row("c", "a1", tenant="a", collection="calls"))
    business = await office.business("Acme Oy", "a", url=receiver.url, secret=SECRET)

    async def forward():
        reference = await office.asked_and_proven("access", relations=("caller",), phone=PHONE)
        return await office.case_of(reference, "a")

    forward.business = business
    return forward


async def test_the_forwarded_webhook_is_taken_by_the_standards_receiver_and_a_changed_byte_is_not(
    office, receiver, forwarded
):
    case = await forwarded()
    ((headers, body),) = receiver.got
    told = Webhook(SECRET).verify(body, headers)
    assert told["type"] == "case.forwarded"
    assert told["data"]["case_id"] == str(case.id)
    assert told["data"]["statutory_due_date"] == case.statutory_due_date.isoformat()
    assert told["data"]["assist_due_date"] == case.assist_due_date.isoformat()
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"access", b"accesz"), headers)


async def test_a_webhook_is_thin_it_names_the_case_and_nobody(office, receiver, forwarded):
    await forwarded()
    ((headers, body),) = receiver.got
    for secret in (PHONE, PHONE[4:], EMAIL, "Acme"):
        assert secret not in body.decode()
        assert secret not in str(headers)


async def test_a_webhook_that_fails_comes_again_under_its_id_and_each_attempt_is_kept_to_its_first_bytes(
    office, receiver, forwarded, sql
):
    receiver.answers = [(500, b"x" * 5000), (302, b"go away")]
    case = await forwarded()
    assert len(receiver.got) == 1
    office.clock.turn(seconds=5)
    await office.work()
    office.clock.turn(seconds=300)
    await office.work()
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    rows = await sql.fetch(
        "SELECT a.number, a.status, octet_length(a.response) AS bytes FROM attempt a JOIN outbox o ON o.id = a.outbox_id "
        "WHERE o.channel = 'webhook' ORDER BY a.number"
    )
    assert [tuple(row) for row in rows] == [(1, 500, 512), (2, 302, 7), (3, 204, 0)] or rows[2][
        "bytes"
    ] is None
    step = next(step for step in await office.steps(case.id, StepKind.SEND) if step.outcome)
    assert step.outcome is StepOutcome.DONE


async def test_an_endpoint_that_never_answers_is_given_up_and_the_case_still_waits_for_its_controller(
    office, receiver, forwarded, sql
):
    receiver.answers = [(500, b"")] * 100
    case = await forwarded()
    await office.unwatched()
    for _ in range(12):
        office.clock.turn(days=1)
        await office.work()
    assert len(receiver.got) == 10
    (step,) = await office.steps(case.id, StepKind.SEND)
    assert step.outcome is StepOutcome.FAILED
    assert await sql.fetchval("SELECT failed_at FROM outbox WHERE channel = 'webhook'") is not None
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER


async def test_the_controller_is_told_again_when_its_bundle_is_ready(office, receiver, forwarded):
    case = await forwarded()
    await office.instruct(forwarded.business, case.id, "fulfil")
    types = [msgspec.json.decode(body)["type"] for _, body in receiver.got]
    assert types == ["case.forwarded", "bundle.ready"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 2


async def test_a_look_up_in_a_system_that_lets_us_in_no_more_pauses_it_and_waits_for_a_person(
    office, forwarded
):
    from dsar.contract import Unauthorised
    from dsar.domain.work import StepState
    from dsar.store import systems

    calls = office.connector.systems["calls"]
    calls.faults["tenants"].append(Unauthorised("the key is not good"))
    references = [
        await office.asked_and_proven("access", relations=("caller",), phone=PHONE) for _ in range(2)
    ]
    assert calls.operations().count("tenants") == 1, "a paused system was asked"
    steps = [await office.step((await office.case(one)).id, StepKind.LOOK_UP) for one in references]
    assert [step.state for step in steps] == [StepState.MANUAL] * 2
    async with office.db.read() as connection:
        assert (await systems.one(connection, "calls")).paused_reason
    actor = await office.staff()
    for step in steps:
        await office.service.tasks.retry(actor, step.case_id, step.id)
    await office.work()
    assert [len(await office.cases(one)) for one in references] == [2, 2]
