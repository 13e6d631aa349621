"""Rules of an open system: it closes cleanly whatever was cut off, and serves many at once without mixing them."""

import asyncio
from collections.abc import AsyncIterator

from dsar.conformance.asking import SECONDS_MAX, exported, opened, plain, subjects
from dsar.conformance.counterpart import Counterpart, Person
from dsar.contract import Mark, Ref, Session

PAUSE_SECONDS = 0.02
# What a counterpart's own server still has to tidy up when the client has hung up.
ENDING_SECONDS_MAX = 10.0


class Lifecycle:
    """What `open` owes."""

    async def test_a_cancelled_export_leaves_nothing_open(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            whole = await exported(session, known)
        before = asyncio.all_tasks()
        async with asyncio.timeout(SECONDS_MAX), opened(counterpart) as session:
            ref = (await subjects(session, known))[0]
            begun = asyncio.Event()
            reading = asyncio.create_task(_read_and_wait(session, known, ref, begun))
            await begun.wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            assert await exported(session, known) == whole, (
                "export: after one was cancelled, another is not whole"
            )
        left = await _tasks_left(before)
        assert not left, "close: a task of the connector's is still running"
        async with opened(counterpart) as session:
            assert await exported(session, known) == whole, "open: the second time the export is not whole"

    async def test_an_export_that_is_given_up_leaves_nothing_open(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        before = asyncio.all_tasks()
        async with asyncio.timeout(SECONDS_MAX), opened(counterpart) as session:
            for ref in await subjects(session, known):
                given = session.export(ref, known.scope, None)
                async for _ in given:
                    break
                assert hasattr(given, "aclose"), "export: is no async generator, so it cannot be given up"
                await given.aclose()
        assert not await _tasks_left(before), "close: a task of the connector's is still running"

    async def test_exports_of_two_people_at_once_do_not_mix(self, counterpart: Counterpart) -> None:
        known, decoy = counterpart.known, counterpart.decoy
        async with opened(counterpart) as session:
            alone = [await exported(session, person) for person in (known, decoy)]
            both = await asyncio.gather(*(_slowly(session, person) for person in (known, decoy)))
        assert list(both) == alone, "export: two people's at once are not what each alone is"

    async def test_a_session_that_was_never_asked_closes(self, counterpart: Counterpart) -> None:
        before = asyncio.all_tasks()
        async with asyncio.timeout(SECONDS_MAX), opened(counterpart):
            pass
        assert not await _tasks_left(before), "close: a task of the connector's is still running"


async def _read_and_wait(session: Session, person: Person, ref: Ref, begun: asyncio.Event) -> None:
    try:
        async for _ in session.export(ref, person.scope, None):
            begun.set()
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        begun.set()


async def _slowly(session: Session, person: Person) -> list[object]:
    """Lets the others have their turn after every item."""
    given: list[object] = []
    for ref in await subjects(session, person):
        export: AsyncIterator[object] = session.export(ref, person.scope, None)
        async for item in export:
            await asyncio.sleep(0)
            if not isinstance(item, Mark):
                given.append(plain(item))  # type: ignore[arg-type]
    return given


async def _tasks_left(before: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    for _ in range(round(ENDING_SECONDS_MAX / PAUSE_SECONDS)):
        left = {task for task in asyncio.all_tasks() - before if not task.done()}
        if not left:
            return left
        await asyncio.sleep(PAUSE_SECONDS)
    return left
