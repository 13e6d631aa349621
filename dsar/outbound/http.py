"""One HTTP client for all that leaves: https only, addresses resolved once and checked, no redirects, limits on all."""

import os
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from dsar.outbound.addresses import Network
from dsar.outbound.bounds import WHOLE, Bounded, Limits
from dsar.outbound.network import CONNECT_SECONDS, GuardedBackend
from dsar.outbound.pools import Pools
from dsar.outbound.reach import Reach, inner, listed

SILENCE_SECONDS = 30.0  # how long a server may say nothing
KEPT_ALIVE_MAX = 20


class AddressRefused(httpx.ConnectError):
    """The address points where nothing of ours may go. The text names no host: it may be a person's."""


class _Guarded(httpx.AsyncBaseTransport):
    """Lets https through, and plain http where it ends on this machine and that was allowed."""

    def __init__(self, reach: Reach, limits: Limits, networks: Sequence[Network]) -> None:
        self._reach = reach
        loopback = reach.allow_loopback
        context = tls()
        self._https = _pools(GuardedBackend(allow_loopback=loopback, networks=networks), limits, context)
        # `localhost` may be any address to a resolver: plain http is held to this machine at the address itself.
        self._http = _pools(GuardedBackend(allow_loopback=loopback, only_loopback=True), limits, context)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        refused = self._reach.refusal(request.url)
        if refused is not None:
            raise AddressRefused(f"the address {refused.problem} {refused.remedy}", request=request)
        inner = self._https if request.url.scheme == "https" else self._http
        return await inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._https.aclose()
        await self._http.aclose()


def _pools(backend: GuardedBackend, limits: Limits, context: ssl.SSLContext) -> Pools:
    return Pools([_transport(backend, limits, context) for _ in range(limits.pools)])


def _transport(backend: GuardedBackend, limits: Limits, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(
        verify=context,
        limits=httpx.Limits(
            max_connections=limits.connections,
            max_keepalive_connections=min(KEPT_ALIVE_MAX, limits.connections),
        ),
        retries=0,
    )
    # httpx has no public way to hand in the network; the pool it holds does.
    transport._pool._network_backend = backend  # noqa: SLF001
    return transport


def tls() -> ssl.SSLContext:
    """Certificates and names are verified; `SSL_CERT_FILE` or `SSL_CERT_DIR` names the operator's own authorities."""
    return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusting(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Read once a process: every client shares it, and reading all authorities takes longer than opening a client."""
    context = httpx.create_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class GuardedClient(httpx.AsyncClient):
    """Follows no redirect, whoever asks, and holds a body that is read at once to its size and time."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, *, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        super().__init__(
            transport=transport,
            timeout=httpx.Timeout(silence_seconds, connect=min(CONNECT_SECONDS, silence_seconds)),
            follow_redirects=False,
            trust_env=False,
            # None is kept: what one case's call was given is not shown with another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": "dsar-service", "accept-encoding": "identity"},
        )

    def over(
        self, wrap: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport], silence_seconds: float
    ) -> "GuardedClient":
        """A client for one purpose over the same connections, which this one closes."""
        return GuardedClient(wrap(self._transport), silence_seconds=silence_seconds)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = False,  # noqa: ARG002 - httpx's
    ) -> httpx.Response:
        """Send one request to the one address it names."""
        request.extensions = {**request.extensions, WHOLE: not stream}
        return await super().send(request, stream=stream, auth=auth, follow_redirects=False)


def guarded_client(
    *, allow_loopback: bool = False, allow: str = "", networks: str = "", limits: Limits | None = None
) -> GuardedClient:
    """The client that webhooks and connectors use. `allow_loopback` also lets plain http reach this machine.

    `allow` is the text of `DSAR_OUTBOUND_ALLOW`, `networks` that of `DSAR_SYSTEM_NETWORKS`: for systems alone, which
    the operator sets up, and never for an address that a customer or a person gave. Errors are httpx's; keep their
    class, for a text may name a host.
    """
    limits = limits or Limits()
    reach = Reach(allow_loopback, listed(allow))
    return GuardedClient(Bounded(_Guarded(reach, limits, inner(networks)), limits))
