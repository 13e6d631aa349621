"""Previews open all of a case: one at a time for each person, and few for all."""

import asyncio
from uuid import UUID

import pytest

from dsar.review import Actor, Previewing
from dsar.review.previewing import AT_ONCE_MAX, TooManyPreviews

CASE = UUID(int=1)


class Slow:
    """Stands for what makes a wish ready, and takes until it is let go."""

    def __init__(self):
        self.go_on = asyncio.Event()

    async def ready(self, actor, case_id, wish):
        await self.go_on.wait()
        raise ZeroDivisionError


async def test_one_more_than_may_run_is_turned_away_until_one_has_ended_however_it_ended():
    slow = Slow()
    previewing = Previewing(None, slow)
    staff = [Actor(UUID(int=number)) for number in range(AT_ONCE_MAX + 1)]
    running = [asyncio.ensure_future(previewing.of(actor, CASE, None)) for actor in staff[:-1]]
    await asyncio.sleep(0)
    for actor in (staff[0], staff[-1]):
        with pytest.raises(TooManyPreviews):
            await previewing.of(actor, CASE, None)
    running[0].cancel()
    slow.go_on.set()
    await asyncio.gather(*running, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        await previewing.of(staff[-1], CASE, None)


async def test_a_second_preview_of_one_person_waits_for_the_first():
    slow = Slow()
    previewing = Previewing(None, slow)
    actor = Actor(UUID(int=1))
    first = asyncio.ensure_future(previewing.of(actor, CASE, None))
    await asyncio.sleep(0)
    with pytest.raises(TooManyPreviews):
        await previewing.of(actor, CASE, None)
    slow.go_on.set()
    await asyncio.gather(first, return_exceptions=True)
