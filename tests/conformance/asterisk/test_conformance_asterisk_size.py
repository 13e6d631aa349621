"""A call store of many rows."""

import asyncio
import tracemalloc

from dsar.contract import (
    Erase,
)
from dsar.demo.callstore import BERTTA, DATA, remains

from .store import (
    NOTHING,
    ONE,
    exported,
    opened,
    phone,
    records,
    row,
)


async def test_a_hundred_thousand_rows_of_others_take_little_memory(store):
    other = (
        (DATA / "Master.csv").read_text().replace("401234567", "457000044").replace("17953044", "16953044")
    )
    with store.master_csv.open("a") as stream:
        for _ in range(50_000):
            stream.write(other)
    assert store.master_csv.stat().st_size > 20_000_000
    async with opened(store) as session:
        tracemalloc.start()
        try:
            calls = records(await exported(session, BERTTA, ONE))
            await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert len(calls) == len(store.of(BERTTA.phone))
    assert remains(store, BERTTA.phone, "tenant-1") == NOTHING
    assert peak < 6_000_000


async def test_a_long_search_does_not_hold_up_the_event_loop(store):
    with store.master_csv.open("a") as stream:
        for count in range(60_000):
            stream.write(row("0457000044", f"1795{count:06}.1"))
    delays = []

    async def heartbeat():
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            delays.append(loop.time() - before)

    async with opened(store) as session:
        beating = asyncio.create_task(heartbeat())
        await exported(session, BERTTA, ONE)
        beating.cancel()
    assert len(delays) > 3
    assert max(delays) < sum(delays) / 2
