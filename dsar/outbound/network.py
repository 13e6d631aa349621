"""How connections come about: a name is resolved once, and the very address that was checked is connected to."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpcore

from dsar.outbound.addresses import Network, allowed, is_loopback, resolve

CONNECT_SECONDS = 5.0
ADDRESSES_MAX = 4  # how many of a name's addresses are tried


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to the very address that was checked."""

    def __init__(
        self, *, allow_loopback: bool, only_loopback: bool = False, networks: Sequence[Network] = ()
    ) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow_loopback = allow_loopback
        self._only_loopback = only_loopback
        self._networks = networks

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that is allowed and answers."""
        addresses = await self._resolved(host, port)
        if not all(self._may(address) for address in addresses):
            raise httpcore.ConnectError("the address is not public; name a host that is")
        return await self._first_that_answers(
            addresses[:ADDRESSES_MAX], port, timeout, local_address, socket_options
        )

    async def _resolved(self, host: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = await resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the host's name does not resolve in time") from error
        except OSError as error:
            raise httpcore.ConnectError("the host's name does not resolve") from error
        if not addresses:
            raise httpcore.ConnectError("the host's name does not resolve")
        return addresses

    def _may(self, address: str) -> bool:
        if self._only_loopback:
            return self._allow_loopback and is_loopback(address)
        return allowed(address, allow_loopback=self._allow_loopback, networks=self._networks)

    async def _first_that_answers(
        self, addresses: list[str], port: int, *options: Any
    ) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, *options)
        return await self._inner.connect_tcp(addresses[-1], port, *options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - the protocol's
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never: nothing that leaves goes to a socket file."""
        raise httpcore.ConnectError("unix sockets are not reached from here")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
