"""Which URLs may be reached: the rules that need no look-up, and the check of one that somebody sets."""

import asyncio
import ipaddress
import re

import httpx
from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.outbound.addresses import Network, allowed, is_loopback, is_private, resolve
from dsar.settings import SettingsError

URL_LENGTH_MAX = 2048
LOOK_UP_SECONDS = 5.0
HTTPS_PORT = 443
PORTS_MAX = 65_535
PORTS_FROM = 1024  # below stand the services that take any bytes for their own: mail, files, names

_ENTRY = re.compile(r"(\*\.)?[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")

_USER = re.compile(r"[^/?#]*//[^/?#]*@")

NO_ADDRESS = FieldError("url", "is no address.", "Write it whole, as https://host/path.")
TOO_LONG = FieldError(
    "url", "is too long.", "Use an address of at most {limit} characters.", limit=URL_LENGTH_MAX
)
NOT_HTTPS = FieldError("url", "is not https.", "Give an address that begins with https://.")
NAMES_USER = FieldError(
    "url", "holds a name or a password.", "Leave them out; what we send carries its own proof."
)
WRONG_PORT = FieldError(
    "url", "names a port that is not reached.", "Use port 443, or one from {least} on.", least=PORTS_FROM
)
NOT_LISTED = FieldError(
    "url",
    "is at a host that nothing is sent to from here.",
    "Ask whoever runs this service to put the host on its list.",
)
# One answer for a name that is unknown and one that leads inside: nobody learns which names there are.
NOT_PUBLIC = FieldError(
    "url",
    "does not lead to a public address.",
    "Give a host whose name leads to public addresses alone; look its spelling up once more.",
)

TOO_SLOW = FieldError(
    "url",
    "could not be looked up in time.",
    "Try again in a minute; if it stays, look at the name's servers.",
)


class Reach(Struct, frozen=True):
    """What may be reached. `allow` holds hosts and `*.suffix`; empty, every public host may be."""

    allow_loopback: bool = False
    allow: tuple[str, ...] = ()

    def refusal(self, url: httpx.URL) -> FieldError | None:
        """Why nothing goes to a URL, as far as it can be known without looking its host up."""
        if not url.host:
            return NO_ADDRESS
        on_loopback = self.allow_loopback and names_loopback(url.host)
        if url.scheme != "https" and not (on_loopback and url.scheme == "http"):
            return NOT_HTTPS
        if not on_loopback and url.port not in {None, HTTPS_PORT} and not _is_high(url.port):
            return WRONG_PORT
        return None if self._lists(_name(url)) else NOT_LISTED

    def _lists(self, host: str) -> bool:
        return not self.allow or any(
            host.endswith(entry[1:]) if entry.startswith("*.") else host == entry for entry in self.allow
        )


def listed(text: str) -> tuple[str, ...]:
    """The hosts of `DSAR_OUTBOUND_ALLOW`; raises SettingsError."""
    entries = tuple(entry for part in text.split(",") if (entry := part.strip().lower().rstrip(".")))
    for entry in entries:
        if not _ENTRY.fullmatch(entry):
            raise SettingsError(
                f"DSAR_OUTBOUND_ALLOW: {entry!r} is no host; write names, or *.suffix for all below one, with commas"
            )
    return entries


def inner(text: str) -> tuple[Network, ...]:
    """The networks of `DSAR_SYSTEM_NETWORKS`; raises SettingsError."""
    return tuple(_inner(part.strip()) for part in text.split(",") if part.strip())


def _inner(entry: str) -> Network:
    try:
        network = ipaddress.ip_network(entry)
    except ValueError as error:
        raise SettingsError(
            f"DSAR_SYSTEM_NETWORKS: {entry!r} is no network; write 10.1.0.0/16 or fd00::/8, with commas"
        ) from error
    if not is_private(network):
        raise SettingsError(
            f"DSAR_SYSTEM_NETWORKS: {entry!r} is not within a private network; public addresses are reached anyway, "
            "and this machine's own by DSAR_ALLOW_HTTP_TO_LOOPBACK"
        )
    return network


def names_loopback(host: str) -> bool:
    """Whether the text itself says this machine; what a name leads to is not asked."""
    try:
        return host == "localhost" or is_loopback(host)
    except ValueError:
        return False


async def check_url(url: str, *, allow_loopback: bool, allow: str = "", field: str = "url") -> None:
    """Refuse an address that nothing would be sent to; raises InvalidInput naming the field and the remedy.

    Whoever sets an address learns at once. It is looked up again whenever something is sent: a name may lead
    elsewhere by then. `allow` is the setting's text.
    """
    refused = await _refused(url, Reach(allow_loopback, listed(allow)))
    if refused is not None:
        raise InvalidInput(refused.on(field))


async def _refused(text: str, reach: Reach) -> FieldError | None:
    if len(text) > URL_LENGTH_MAX:
        return TOO_LONG
    # Where readers of addresses differ on which host is meant, none is.
    if not text.isprintable() or any(letter in text for letter in " \\"):
        return NO_ADDRESS
    try:
        url = httpx.URL(text)
        refused = NAMES_USER if _USER.match(text) else reach.refusal(url)
    except (httpx.InvalidURL, ValueError):
        return NO_ADDRESS
    return refused or await _leads_inside(url, reach)


async def _leads_inside(url: httpx.URL, reach: Reach) -> FieldError | None:
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            addresses = await resolve(_name(url), url.port or HTTPS_PORT)
    except TimeoutError:
        return TOO_SLOW
    except OSError:
        return NOT_PUBLIC
    good = all(allowed(address, allow_loopback=reach.allow_loopback) for address in addresses)
    return None if addresses and good else NOT_PUBLIC


def _is_high(port: int | None) -> bool:
    return port is not None and PORTS_FROM <= port <= PORTS_MAX


def _name(url: httpx.URL) -> str:
    """The host as it is looked up: without the root's dot, an international name in its ASCII form."""
    return url.raw_host.decode("ascii").rstrip(".").lower()
