"""Webhooks as Standard Webhooks 1.0 has them: signed, thin, each with an id that stays over retries."""

import asyncio
import base64
import secrets
import time
from datetime import datetime
from typing import Any

import httpx
import msgspec
from msgspec import Struct
from standardwebhooks.webhooks import Webhook

RESPONSE_BYTES_MAX = 512
SECONDS_MAX = 15.0
# Standard Webhooks: the schedule after which an endpoint is given up.
RETRY_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


class Delivered(Struct, frozen=True):
    """What an attempt met. `status` is None when there was no answer at all."""

    status: int | None
    error: str | None
    response: bytes | None
    seconds: float

    @property
    def ok(self) -> bool:
        """2xx alone is success; a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


def new_secret() -> str:
    """A fresh signing secret, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def webhook_body(event_type: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The payload; `data` names ids and dates, and the receiver fetches the rest with its key."""
    return msgspec.json.encode({"type": event_type, "timestamp": at.isoformat(), "data": data})


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers."""
    signature = Webhook(secret).sign(message_id, at, body.decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "content-type": "application/json",
    }


async def post(client: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes) -> Delivered:
    """One attempt. The response is kept to its first bytes, and errors name no address."""
    began = time.perf_counter()
    # As it comes: what a receiver has compressed is not unpacked, for it could be without end.
    headers = {**headers, "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(SECONDS_MAX),  # the client's own time-out begins anew with each byte
            client.stream("POST", url, content=body, headers=headers, timeout=SECONDS_MAX) as answer,
        ):
            kept = await _first_bytes(answer)
            return Delivered(answer.status_code, None, kept, time.perf_counter() - began)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return Delivered(None, type(error).__name__, None, time.perf_counter() - began)


async def _first_bytes(answer: httpx.Response) -> bytes:
    kept = b""
    async for piece in answer.aiter_raw(RESPONSE_BYTES_MAX):
        kept += piece
        if len(kept) >= RESPONSE_BYTES_MAX:
            break
    return kept[:RESPONSE_BYTES_MAX]
