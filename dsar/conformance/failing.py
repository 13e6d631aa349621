"""Rules of failing: each fault is the class that says what to do, and after it the connector works again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from dsar.conformance.asking import Item, found, items, opened, plain, stream, subjects
from dsar.conformance.counterpart import EXPECTED, Counterpart, Fault
from dsar.conformance.erasing import KEY, agree, finished, remaining, takes
from dsar.contract import Erase, Mark, OrderKind, Throttled


class Failing:
    """What every call owes while the system misbehaves."""

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_at_find_is_the_right_class(self, counterpart: Counterpart, fault: Fault) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            before = await found(session, known.refs, known.scope)
            await shown(counterpart, fault, lambda: found(session, known.refs, known.scope))
            assert await found(session, known.refs, known.scope) == before, (
                f"find: after {fault} it works no more"
            )

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_at_probe_is_the_right_class(self, counterpart: Counterpart, fault: Fault) -> None:
        async def probed() -> None:
            async with opened(counterpart) as fresh:
                await fresh.probe()

        await shown(counterpart, fault, probed)
        await probed()

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_at_export_is_the_right_class(self, counterpart: Counterpart, fault: Fault) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            for ref in await subjects(session, known):
                before = await items(session, ref, known.scope)
                await shown(counterpart, fault, partial(stream, session, ref, known.scope))
                after = await items(session, ref, known.scope)
                assert after == before, f"export: after {fault} it is another"

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_in_the_middle_of_an_export_never_looks_like_its_end(
        self, counterpart: Counterpart, fault: Fault
    ) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            ref = (await subjects(session, known))[0]
            whole = await items(session, ref, known.scope)
            taken = Taken(session.export(ref, known.scope, None))
            await taken.to_first_mark()
            await _go_on(counterpart, fault, taken, whole)
            rest = await items(session, ref, known.scope, taken.mark)
        assert taken.complete + rest == whole, f"export: {fault} in its middle lost or repeated an item"

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_at_an_erasure_is_the_right_class(
        self, counterpart: Counterpart, fault: Fault
    ) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            first = refs[0]
            key = f"{KEY}:0"
            await shown(counterpart, fault, partial(session.carry_out, first, known.scope, Erase(), key))
            # Whether it was done is not known: sent again under its key, it is done and done once.
            receipts = [
                (ref, await finished(counterpart, session, ref, known.scope, Erase(), f"{KEY}:{number}"))
                for number, ref in enumerate(refs)
            ]
            agree(session, await remaining(session, known, receipts), receipts)


async def shown(counterpart: Counterpart, fault: Fault, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask while the system misbehaves so; nothing to show where the counterpart says it cannot."""
    if fault not in counterpart.faults:
        return
    async with counterpart.misbehave(fault):
        error = await raised(ask)
    assert error is not None, f"{fault}: answered as if nothing were wrong"
    expected(fault, error)


def expected(fault: Fault, error: BaseException) -> None:
    """The class says what to do, and its text what is the matter."""
    wanted = EXPECTED[fault]
    told = f"{fault}: raised {type(error).__name__}, and {wanted.__name__} is what says what to do"
    assert isinstance(error, wanted), told
    assert str(error).strip(), f"{fault}: an error without a text"
    if isinstance(error, Throttled):
        assert error.until.tzinfo is not None, "throttled: `until` without a time zone"
        assert error.until > datetime(2000, 1, 1, tzinfo=UTC), "throttled: `until` is no time to wait for"


async def raised(ask: Callable[[], Awaitable[object]]) -> BaseException | None:
    """What a call raises, whatever it is."""
    try:
        await ask()
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - the rule is which class it is
        return error
    return None


class Taken:
    """An export as it is taken: `complete` is what lies before the last mark, as the service keeps it."""

    def __init__(self, given: AsyncIterator[Item | Mark]) -> None:
        self._given = given
        self._since: list[Item] = []
        self.complete: list[Item] = []
        self.mark: Mark | None = None

    async def to_first_mark(self) -> None:
        """Take no more than a mark needs."""
        async for item in self._given:
            self._take(item)
            if isinstance(item, Mark):
                return

    async def to_the_end(self) -> None:
        """Take the rest."""
        async for item in self._given:
            self._take(item)

    @property
    def everything(self) -> list[Item]:
        """What came, complete or not."""
        return [*self.complete, *self._since]

    def _take(self, item: Item | Mark) -> None:
        if isinstance(item, Mark):
            self.complete, self._since, self.mark = self.everything, [], item
        else:
            self._since.append(plain(item))


async def _go_on(counterpart: Counterpart, fault: Fault, taken: Taken, whole: list[Item]) -> None:
    """Take the rest while the system misbehaves: all that was on its way may come, and then the error."""
    if fault not in counterpart.faults:
        return
    async with counterpart.misbehave(fault):
        error = await raised(taken.to_the_end)
    if error is None:
        assert taken.everything == whole, f"export: {fault} in its middle ends it as if it were complete"
    else:
        expected(fault, error)
