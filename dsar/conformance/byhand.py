"""The smaller suite, for systems that a person works: every call hands over an instruction, and says nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
import pytest

from dsar.conformance.asking import all_of, opened
from dsar.conformance.failing import raised
from dsar.contract import (
    CONTRACT_VERSION,
    Connector,
    Coverage,
    Erase,
    NeedsPerson,
    Order,
    OrderKind,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Scope,
    Suppress,
)

ORDERS: dict[OrderKind, Order] = {
    OrderKind.ERASE: Erase(),
    OrderKind.RECTIFY: Rectify("dsar_kit", {"field": "value"}),
    OrderKind.RESTRICT: Restrict(),
    OrderKind.SUPPRESS: Suppress(),
}


class HandCounterpart(Protocol):
    """A system that nobody but a person can ask, and somebody to ask it for."""

    connector: Connector
    settings: Any
    refs: tuple[Ref, ...]
    scope: Scope
    said: tuple[str, ...]
    """The person's values, which may stand in no instruction."""

    def client(self) -> httpx.AsyncClient:
        """A new client to hand in, which nothing should ask by; the kit closes it."""


class HandSuite:
    """Subclassed as `TestMine(HandSuite)`, beside a fixture `counterpart` that yields a `HandCounterpart`."""

    pytestmark = pytest.mark.asyncio

    async def test_it_is_a_connector_that_is_described(self, counterpart: HandCounterpart) -> None:
        connector = counterpart.connector
        assert isinstance(connector, Connector), "the entry point names no connector"
        assert connector.manifest.contract == CONTRACT_VERSION, "manifest: of another version of the contract"
        taken = connector.orders(counterpart.settings)
        assert taken <= connector.manifest.orders, "orders: takes what the manifest does not declare"
        async with opened(counterpart) as session:
            assert isinstance(await session.probe(), Coverage), "probe: answers no Coverage"
            for name, collection in session.collections.items():
                assert collection.category.strip(), f"{name}: without a category of the profile"
                assert collection.description.strip(), f"{name}: without a description"

    async def test_every_call_is_a_persons_task_with_an_instruction(
        self, counterpart: HandCounterpart
    ) -> None:
        scope, refs = counterpart.scope, counterpart.refs
        async with opened(counterpart) as session:
            await _instructs(counterpart, lambda: all_of(session.find(refs, scope)))
            await _instructs(counterpart, lambda: all_of(session.export(refs[0], scope, None)))
            await _instructs(counterpart, lambda: session.foresee(refs[0], scope, Erase()))

    @pytest.mark.parametrize("kind", list(OrderKind))
    async def test_an_order_is_a_persons_task_or_refused(
        self, counterpart: HandCounterpart, kind: OrderKind
    ) -> None:
        order, ref, scope = ORDERS[kind], counterpart.refs[0], counterpart.scope
        async with opened(counterpart) as session:
            if kind in counterpart.connector.orders(counterpart.settings):
                await _instructs(counterpart, lambda: session.carry_out(ref, scope, order, "dsar-kit"))
                return
            error = await raised(lambda: session.carry_out(ref, scope, order, "dsar-kit"))
        assert isinstance(error, Refused), f"carry_out: {kind} is not taken, and yet not refused"

    async def test_it_names_nobody(self, counterpart: HandCounterpart) -> None:
        async with opened(counterpart) as session:
            assert not await all_of(session.tenants(counterpart.refs)), "tenants: a person would have to look"
            error = await raised(lambda: all_of(session.everyone()))
        assert isinstance(error, Refused), "everyone: a person would have to look"


async def _instructs(counterpart: HandCounterpart, ask: Callable[[], Awaitable[object]]) -> None:
    error = await raised(ask)
    assert isinstance(error, NeedsPerson), "a system worked by hand answered by itself"
    assert str(error).strip(), "an instruction without a text"
    assert error.within_days is None or error.within_days > 0, "`within_days` leaves no day"
    assert not any(value in str(error) for value in counterpart.said), "an instruction says a person's value"
