"""What a service, or whoever stands in between, may answer: nothing of it is believed, and no value of it is told."""

import logging
import time
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from dsar.contract import (
    Attachment,
    Changed,
    ConnectorError,
    Erase,
    NotHeld,
    OrderKind,
    Origin,
    Rectify,
    Ref,
    Refused,
    Role,
    Scope,
    Throttled,
    Tools,
    Unauthorised,
    Unreachable,
)
from dsar_webhook import connector
from dsar_webhook.settings import WebhookSettings

from .counterpart import SECRET, WRONG

OWN = Scope(Role.CONTROLLER)
EMAIL = Ref("email", "anna.virtanen@example.com")
SUBJECT = Ref("webhook_subject", "7")
DESCRIBED = {
    "protocol": 1,
    "collections": [{"name": "tickets", "category": "support", "description": "Tickets"}],
    "offers": ["erase", "rectify", "status", "attachment", "everyone", "tenants"],
}
VALUE = "Zyxwv"


class Service:
    """Answers what a test says, signed with what a test says."""

    def __init__(self, secret=SECRET, **answers):
        self.answers = {"probe": DESCRIBED, "status": {"status": "unknown"}} | answers
        self.secret = secret
        self.meddle = lambda headers, body, question: (headers, body)
        self.asked = []

    def __call__(self, request):
        operation = request.url.path.rpartition("/")[2]
        self.asked.append((operation, msgspec.json.decode(request.content)))
        answer = self.answers[operation]
        if callable(answer):
            answer = answer(msgspec.json.decode(request.content))
        if isinstance(answer, httpx.Response):
            return answer
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        now, name = datetime.now(UTC), request.headers["webhook-id"]
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(name, now, body.decode()),
        }
        if operation != "probe":
            headers, body = self.meddle(headers, body, request)
        return httpx.Response(200, headers=headers, content=body)


async def ask(service, what, **settings):
    given = {
        "url": "http://127.0.0.1:1/dsar",
        "secret": SECRET,
        "orders": (OrderKind.ERASE, OrderKind.RECTIFY),
    } | settings
    http = httpx.AsyncClient(transport=httpx.MockTransport(service))
    async with http, connector.open(WebhookSettings(**given), Tools(http)) as session:
        return await what(session)


async def find(session):
    return [match async for match in session.find([EMAIL], OWN)]


async def export(session):
    return [item async for item in session.export(SUBJECT, OWN, None)]


async def erase(session):
    return await session.carry_out(SUBJECT, OWN, Erase(), "key")


async def rectify(session):
    return await session.carry_out(SUBJECT, OWN, Rectify("tickets", {"text": "x"}), "key")


async def read(session):
    origin = Origin("tickets", "1", datetime.now(UTC))
    return b"".join([part async for part in session.read(Attachment(origin, "a", "a/b", 3), OWN)])


async def everyone(session):
    return [held async for held in session.everyone()]


async def tenants(session):
    return [hit async for hit in session.tenants([EMAIL])]


async def refused(service, what, kind, caplog, **settings):
    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectorError) as caught:
        await ask(service, what, **settings)
    error = caught.value
    assert type(error) is kind, repr(error)
    for told in (str(error), repr(error), caplog.text, str(error.__cause__)):
        assert VALUE not in told
        assert EMAIL.value not in told
        assert SECRET not in told
    return str(error)


# Who stands in between


def unsigned(headers, body, question):
    return {}, body


def other_id(headers, body, question):
    return headers | {"webhook-id": "msg_other"}, body


def other_body(headers, body, question):
    return headers, b'{"subjects": []}'


def reflected(headers, body, question):
    """Our own question, which bears a good signature of our own."""
    return {name: question.headers[name] for name in headers}, question.content


def stale(headers, body, question):
    then = datetime.now(UTC) - timedelta(minutes=6)
    name = headers["webhook-id"]
    signature = Webhook(SECRET).sign(name, then, body.decode())
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": signature,
    }, body


def garbled(headers, body, question):
    return headers | {"webhook-signature": "v1,§§ v2 , v1"}, body


def no_text(headers, body, question):
    return headers, b"\xff\xfe"


