"""What the outside sees: the webhook on the wire, and what an impostor learns."""

import json
import re

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from support.house import until

from dsar.demo import crm
from dsar.demo.callstore import BERTTA
from dsar.demo.exchange import answer
from dsar.demo.server import Server
from dsar.outbound.webhook import new_secret

REFERENCE = re.compile(r"R(-[0-9A-Z]{4}){4}")
STRANGER = "nobody.at.all@example.com"


class Wire:
    """A business's endpoint that keeps each request as it came."""

    def __init__(self):
        self.calls = []
        self.server = Server(self.take)

    async def take(self, call):
        self.calls.append(call)
        return answer(202, {})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forwarded(house):
    """A caller's request forwarded to a business that only listens: the call as it came, and the secret."""
    wire = Wire()
    address = await wire.server.start()
    business = house.world.businesses[0]
    kept = json.loads((house.stack.data_dir / "service" / "world.json").read_text())
    moved = house.dsar("controller", "webhook", kept[business.tenant]["id"], f"{address}/captured")
    assert moved.returncode == 0, moved.stderr
    reference = await house.person.ask_by_api(rights=["access"], relations=["caller"], phone=BERTTA.phone)
    await house.person.prove(reference, "phone", BERTTA.phone)

    async def came():
        return wire.calls

    [call, *_] = await until(came)
    yield call, business.secret, reference
    await wire.server.stop()


async def test_the_package_accepts_the_webhook_as_it_came_over_the_wire(house, forwarded):
    call, secret, reference = forwarded
    [case] = await house.staff.of_businesses(reference)

    event = Webhook(secret).verify(call.body, call.headers)

    assert event["type"] == "case.forwarded"
    assert event["data"]["reference"] == case["number"]
    assert reference not in call.body.decode()


def test_it_is_thin_and_names_both_clocks(forwarded):
    call, _, _ = forwarded
    event = json.loads(call.body)

    assert set(event) == {"type", "timestamp", "data"}
    assert event["data"]["assist_due_date"]
    assert event["data"]["statutory_due_date"]
    assert BERTTA.phone not in call.body.decode()


@pytest.mark.parametrize("place", [0, 10, -2])
def test_one_changed_byte_is_refused(forwarded, place):
    call, secret, _ = forwarded
    body = bytearray(call.body)
    body[place] ^= 1

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(bytes(body), call.headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_one_changed_byte_of_a_header_is_refused(forwarded, name):
    call, secret, _ = forwarded
    value = call.headers[name]
    # Not the last character but one: in base64 its lowest bits are padding, and say nothing.
    changed = value[:-4] + ("1" if value[-4] != "1" else "2") + value[-3:]

    with pytest.raises((WebhookVerificationError, ValueError)):
        Webhook(secret).verify(call.body, call.headers | {name: changed})


def test_another_business_s_secret_does_not_fit(forwarded):
    call, _, _ = forwarded

    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(call.body, call.headers)


async def test_the_business_collects_nothing_before_it_instructs(house, forwarded):
    _, _, reference = forwarded
    [case] = await house.staff.until(reference, "awaiting_controller", of_business=True)
    detail = await house.staff.case(case["id"])

    # The webhook, and the watch over the dates: nothing that asks a system.
    assert sorted(step["kind"] for step in detail["steps"]) == ["clock.watch", "delivery.webhook"]
    assert detail["counts"] == []


def plain(response):
    """All that an asker sees, without what is random or the time of day."""
    headers = {
        name: REFERENCE.sub("R", value)
        for name, value in response.headers.items()
        if name not in {"date", "x-request-id", "ratelimit"}
    }
    return response.status_code, headers, REFERENCE.sub("R", response.text)


async def ask(house, how, address):
    if how == "api":
        body = {"rights": ["access", "erasure"], "relations": ["account_user"], "email": address}
        return await house.client.post("/api/v1/requests", json=body)
    fields = {"rights": ["access", "erasure"], "relations": "account_user", "email": address}
    return await house.client.post("/requests", data=fields)


@pytest.mark.parametrize("how", ["api", "form"])
async def test_known_and_unknown_people_are_answered_alike(house, how):
    known, unknown = [await ask(house, how, address) for address in (crm.ILKKA, STRANGER)]

    assert known.status_code in {201, 202, 303}
    assert plain(known) == plain(unknown)


def reference_in(response):
    return REFERENCE.search(response.text + response.headers.get("location", "")).group()


@pytest.mark.parametrize("where", ["/requests/{}", "/verify/{}"])
async def test_the_pages_behind_are_alike_too(house, where):
    pages = []
    for address in (crm.ILKKA, "illka.ilmarinen@example.com"):  # the same shape, so that the mask is the same
        reference = reference_in(await ask(house, "api", address))
        page = (await house.client.get(where.format(reference))).text
        pages.append(re.sub(r"\d{1,2}:\d\d", "T", REFERENCE.sub("R", page)))

    assert pages[0] == pages[1]


async def test_guessed_codes_open_nothing_and_no_system_is_asked(house):
    reference = reference_in(await ask(house, "api", crm.ILKKA))
    before = await crm.remains(house.world.crm.crm["url"], crm.ILKKA)
    asked = len(house.world.analytics.calls)

    tries = [
        await house.client.post(f"/verify/{reference}", data={"kind": "email", "code": f"{guess:06d}"})
        for guess in range(6)
    ]
    details = [await house.staff.case(case["id"]) for case in await house.staff.cases(reference)]

    assert {answer.status_code for answer in tries} == {422}
    assert [detail["state"] for detail in details] == ["awaiting_identity"] * 2
    assert {step["kind"] for detail in details for step in detail["steps"]} <= {
        "clock.watch",
        "delivery.send",
    }
    assert len(house.world.analytics.calls) == asked
    assert await crm.remains(house.world.crm.crm["url"], crm.ILKKA) == before
    assert any(before.values())


async def test_after_five_wrong_tries_not_even_the_right_code_is_taken(house):
    address = "five.tries@example.com"  # of its own, for an address gets ten codes an hour and no more
    reference = reference_in(await ask(house, "api", address))
    right = await house.mailbox.code(reference, address)
    wrong = [f"{number:06d}" for number in range(6) if f"{number:06d}" != right][:5]
    for code in wrong:
        await house.client.post(f"/verify/{reference}", data={"kind": "email", "code": code})

    answered = await house.client.post(f"/verify/{reference}", data={"kind": "email", "code": right})

    assert answered.status_code == 422
