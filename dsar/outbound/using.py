"""One use of a session by one step: bounded in silence, however long a stream that goes on may be."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Held,
    Mark,
    Match,
    Order,
    Plan,
    Receipt,
    Record,
    Ref,
    Scope,
    Session,
    TenantHit,
    Unreachable,
)

LOOKS = 4  # in the time that it may be silent

Item = TypeVar("Item")
_current: ContextVar["Use | None"] = ContextVar("use of a system", default=None)


def current() -> "Use | None":
    """The use that this task is in."""
    return _current.get()


class Use:
    """Counts the system's signs of life: items, and answers to HTTP calls."""

    def __init__(self) -> None:
        self.items = 0
        self.calls = 0


@asynccontextmanager
async def using(silent_seconds: float) -> AsyncIterator[Use]:
    """Raise Unreachable where the system gives no sign of life for so long, or a little longer."""
    before, use = _current.get(), Use()
    try:
        async with asyncio.timeout(silent_seconds) as limit:
            watch = _Watch(use, limit, silent_seconds)
            _current.set(use)
            try:
                yield use
            finally:
                _current.set(before)
                watch.end()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise Unreachable(
            f"no sign of life for {silent_seconds:g} seconds; see whether it hangs, or raise timeout_seconds"
        ) from error


class _Watch:
    """Looks now and then, so that an item costs no more than a count."""

    def __init__(self, use: Use, limit: asyncio.Timeout, silent_seconds: float) -> None:
        self._use = use
        self._limit = limit
        self._silent_seconds = silent_seconds
        self._seen = 0
        self._loop = asyncio.get_running_loop()
        self._plan()

    def _plan(self) -> None:
        self._timer = self._loop.call_later(self._silent_seconds / LOOKS, self._look)

    def _look(self) -> None:
        seen = self._use.items + self._use.calls
        if seen != self._seen and not self._limit.expired():
            self._seen = seen
            self._limit.reschedule(self._loop.time() + self._silent_seconds)
        self._plan()

    def end(self) -> None:
        self._timer.cancel()


class Watched(Session):
    """A session that tells its use of each item."""

    def __init__(self, inner: Session, use: Use, probe_seconds: float) -> None:
        self._inner = inner
        self._use = use
        self._probe_seconds = probe_seconds

    @property
    def collections(self) -> Mapping[str, Collection]:
        return self._inner.collections

    @property
    def finds_by(self) -> frozenset[str] | None:
        return self._inner.finds_by

    async def probe(self) -> Coverage:
        try:
            async with asyncio.timeout(self._probe_seconds):
                return await self._inner.probe()
        except TimeoutError as error:
            raise Unreachable(
                f"the probe did not end within {self._probe_seconds:g} seconds; see whether it hangs, or raise "
                "timeout_seconds"
            ) from error

    def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        return self._each(self._inner.tenants(refs))

    def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        return self._each(self._inner.find(refs, scope))

    def export(self, ref: Ref, scope: Scope, after: Mark | None) -> AsyncIterator[Record | Attachment | Mark]:
        return self._each(self._inner.export(ref, scope, after))

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        return self._each(self._inner.read(attachment, scope))

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        return await self._inner.foresee(ref, scope, order)

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        receipt = await self._inner.carry_out(ref, scope, order, key)
        self._use.items += 1
        return receipt

    def everyone(self) -> AsyncIterator[Held]:
        return self._each(self._inner.everyone())

    async def _each(self, items: AsyncIterator[Item]) -> AsyncIterator[Item]:
        use = self._use
        try:
            async for item in items:
                use.items += 1
                yield item
        finally:
            # Whoever stops in the middle leaves no cursor of the system's open.
            if (close := getattr(items, "aclose", None)) is not None:
                await close()
