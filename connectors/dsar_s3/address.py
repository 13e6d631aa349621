"""Addresses of buckets and objects, written byte for byte as they are signed."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx

_UNRESERVED = "-_.~"


class QuietURL(httpx.URL):
    """An address that prints its host alone: httpx logs each at INFO, and a key may hold a person's number."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode('ascii')}/"


def url(
    origin: str, addressing: str, bucket: str, key: str | None = None, query: Mapping[str, str] | None = None
) -> str:
    """The whole address; a key keeps its slashes and its dots, and everything else in it is escaped."""
    scheme, host = urlsplit(origin)[:2]
    path = "/" if key is None else f"/{quote(key, safe='/' + _UNRESERVED)}"
    if addressing == "path":
        path = f"/{bucket}" + (path if key is not None else "")
    else:
        host = f"{bucket}.{host}"
    asked = "&".join(sorted(f"{_quoted(name)}={_quoted(value)}" for name, value in (query or {}).items()))
    return f"{scheme}://{host}{path}" + (f"?{asked}" if asked else "")


def target(address: str) -> bytes:
    """Path and query as they go over the wire: httpx would take `..` out of a key."""
    parts = urlsplit(address)
    return (parts.path + (f"?{parts.query}" if parts.query else "")).encode("ascii")


def _quoted(text: str) -> str:
    return quote(text, safe=_UNRESERVED)