@pytest.mark.parametrize(
    "meddle", [unsigned, other_id, other_body, reflected, stale, no_text], ids=lambda one: one.__name__
)
async def test_an_answer_that_is_not_the_services_own_to_this_question_is_none(meddle, caplog):
    service = Service(find={"subjects": [{"id": VALUE, "found_by": 0}]})
    service.meddle = meddle
    await refused(service, find, Unreachable, caplog)


async def test_a_signature_that_cannot_be_read_is_none(caplog):
    service = Service(find={"subjects": []})
    service.meddle = lambda headers, body, question: (headers | {"webhook-signature": "v1;x v2"}, body)
    await refused(service, find, Unreachable, caplog)


async def test_an_answer_under_another_secret_says_nothing_even_that_nothing_was_found(caplog):
    service = Service(secret=WRONG, find={"subjects": []})
    with pytest.raises(Unreachable):
        await ask(service, find)


async def test_an_answer_recorded_before_does_not_answer_the_same_question_again(caplog):
    service, kept = Service(find={"subjects": []}), []
    service.meddle = lambda headers, body, question: kept.append((headers, body)) or kept[0]
    assert await ask(service, find) == []
    await refused(service, find, Unreachable, caplog)


# A service that does not keep to the protocol


def item(**more):
    return {"collection": "tickets", "id": "1", "data": {"text": VALUE}} | more


