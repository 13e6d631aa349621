"""Every answer on OpenDSR's addresses is signed, over the very bytes that leave: those of errors too."""

from typing import Any

from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from dsar.domain.opendsr import Version
from dsar.engine import Signing
from dsar.telemetry import log
from dsar.web.opendsr_errors import PREFIX, speaks

SCHEME = "opendsr_padding"
_DEFAULT_SCHEME = "pkcs1v15"


def version_of(path: str) -> Version:
    """The edition that is spoken at an address."""
    return Version.OPENGDPR if path.startswith(f"{PREFIX}v1/") else Version.OPENDSR


class SignedAnswers:
    """Around the whole application, for an address that leads nowhere is answered outside of every route."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold an answer of the protocol back until it is whole; each is a few hundred bytes."""
        if scope["type"] != ScopeType.HTTP or not speaks(scope["path"]):
            await self._app(scope, receive, send)
            return
        held: list[Any] = []
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body = b"".join(parts)
                    start = held[0]
                    start["headers"] = [*start["headers"], *await self._headers(scope, body)]
                    await send(start)
                    await send({"type": "http.response.body", "body": body, "more_body": False})

        await self._app(scope, receive, hold)

    async def _headers(self, scope: Scope, body: bytes) -> list[tuple[bytes, bytes]]:
        """The two headers; none where the key cannot be had, as while the database is away."""
        scheme: str = scope.get("state", {}).get(SCHEME, _DEFAULT_SCHEME)
        try:
            signing: Signing = self._state.service.signing
            signer = await signing.signer()
        except Exception as error:  # noqa: BLE001 - the answer, which may say why, matters more than its signature
            log.warning("opendsr.unsigned", error=type(error).__name__)
            return []
        named = version_of(scope["path"]).headers(signer.domain, signer.sign(body, scheme))
        return [(name.lower().encode(), value.encode()) for name, value in named.items()]
