"""One request alone, and a hundred at once, from POST to an answer: three systems with ten records each."""

import asyncio
import time
from uuid import UUID

from bench.measure import Measure, middle
from bench.staff import Staff

ALONE = 20
AT_ONCE = 100
POLL_SECONDS = 0.02


async def measure(staff: Staff) -> list[Measure]:
    """`serve` and one worker run."""
    await staff.answer("person.0", "access")  # opens the connections of the systems
    alone = [await staff.answer(f"person.{number}", "access") for number in range(ALONE)]
    first, half, last = await at_once(staff)
    return [
        Measure(
            key="one.seconds",
            title=f"one request alone (median of {ALONE})",
            figure=middle(alone),
            unit="s",
            aim=0.25,
            known=0.76,
            note=f"from {min(alone):.3f} to {max(alone):.3f} s",
        ),
        Measure(
            key="hundred.per_minute",
            title=f"{AT_ONCE} at once",
            figure=60 * AT_ONCE / last,
            unit="/min",
            more_is_better=True,
            aim=1500,
            known=195,
        ),
        Measure(key="hundred.first", title="… the first is done after", figure=first, unit="s"),
        Measure(key="hundred.half", title="… half are done after", figure=half, unit="s"),
        Measure(key="hundred.last", title="… all are done after", figure=last, unit="s"),
    ]


async def at_once(staff: Staff) -> tuple[float, float, float]:
    """Seconds from the first POST until the first, half and all of the answers stand."""
    began = time.perf_counter()
    entering = [asyncio.create_task(staff.enter(f"person.{number}", "access")) for number in range(AT_ONCE)]
    marks: dict[int, float] = {}
    while AT_ONCE not in marks:
        await asyncio.sleep(POLL_SECONDS)
        there: list[UUID] = [task.result() for task in entering if task.done()]
        done = await staff.ready(there)
        for mark in (1, AT_ONCE // 2, AT_ONCE):
            if done >= mark:
                marks.setdefault(mark, time.perf_counter() - began)
    return marks[1], marks[AT_ONCE // 2], marks[AT_ONCE]