def deep(levels):
    data = VALUE
    for _ in range(levels):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    ("what", "answers", "kind", "field"),
    [
        (find, {"find": b"<html>Zyxwv"}, Unreachable, "broken"),
        (find, {"find": {"subjects": VALUE}}, Unreachable, "subjects"),
        (find, {"find": {}}, Unreachable, "subjects"),
        (find, {"find": {"subjects": [], "person": VALUE}}, Unreachable, "person"),
        (find, {"find": {"subjects": [], VALUE: 1}}, Unreachable, "the answer"),
        (find, {"find": {"subjects": [{"id": VALUE, "found_by": 0, "name": VALUE}]}}, Unreachable, "subjects[0].name"),
        (find, {"find": {"subjects": [{"id": VALUE, "found_by": -1}]}}, Unreachable, "subjects[0].found_by"),
        (find, {"find": {"subjects": [{"id": VALUE, "found_by": 1}]}}, Refused, "subjects[0].found_by"),
        (find, {"find": {"subjects": [{"id": VALUE, "found_by": 0}] * 2}}, Refused, "subjects"),
        (find, {"find": {"subjects": [{"id": VALUE * 50, "found_by": 0}]}}, Unreachable, "subjects[0].id"),
        (find, {"find": b"[" * 100_000}, Unreachable, "find"),
        (tenants, {"tenants": {"tenants": [{"tenant": VALUE, "found_by": 9}]}}, Refused, "tenants[0].found_by"),
        (export, {"export": {"items": [item(collection=VALUE)]}}, Refused, "items[0].collection"),
        (export, {"export": {"items": [item(collection=f"{VALUE} x")]}}, Unreachable, "items[0].collection"),
        (export, {"export": {"items": [item(), item()]}}, Refused, "items"),
        (export, {"export": {"items": [item(id=str(n)) for n in range(4)]}}, Refused, "items"),
        (export, {"export": {"items": [item(data=None)]}}, Refused, "items[0]"),
        (export, {"export": {"items": [item(others=["/name"])]}}, Refused, "items[0].others"),
        (export, {"export": {"items": [item(inferred=["text"])]}}, Refused, "items[0].inferred"),
        (export, {"export": {"items": [item(data=deep(40))]}}, Refused, "items[0].data"),
        (export, {"export": {"items": [item(turns=[{"pointer": "/name"}])]}}, Refused, "items[0].turns[0].pointer"),
        (export, {"export": {"items": [item(turns=[{"pointer": ""}])]}}, Refused, "items[0].turns[0].pointer"),
        (export, {"export": {"items": [item(turns=[{"pointer": "/text", "from_ms": 9, "to_ms": 8}])]}}, Refused, "items[0].turns[0].to_ms"),
        (export, {"export": {"items": [item(turns=[{"pointer": "/text", "speaker": VALUE}])]}}, Unreachable, "items[0].turns[0].speaker"),
        (export, {"export": {"items": [], "cursor": "a" * 513}}, Unreachable, "cursor"),
        (export, {"export": {"items": [], "cursor": "same"}}, Refused, "cursor"),
        (export, {"export": lambda asked: {"items": [], "cursor": "b" if asked["cursor"] == "a" else "a"}}, Refused, "cursor"),
        (export, {"export": {"items": [item(data=None, attachment={"name": f"a/{VALUE}", "media_type": "a/b"})]}}, Unreachable, "items[0].attachment.name"),
        (erase, {"erase": {"status": "perhaps"}}, Unreachable, "status"),
        (erase, {"erase": {"status": VALUE}}, Unreachable, "status"),
        (erase, {"erase": {"status": "done", "changed": 1}}, Refused, "proof"),
        (erase, {"erase": {"status": "working", "proof": "accepted"}}, Refused, "ask_again_in"),
        (erase, {"erase": {"status": "not_held", "proof": "verified"}}, Refused, "status"),
        (erase, {"erase": {"status": "unknown", "proof": "verified"}}, Refused, "status"),
        (erase, {"erase": {"status": "done", "proof": "verified", "changed": 10**30}}, Unreachable, "changed"),
        (erase, {"erase": {"status": "plan_changed"}}, Changed, "plan"),
        (rectify, {"rectify": {"status": "not_held"}}, NotHeld, "rectify"),
        (rectify, {"rectify": {"status": "plan_changed"}}, Refused, "status"),
        (read, {"attachment": {"bytes": "AAAA", "more": True}}, Refused, "more"),
        (read, {"attachment": {"bytes": "", "more": True}}, Refused, "bytes"),
        (read, {"attachment": {"bytes": "AAAAAAAA"}}, Unreachable, "size"),
        (read, {"attachment": {"bytes": f"{VALUE}!"}}, Unreachable, "bytes"),
        (everyone, {"everyone": {"people": [{"kind": "ssn", "value": VALUE}]}}, Unreachable, "people[0].kind"),
        (everyone, {"everyone": {"people": [], "cursor": "same"}}, Refused, "cursor"),
        (everyone, {"everyone": lambda asked: {"people": [], "cursor": "b" if asked["cursor"] == "a" else "a"}}, Refused, "cursor"),
    ],
)  # fmt: skip
async def test_an_answer_against_the_protocol_is_refused_with_its_field(
    what, answers, kind, field, caplog, monkeypatch
):
    monkeypatch.setattr("dsar_webhook.exporting.PIECES_MAX", 5)
    told = await refused(Service(**answers), what, kind, caplog, page_size=3)
    assert field in told


# What it says of itself


@pytest.mark.parametrize(
    ("change", "kind", "word"),
    [
        ({"protocol": 2}, Unreachable, "protocol"),
        ({"collections": []}, Unreachable, "collections"),
        ({"collections": DESCRIBED["collections"] * 2}, Refused, "collections"),
        ({"offers": ["status"]}, Refused, "erase"),
        ({"offers": ["erase", "rectify"]}, Refused, "status"),
        ({"offers": ["fly"]}, Unreachable, "offers"),
    ],
    ids=["protocol", "no_collection", "twice", "no_erase", "no_status", "unknown_offer"],
)
async def test_a_service_that_lacks_what_the_settings_count_on_is_not_opened(change, kind, word, caplog):
    assert word in await refused(Service(probe=DESCRIBED | change), find, kind, caplog)


async def test_a_collection_that_came_since_is_looked_up_before_an_item_of_it_is_refused():
    service = Service(export={"items": [item(collection="chats")]})
    service.answers["probe"] = lambda asked: service.described
    service.described = DESCRIBED

    async def what(session):
        service.described = DESCRIBED | {
            "collections": [
                *DESCRIBED["collections"],
                {"name": "chats", "category": "support", "description": "Chats"},
            ]
        }
        (record,) = await export(session)
        return record.origin.collection, session.collections["chats"].category

    assert await ask(service, what) == ("chats", "support")


