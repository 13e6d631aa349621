"""The address of a MariaDB or MySQL server: what the driver is given for it."""

import ssl
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dsar.contract import Refused

_FORM = (
    "url cannot be read; write mysql://user:password@host:port/database?sslmode=verify-full, "
    "with sslmode, sslrootcert and unix_socket as the only options"
)
_MODES = ("disable", "require", "verify-ca", "verify-full")
_OPTIONS = frozenset({"sslmode", "sslrootcert", "unix_socket"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def arguments(url: str) -> dict[str, Any]:
    """Host, user, database and TLS; a text that is no address is refused without quoting it."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        port = parts.port or 3306
    except ValueError:
        raise Refused(_FORM) from None
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database or not options.keys() <= _OPTIONS:
        raise Refused(_FORM)
    host, socket = parts.hostname or "localhost", options.get("unix_socket")
    given: dict[str, Any] = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "db": database,
        "ssl": _tls(options, at_home=bool(socket) or host in _LOOPBACK),
    }
    return given | ({"unix_socket": socket} if socket else {"host": host, "port": port})


def _tls(options: dict[str, str], *, at_home: bool) -> ssl.SSLContext | None:
    """What crosses a network is encrypted and the server known, unless url says otherwise."""
    mode = options.get("sslmode", "disable" if at_home else "verify-full")
    if mode not in _MODES:
        raise Refused(f"url: sslmode is one of {', '.join(_MODES)}; correct it")
    if mode == "disable":
        return None
    try:
        context = ssl.create_default_context(cafile=options.get("sslrootcert"))
    except (OSError, ssl.SSLError):
        raise Refused("url: sslrootcert cannot be read; name a file of PEM certificates") from None
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_NONE if mode == "require" else ssl.CERT_REQUIRED
    return context
