"""Erasure of 10,000 rows, from the approval to the answer, against one DELETE of as many."""

import time

import asyncpg

from bench.measure import Measure, middle
from bench.people import BIG_SYSTEM, ERASED, ERASED_ROWS, World, address
from bench.staff import Staff

DELETES = (
    "DELETE FROM activity WHERE person_id = (SELECT id FROM person WHERE email = $1)",
    "DELETE FROM person WHERE email = $1",
)


async def measure(staff: Staff, world: World) -> list[Measure]:
    """Each of the people is erased once; the last by hand."""
    url = world.urls[BIG_SYSTEM]
    bare = await _bare(url, address(ERASED[-1]))
    ours = [await erased(staff, name) for name in ERASED[:-1]]
    await _gone(url)
    return [
        Measure(
            key="erasure.seconds",
            title=f"erasure of {ERASED_ROWS:,} rows",
            figure=middle(ours),
            unit="s",
            limit=bare,
            limit_title="two DELETEs, one commit",
            aim=1,
            known=25,
        )
    ]


async def erased(staff: Staff, name: str) -> float:
    """Seconds from the approval until the erasure is verified and answered."""
    case_id = await staff.enter(name, "erasure")
    await staff.until(case_id, "in_review")
    await staff.until_planned(case_id)
    began = time.perf_counter()
    await staff.approve(case_id)
    await staff.until(case_id)
    return time.perf_counter() - began


async def _bare(url: str, email: str) -> float:
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    async with connection.transaction():
        for delete in DELETES:
            await connection.execute(delete, email)
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds


async def _gone(url: str) -> None:
    connection = await asyncpg.connect(url)
    left = await connection.fetchval(
        "SELECT count(*) FROM person WHERE email = ANY($1)", [address(name) for name in ERASED]
    )
    await connection.close()
    if left:
        raise RuntimeError(f"{left} people were to be erased and are there")