# What a status means


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused), (401, Unauthorised), (403, Unauthorised), (404, Refused), (405, Refused), (408, Unreachable),
        (410, Refused), (422, Refused), (429, Throttled), (500, Unreachable), (503, Unreachable), (302, Refused),
        (204, Refused),
    ],
)  # fmt: skip
async def test_a_status_says_what_to_do_and_its_body_is_not_told(status, kind, caplog):
    answer = httpx.Response(
        status, text=f"{VALUE} {EMAIL.value}", headers={"location": "https://elsewhere.example/"}
    )
    await refused(Service(find=answer), find, kind, caplog)


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7), ("0", 1), ("999999", 3600), ("soon", 60), ("", 60), ("-5", 60)]
)
async def test_retry_after_is_kept_to_within_bounds(said, seconds):
    service = Service(find=httpx.Response(429, headers={"retry-after": said}))
    with pytest.raises(Throttled) as caught:
        await ask(service, find)
    assert abs((caught.value.until - datetime.now(UTC)).total_seconds() - seconds) < 30


# Orders


async def test_an_order_whose_answer_was_lost_is_not_given_twice():
    service = Service(erase=httpx.Response(500))
    with pytest.raises(Unreachable):
        await ask(service, erase)
    service.answers["status"] = {"status": "done", "changed": 3, "proof": "verified"}
    receipt = await ask(service, erase)
    assert receipt.changed == 3
    assert [operation for operation, _ in service.asked].count("erase") == 1


async def test_an_order_that_the_settings_do_not_name_is_not_sent(caplog):
    service = Service()

    async def what(session):
        return await rectify(session)

    with pytest.raises(Refused, match="orders"):
        await ask(service, what, orders=(OrderKind.ERASE,))
    assert {operation for operation, _ in service.asked} == {"probe"}


async def test_a_search_by_nothing_that_is_searched_asks_nothing():
    service = Service()

    async def what(session):
        return [match async for match in session.find([Ref("ssn", "1")], OWN)]

    assert await ask(service, what) == []
    assert [operation for operation, _ in service.asked] == ["probe"]


# Settings


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://crm.example/dsar"}, "url"),
        ({"url": "https://user:pw@crm.example"}, "url"),
        ({"url": "https://crm.example/?q=1"}, "url"),
        ({"url": "https://crm.example:port"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": ""}, "url"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"secret": "not base64 at all, but long enough"}, "secret"),
        ({"page_size": 0}, "page_size"),
        ({"orders": ["fly"]}, "orders"),
        ({"more": 1}, "more"),
    ],
    ids=["http", "password", "query", "port", "file", "empty", "short", "base64", "page", "orders", "unknown"],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused_with_the_field_and_without_the_secret(change, field):
    given = {"url": "https://crm.example/dsar", "secret": SECRET} | change
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(given, WebhookSettings)
    assert field in str(caught.value)
    assert str(given["secret"]) not in str(caught.value)


# The reference server


@pytest.mark.parametrize("how", ["unsigned", "tampered", "old", "other_secret"])
def test_the_reference_server_believes_no_question_that_is_not_ours(reference, how):
    url = reference.settings.url
    body = b'{"protocol":1,"operation":"find","scope":{"role":"controller","tenant":null},"identities":[]}'
    then = datetime.now(UTC) - timedelta(minutes=6 if how == "old" else 0)
    secret = WRONG if how == "other_secret" else SECRET
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", then, body.decode()),
    }
    sent = body.replace(b"null", b'"acme"') if how == "tampered" else body
    answer = httpx.post(f"{url}/find", content=sent, headers={} if how == "unsigned" else headers)
    assert answer.status_code == 401
    assert answer.content == b""


def test_the_reference_server_answers_what_was_signed_whatever_the_address_says(reference):
    body = b'{"protocol":1,"operation":"probe"}'
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body.decode()),
    }
    answer = httpx.post(f"{reference.settings.url}/erase", content=body, headers=headers)
    assert answer.json()["protocol"] == 1
    assert len(reference.sql("SELECT id FROM person")) == 3
