"""The controller is told by a signed webhook that the standard's own receiver takes: thin or full, as it chose."""

from datetime import timedelta

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_receiver import SECRET, forwarded, receiver
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.domain.work import StepKind
from dsar.outbound.webhook import new_secret
from dsar.store import cases
from dsar.store.endpoints import SECRET_PURPOSE

__all__ = ["forwarded", "receiver"]


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
    assert (told["data"]["state"], told["data"]["outcome"]) == ("awaiting_controller", None)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"access", b"accesz"), headers)


async def test_a_webhook_is_thin_it_names_the_case_and_nobody(office, receiver, forwarded):
    await forwarded()
    ((headers, body),) = receiver.got
    for secret in (PHONE, PHONE[4:], EMAIL, "Acme"):
        assert secret not in body.decode()
        assert secret not in str(headers)


@pytest.fixture
async def full(sql, forwarded):
    await sql.execute("UPDATE endpoint SET payload = 'full'")


async def test_who_chose_the_full_payload_reads_who_asks_and_what_was_collected(
    office, receiver, forwarded, full
):
    case = await forwarded()
    asked = receiver.told[0]["data"]
    assert {(one["kind"], one["value"]) for one in asked["identities"]} == {
        ("phone", PHONE),
        ("email", EMAIL),
    }
    assert asked["counts"] == []
    await office.instruct(forwarded.business, case.id, "fulfil")
    ((_, body),) = receiver.of("bundle.ready")
    (count,) = msgspec.json.decode(body)["data"]["counts"]
    assert (count["system_key"], count["collection"], count["records"]) == ("calls", "calls", 1)


async def test_a_full_payload_holds_no_identity_that_nobody_has_proven(
    office, receiver, forwarded, full, sql
):
    receiver.always = (500, b"")
    case = await forwarded()
    await sql.execute("UPDATE identity SET proven_at = NULL, proof = NULL WHERE kind = 'email'")
    receiver.always = (204, b"")
    office.clock.turn(seconds=6)
    await office.work()
    assert [one["value"] for one in receiver.told[-1]["data"]["identities"]] == [PHONE]
    assert case.id is not None


async def test_a_case_whose_key_is_destroyed_is_told_thin_to_whoever_chose_full(
    office, receiver, forwarded, full
):
    receiver.always = (500, b"")
    case = await forwarded()
    assert "identities" in receiver.told[0]["data"]
    async with office.db.write() as tx:
        await cases.destroy_key(tx, case.id, office.clock())
    receiver.always = (204, b"")
    office.clock.turn(seconds=6)
    await office.work()
    assert "identities" not in receiver.told[1]["data"]
    assert receiver.told[1]["data"]["case_id"] == str(case.id)


async def test_while_a_secret_is_being_changed_both_sign_and_afterwards_the_new_one_alone(
    office, receiver, forwarded, sql
):
    new = new_secret()
    await sql.execute(
        "UPDATE endpoint SET sealed_old_secret = sealed_secret, sealed_secret = $1, old_secret_until = $2",
        office.service.vault.seal(new.encode(), SECRET_PURPOSE),
        office.clock() + timedelta(hours=24),
    )
    receiver.answers = [(500, b"")]
    await forwarded()
    ((headers, body),) = receiver.got
    for secret in (SECRET, new):
        assert Webhook(secret).verify(body, headers)["type"] == "case.forwarded"
    await sql.execute("UPDATE endpoint SET old_secret_until = $1", office.clock())
    office.clock.turn(seconds=6)
    await office.work()
    headers, body = receiver.got[1]
    assert Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers)


async def test_each_attempt_bears_its_own_time(office, receiver, forwarded):
    receiver.answers = [(500, b"")]
    await forwarded()
    began = int(office.clock().timestamp())
    office.clock.turn(seconds=6)
    await office.work()
    assert [int(headers["webhook-timestamp"]) for headers, _ in receiver.got] == [began, began + 6]


async def test_the_controller_hears_of_every_change_of_its_case_and_then_that_its_bundle_is_ready(
    office, receiver, forwarded
):
    case = await forwarded()
    await office.instruct(forwarded.business, case.id, "fulfil")
    assert receiver.told[0]["type"] == "case.forwarded"
    states = {one["data"]["state"] for one in receiver.told if one["type"] == "case.status_changed"}
    assert states == {"searching", "assembling", "answering"}
    assert [one["data"]["state"] for one in receiver.told if one["type"] == "bundle.ready"] == ["delivered"]
    assert len(set(receiver.ids)) == len(receiver.ids)


async def test_a_message_says_the_state_of_its_moment_however_late_it_comes(office, receiver, forwarded):
    case = await forwarded()
    receiver.always = (500, b"")
    await office.instruct(forwarded.business, case.id, "fulfil")
    receiver.always = (204, b"")
    receiver.got.clear()
    office.clock.turn(seconds=6)
    await office.work()
    assert {one["data"]["state"] for one in receiver.told} == {
        "searching",
        "assembling",
        "answering",
        "delivered",
    }


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


async def test_two_controllers_of_one_caller_are_told_each_of_its_own_case(office, receiver, forwarded):
    await office.business("Beta Ab", "b", url=f"{receiver.base}/beta", secret=new_secret())
    office.connector.systems["calls"].add(Row("c", "b1", tenant="b", collection="calls"))
    await forwarded()
    paths = [headers[":path"] for headers, _ in receiver.got]
    assert sorted(paths) == ["/beta", "/hook"]
    assert len({one["data"]["case_id"] for one in receiver.told}) == 2
