"""What an operator configures for one service."""

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from dsar.contract import OrderKind

SECRET_PREFIX = "whsec_"  # noqa: S105 - as Standard Webhooks writes it
SECRET_BYTES_MIN = 24


class WebhookSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service. `orders` are those it is to be given; what is not named becomes a person's task."""

    url: Annotated[
        str, Meta(description="Where the operations stand, e.g. https://crm.internal.example/dsar")
    ]
    secret: Annotated[
        str,
        Meta(description="Shared with the service: whsec_ and 24 or more random bytes in base64"),
    ]
    orders: Annotated[
        tuple[OrderKind, ...], Meta(description="Orders that the service takes; its probe must offer each")
    ] = (OrderKind.ERASE,)
    page_size: Annotated[int, Meta(ge=1, le=1_000, description="Items asked for at once")] = 200

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise ValueError(
                "url: give https://… without a query or a password (plain http only for a loopback address)"
            )
        if not _is_secret(self.secret):
            raise ValueError("secret: give whsec_ and at least 24 random bytes in base64")

    def __repr__(self) -> str:
        """Keep the secret out of tracebacks and logs."""
        return f"WebhookSettings(url={self.url!r}, …)"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def _is_secret(secret: str) -> bool:
    try:
        raw = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) >= SECRET_BYTES_MIN
