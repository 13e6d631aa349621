"""Webhooks as Standard Webhooks 1.0 has them: signed, each with an id that stays over retries."""

import asyncio
import base64
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpx
import msgspec
from msgspec import Struct
from standardwebhooks.webhooks import Webhook

RESPONSE_BYTES_MAX = 512
SECONDS_MAX = 15.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - how the standard marks one


class Delivered(Struct, frozen=True):
    """What an attempt met. `status` is None when there was no answer at all."""

    status: int | None
    error: str | None
    response: bytes | None
    seconds: float
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        """2xx alone is success; a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


def new_secret() -> str:
    """A fresh signing secret, as Standard Webhooks writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def webhook_body(event_type: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The payload; `data` names ids and dates, and the receiver fetches the rest with its key."""
    return msgspec.json.encode({"type": event_type, "timestamp": at.isoformat(), "data": data})


def sign(secrets_: str | Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers. While a secret is being changed both sign, and the receiver takes the one it knows."""
    each = [secrets_] if isinstance(secrets_, str) else secrets_
    # The library reads the time's digits as they stand, whatever its zone.
    moment, text = at.astimezone(UTC), body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, text) for secret in each),
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
            client.stream("POST", _read(url), content=body, headers=headers, timeout=SECONDS_MAX) as answer,
        ):
            kept = await _first_bytes(answer)
            asked = answer.headers.get("retry-after")
            return Delivered(answer.status_code, None, kept, time.perf_counter() - began, asked)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return Delivered(None, type(error).__name__, None, time.perf_counter() - began)


@lru_cache(maxsize=1024)
def _read(url: str) -> httpx.URL:
    """Reading an address takes a tenth of sending to it, and the same ones come again and again."""
    return httpx.URL(url)


async def _first_bytes(answer: httpx.Response) -> bytes:
    kept = b""
    async for piece in answer.aiter_raw(RESPONSE_BYTES_MAX):
        kept += piece
        if len(kept) >= RESPONSE_BYTES_MAX:
            break
    return kept[:RESPONSE_BYTES_MAX]
