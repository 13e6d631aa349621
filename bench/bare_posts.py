"""The limit of deliveries: `httpx.AsyncClient` as it is, posting bodies of the same size to the same endpoints.

`python -m bench.bare_posts PORT POSTS AT_ONCE ENDPOINTS` prints posts a second.
"""

import asyncio
import sys
import time
import uuid

import httpx
import uvloop

BODY = (
    b'{"type":"case.due_soon","timestamp":"2026-03-02T09:00:00+00:00","data":{'
    + b'"filling":"x",' * 32
    + b'"a":1}}'
)


async def run(port: int, posts: int, at_once: int, endpoints: int) -> float:
    """So many at once; nothing is signed, read from a database or written to one."""
    numbers = iter(range(posts))
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=15) as client:

        async def one() -> None:
            for number in numbers:
                url = f"http://127.0.0.1:{port}/quick/{number % endpoints}"
                headers = {"webhook-id": str(uuid.uuid4()), "content-type": "application/json"}
                answer = await client.post(url, content=BODY, headers=headers)
                answer.raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(at_once)))
        return posts / (time.perf_counter() - began)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(*(int(word) for word in sys.argv[1:5]))))
