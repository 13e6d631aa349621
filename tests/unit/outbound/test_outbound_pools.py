"""Many pools of connections act as one: an address keeps to its own, and all are closed together."""

import httpx
from hypothesis import given
from hypothesis import strategies as st

from dsar.outbound.pools import Pools


class Pool(httpx.AsyncBaseTransport):
    def __init__(self):
        self.got = []
        self.closed = False

    async def handle_async_request(self, request):
        self.got.append(str(request.url))
        return httpx.Response(204)

    async def aclose(self):
        self.closed = True


async def test_an_address_keeps_to_its_pool_and_many_addresses_are_dealt_out():
    pools = [Pool() for _ in range(8)]
    urls = [f"https://host{n % 20}.example/hook/{n}" for n in range(200)]
    async with httpx.AsyncClient(transport=Pools(pools)) as client:
        for url in urls * 2:
            assert (await client.post(url)).status_code == 204
    for pool in pools:
        assert pool.got, "a pool was never used"
        assert all(pool.got.count(url) == 2 for url in pool.got)
    assert all(pool.closed for pool in pools)


@given(st.integers(1, 64), st.text("abc/?=&-", max_size=30))
async def test_whatever_the_address_one_pool_takes_it(number, path):
    pools = [Pool() for _ in range(number)]
    request = httpx.Request("POST", httpx.URL("https://host.example").join("/" + path.lstrip("/")))
    for _ in range(2):
        await Pools(pools).handle_async_request(request)
    assert max(len(pool.got) for pool in pools) == 2
    assert sum(len(pool.got) for pool in pools) == 2
