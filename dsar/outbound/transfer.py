"""What goes to another controller: an offer, and the file as a stream. Always through the guarded client."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec

from dsar.domain.transferring import ANSWER_BYTES_MAX, OFFER_SECONDS_MAX, Answered, Offer
from dsar.outbound.bounds import SECONDS

JSON = {"content-type": "application/json", "accept": "application/json"}


def host_of(url: str) -> str:
    """The host that an address leads to, in its ASCII form: letters that look alike are not shown as the same."""
    parsed = httpx.URL(url)
    host = parsed.raw_host.decode("ascii")
    port = f":{parsed.port}" if parsed.port is not None else ""
    return (f"[{host}]" if ":" in host else host) + port


async def offer(client: httpx.AsyncClient, url: str, asked: Offer) -> Answered:
    """Ask whether the receiver takes it."""
    return await _send(client, "POST", url, JSON, msgspec.json.encode(asked), OFFER_SECONDS_MAX)


async def put(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], pieces: AsyncIterator[bytes], seconds: float
) -> Answered:
    """Send the file, as it is read; errors of the reading are raised, those of the way are told."""
    return await _send(client, "PUT", url, {**JSON, **headers}, pieces, seconds)


async def _send(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: dict[str, str],
    content: bytes | AsyncIterator[bytes],
    seconds: float,
) -> Answered:
    try:
        async with (
            asyncio.timeout(seconds),  # the client's own time-outs begin anew with each byte
            client.stream(
                method, url, headers=headers, content=content, extensions={SECONDS: seconds}
            ) as answer,
        ):
            body = await _whole(answer)
            return Answered(answer.status_code, body, None, answer.headers.get("retry-after"))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return Answered(None, None, type(error).__name__)


async def _whole(answer: httpx.Response) -> bytes | None:
    """The body, or None of one that is longer than any receiver's is."""
    kept = b""
    async for piece in answer.aiter_raw():
        kept += piece
        if len(kept) > ANSWER_BYTES_MAX:
            return None
    return kept
