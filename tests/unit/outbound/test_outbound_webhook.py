"""A webhook is signed so that the standard's own receiver takes it, and no byte of it may change."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.outbound import guarded_client, sign, webhook, webhook_body
from dsar.outbound.webhook import RESPONSE_BYTES_MAX, new_secret, post

SECRET = new_secret()
ID = "01a200df-c103-7486-b853-e9bd4f073ac0"


def made(data=None):
    now = datetime.now(UTC)
    body = webhook_body("case.forwarded", now, data or {"case_id": ID, "due": "2026-04-02"})
    return body, sign(SECRET, ID, now, body)


def test_the_standards_own_receiver_takes_it():
    body, headers = made()
    assert Webhook(SECRET).verify(body, headers)["type"] == "case.forwarded"
    assert headers["webhook-id"] == ID


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.none(), max_size=4))
def test_whatever_it_holds_the_receiver_takes_it(data):
    body, headers = made(data)
    assert Webhook(SECRET).verify(body, headers)["data"] == (data or {"case_id": ID, "due": "2026-04-02"})


def test_a_changed_byte_anywhere_in_the_body_is_refused():
    body, headers = made()
    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "another"),
        ("webhook-timestamp", None),
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", ""),
    ],
)
def test_a_changed_header_is_refused(name, value):
    body, headers = made()
    value = value if value is not None else str(int(headers[name]) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, {**headers, name: value})


def test_another_secret_does_not_verify_and_an_old_message_is_refused():
    body, headers = made()
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    then = datetime.now(UTC) - timedelta(minutes=6)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, sign(SECRET, ID, then, body))


def test_a_secret_is_as_the_standard_writes_it_and_never_twice_the_same():
    import base64

    one, two = new_secret(), new_secret()
    assert one != two
    assert one.startswith("whsec_")
    assert 24 <= len(base64.b64decode(one.removeprefix("whsec_"))) <= 64


def test_while_a_secret_is_being_changed_each_of_the_two_verifies_it_and_no_third():
    old, new = new_secret(), new_secret()
    body, _ = made()
    headers = sign([new, old], ID, datetime.now(UTC), body)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)


@given(st.binary(min_size=24, max_size=64), st.binary(max_size=200))
def test_the_signature_is_the_standards_own(key, noise):
    import base64

    secret = "whsec_" + base64.b64encode(key).decode()
    now = datetime.now(UTC)
    body = msgspec.json.encode({"noise": base64.b64encode(noise).decode()})
    assert sign(secret, ID, now, body)["webhook-signature"] == Webhook(secret).sign(ID, now, body.decode())


# Attempts


@asynccontextmanager
async def answering(*pieces, pause=0.0):
    """A receiver on this machine that sends the pieces, then closes."""

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        got.append((head, await reader.readexactly(length)))
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            pass
        finally:
            writer.close()

    got = []
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, guarded_client(allow_loopback=True) as client:
        yield client, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", got


HEAD = b"HTTP/1.1 %d X\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("status", "ok"),
    [(200, True), (204, True), (299, True), (302, False), (400, False), (410, False), (500, False)],
)
async def test_only_an_answer_of_the_two_hundreds_is_success(status, ok):
    body, headers = made()
    async with answering(HEAD % status, b"told") as (client, url, got):
        met = await post(client, url, headers, body)
    assert (met.status, met.ok, met.error) == (status, ok, None)
    assert len(got) == 1
    assert got[0][1] == body
    received = {
        k.lower(): v for k, _, v in (line.partition(": ") for line in got[0][0].decode().split("\r\n")[1:])
    }
    assert msgspec.json.decode(body) == Webhook(SECRET).verify(got[0][1], received)


@pytest.mark.parametrize(
    "length", [0, 1, RESPONSE_BYTES_MAX - 1, RESPONSE_BYTES_MAX, RESPONSE_BYTES_MAX + 1, 100_000]
)
async def test_an_answer_is_kept_to_its_first_bytes(length):
    body, headers = made()
    async with answering(HEAD % 200, b"x" * length) as (client, url, _):
        met = await post(client, url, headers, body)
    assert met.response == b"x" * min(length, RESPONSE_BYTES_MAX)


async def test_an_answer_without_end_is_not_read_to_its_end():
    body, headers = made()
    async with answering(HEAD % 200, *[b"x" * 10_000] * 10_000, pause=0.001) as (client, url, _):
        met = await post(client, url, headers, body)
    assert len(met.response) == RESPONSE_BYTES_MAX


async def test_when_it_asks_to_be_left_alone_for_a_while_that_is_told():
    body, headers = made()
    busy = b"HTTP/1.1 429 X\r\nconnection: close\r\nRetry-After: 120\r\n\r\n"
    async with answering(busy) as (client, url, _):
        assert (await post(client, url, headers, body)).retry_after == "120"
    async with answering(HEAD % 503) as (client, url, _):
        assert (await post(client, url, headers, body)).retry_after is None


async def test_a_compressed_answer_is_kept_as_it_came_and_not_unpacked():
    import gzip

    packed = gzip.compress(bytes(50_000_000))
    head = b"HTTP/1.1 200 X\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n"
    body, headers = made()
    async with answering(head, packed) as (client, url, _):
        met = await post(client, url, headers, body)
    assert met.response == packed[:RESPONSE_BYTES_MAX]


async def test_a_receiver_that_drips_is_given_up_though_each_byte_comes_in_time(monkeypatch):
    monkeypatch.setattr(webhook, "SECONDS_MAX", 0.5)
    body, headers = made()
    async with answering(HEAD % 200, *[b"x"] * 100, pause=0.1) as (client, url, _):
        met = await post(client, url, headers, body)
    assert (met.status, met.ok, met.error) == (None, False, "TimeoutError")


async def test_a_receiver_that_is_not_there_or_hangs_up_is_an_error_without_an_address():
    body, headers = made()
    async with guarded_client(allow_loopback=True) as client:
        met = await post(client, "http://127.0.0.1:1/virtanen", headers, body)
    assert (met.status, met.error, met.ok) == (None, "ConnectError", False)
    async with answering() as (client, url, _):
        met = await post(client, url, headers, body)
    assert (met.status, met.error) == (None, "RemoteProtocolError")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://10.0.0.1/hook",
        "not an address",
        "https://",
        "https://0177.0.0.1/",
        "ftp://example.com/",
    ],
)
async def test_an_address_that_cannot_be_used_is_a_failed_attempt_and_no_fault(url):
    body, headers = made()
    async with guarded_client() as client:
        met = await post(client, url, headers, body)
    assert (met.status, met.ok) == (None, False)
    assert met.error
    assert "example" not in met.error


def test_success_is_told_from_the_status_alone():
    from dsar.outbound import Delivered

    assert not Delivered(None, "ConnectError", None, 0.1).ok
    assert Delivered(200, None, b"", 0.1).ok
    assert isinstance(httpx.ConnectError("x"), httpx.HTTPError)
