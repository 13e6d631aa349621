"""One HTTP client for all that leaves: https only, addresses resolved once and checked, no redirects, limits on all."""

import asyncio
import ipaddress
import socket
from contextlib import suppress
from typing import Any

import httpcore
import httpx

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 30.0
CONNECTIONS_MAX = 100
ADDRESSES_MAX = 4  # how many of a name's addresses are tried

# Addresses of version 6 that lead to one of version 4: NAT64 (RFC 6052) is the way of IPv6-only networks into the
# whole of the old one, so what stands in it is judged; 6to4 (given up by RFC 7526) is not reached at all.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that IANA gave out; site-local, mapped and the like lie outside.
UNICAST = ipaddress.ip_network("2000::/3")
NOT_REACHED = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("3fff::/20"))


class AddressRefused(httpx.ConnectError):
    """The address points where nothing of ours may go. The text names no host: it may be a person's."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to the very address that was checked."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow_loopback = allow_loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that is allowed and answers."""
        addresses = await resolve(host, port)
        for address in addresses:
            if not allowed(address, allow_loopback=self._allow_loopback):
                raise httpcore.ConnectError("the address is not public; name a host that is")
        return await self._first_that_answers(
            addresses[:ADDRESSES_MAX], port, timeout, local_address, socket_options
        )

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


async def resolve(host: str, port: int) -> list[str]:
    """The host's addresses, each once."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError("the host's name does not resolve") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def allowed(address: str, *, allow_loopback: bool) -> bool:
    """Only public addresses, and this machine's own where that was allowed."""
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed in NAT64:
            return _public(ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF))
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_loopback:
        return allow_loopback
    return _public(parsed)


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if address.version == 6 and (address not in UNICAST or any(address in net for net in NOT_REACHED)):
        return False
    return address.is_global and not address.is_multicast


class _HttpsOnly(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, *, allow_loopback: bool) -> None:
        self._inner = inner
        self._allow_loopback = allow_loopback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https" and not (self._allow_loopback and _is_loopback(request.url.host)):
            raise AddressRefused(
                "only https addresses are reached; give the address as https://…", request=request
            )
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded_client(*, allow_loopback: bool = False) -> httpx.AsyncClient:
    """The client that webhooks and connectors use. `allow_loopback` also lets plain http reach this machine."""
    transport = httpx.AsyncHTTPTransport(
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=20), retries=0
    )
    # httpx has no public way to hand in the network; the pool it holds does.
    transport._pool._network_backend = GuardedBackend(allow_loopback=allow_loopback)  # noqa: SLF001
    return httpx.AsyncClient(
        transport=_HttpsOnly(transport, allow_loopback=allow_loopback),
        timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": "dsar-service"},
    )
