"""Rule of the network: a connector reaches its system through the client that it is given, and nothing else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest

from dsar.conformance.asking import all_of, exported, found
from dsar.conformance.counterpart import Counterpart, Fault
from dsar.conformance.erasing import erase, takes
from dsar.contract import OrderKind, Tools

Address = Any  # a host and a port, or a socket's path

_by_the_client: ContextVar[bool] = ContextVar("by_the_client", default=False)


class Elsewhere(AssertionError):
    """A connection that the given client did not open."""


class Network:
    """What goes out."""

    async def test_nothing_is_reached_but_through_the_given_client(
        self, counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = counterpart.known
        client = counterpart.client()
        watch = Watch(client, servers_of(counterpart))
        monkeypatch.setattr(client, "send", watch.send)
        with watch.guarding(monkeypatch):
            async with client, counterpart.connector.open(counterpart.settings, Tools(client)) as session:
                await session.probe()
                await all_of(session.tenants(known.refs))
                await found(session, known.refs, known.scope)
                await exported(session, known)
                if takes(counterpart, OrderKind.ERASE):
                    await erase(counterpart, session, known)
        assert not watch.strange, f"reached past the given client: {sorted(watch.strange)}"
        lacking = set(Fault) - counterpart.faults
        told = "counterpart: the connector asks by HTTP, so show every fault; these are missing: "
        assert not (watch.sent and lacking), told + ", ".join(sorted(lacking))


def servers_of(counterpart: Counterpart) -> frozenset[Address]:
    """Where a driver of the connector's own may go; none for one that asks through the client."""
    return frozenset(getattr(counterpart, "servers", ()))


class Watch:
    """Lets through what the client opens and what a counterpart names; notes and refuses the rest."""

    def __init__(self, client: httpx.AsyncClient, servers: frozenset[Address]) -> None:
        self._send = client.send
        self._servers = servers
        self._hosts = {host for host, *_ in (each for each in servers if isinstance(each, tuple))}
        self.sent = 0
        self.strange: set[str] = set()

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """In place of the client's own: what is opened meanwhile is the client's."""
        self.sent += 1
        self._hosts.add(request.url.host)
        before = _by_the_client.set(True)
        try:
            return await self._send(request, **options)
        finally:
            _by_the_client.reset(before)

    @contextmanager
    def guarding(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """For as long as the context lasts no socket connects, and no name is resolved, for anybody else."""
        with monkeypatch.context() as patch:
            for name in ("connect", "connect_ex", "sendto"):
                patch.setattr(socket.socket, name, self._connecting(getattr(socket.socket, name)))
            patch.setattr(socket, "getaddrinfo", self._resolving(socket.getaddrinfo))
            yield

    def _connecting(self, inner: Any) -> Any:
        def connect(given: socket.socket, *words: Any) -> Any:
            address: Address = words[-1]  # the last of `sendto` too
            there = address[:2] if isinstance(address, tuple) else address
            if not (_by_the_client.get() or there in self._servers):
                self._refuse(str(there))
            return inner(given, *words)

        return connect

    def _resolving(self, inner: Any) -> Any:
        def resolve(host: Any, *more: Any, **named: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name is not None and name not in self._hosts:
                self._refuse(str(name))
            return inner(host, *more, **named)

        return resolve

    def _refuse(self, where: str) -> None:
        self.strange.add(where)
        raise Elsewhere(f"{where}: only what the given client opens may be reached")
