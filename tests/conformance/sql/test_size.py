"""Two hundred thousand rows out, ten thousand rows gone."""

import resource
import time
from pathlib import Path

from dsar.contract import (
    Erase,
    Mark,
    Record,
)
from dsar_sql.reading.references import row_ref

from .sample import ACME, BOLT, MAPPING, opened, records, run


def figure(text):
    print(text)  # noqa: T201 - a measurement, shown with -s


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_two_hundred_thousand_rows_stream_in_constant_memory(tenants_url):
    await run(
        tenants_url,
        "INSERT INTO call SELECT n, 1, 'acme', now(), NULL, '{}', NULL, repeat('what was said ', 5) "
        "FROM generate_series(5001, 203750) AS n; ANALYZE",
    )
    async with opened(MAPPING, url=tenants_url) as session:
        await records(session, row_ref("caller", ["2"]), BOLT)
        count, started, before, most = 0, time.perf_counter(), resident_bytes(), 0
        async for item in session.export(row_ref("caller", ["1"]), ACME, None):
            count += isinstance(item, Record)
            if isinstance(item, Mark):
                most = max(most, resident_bytes() - before)
        seconds = time.perf_counter() - started
    figure(
        f"\nexport: {count} rows in {seconds:.2f} s, {count / seconds:,.0f} rows/s, {most / 1e6:.0f} MB more"
    )
    assert count == 200_001
    assert most < 32_000_000


async def test_ten_thousand_rows_are_erased_in_one_transaction_in_a_moment(tenants_url):
    await run(
        tenants_url,
        "INSERT INTO call SELECT n, 1, 'acme', now(), NULL, '{}', NULL, 'x' FROM generate_series(5001, 13750) AS n",
    )
    async with opened(MAPPING, url=tenants_url) as session:
        started = time.perf_counter()
        receipt = await session.carry_out(row_ref("caller", ["1"]), ACME, Erase(), "k")
        seconds = time.perf_counter() - started
    figure(f"\nerase: {receipt.changed} rows in {seconds:.3f} s")
    assert (receipt.changed, receipt.kept) == (10_001, ())
