"""Several pools of connections as one: what a pool costs for each request rises with all that it holds."""

from collections.abc import Sequence

import httpx


class Pools(httpx.AsyncBaseTransport):
    """Each address always in the same pool, so that its connections are used again."""

    def __init__(self, pools: Sequence[httpx.AsyncBaseTransport]) -> None:
        self._pools = pools

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by the address's own pool."""
        place = hash((request.url.raw_host, request.url.raw_path)) % len(self._pools)
        return await self._pools[place].handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()
