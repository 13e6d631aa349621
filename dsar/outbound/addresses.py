"""Which addresses are reached: the public ones, and the operator's own networks where that was allowed."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses of version 6 that lead to one of version 4: NAT64 (RFC 6052) is the way of IPv6-only networks into the
# whole of the old one, so what stands in it is judged; 6to4 (given up by RFC 7526) and Teredo are not reached at all.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that IANA gave out; site-local, mapped and the like lie outside.
UNICAST = ipaddress.ip_network("2000::/3")
NOT_REACHED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "2002::/16",  # 6to4
        "2001::/23",  # Teredo and other protocols' own
        "3fff::/20",  # for books
        "192.0.0.0/24",  # protocols' own; a cloud's metadata at .192
        "192.88.99.0/24",  # the way into 6to4
        "168.63.129.16/32",  # public by its number, and yet a cloud's metadata
    )
)
LOOK_UPS_MAX = 64  # at the same time, in threads: the system's resolver knows no other way


# What an operator may open for its systems. Link-local addresses are none of these: there a cloud tells its secrets.
PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


def allowed(address: str, *, allow_loopback: bool, networks: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or in one of the networks; this machine's own only where that was allowed."""
    parsed = parse(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed in NAT64:
        return _public(ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF))
    parsed = _unmapped(parsed)
    if parsed.is_loopback:
        return allow_loopback
    return _public(parsed) or any(parsed in network for network in networks)


def is_private(network: Network) -> bool:
    """Whether all of a network lies in what operators number as they like (RFC 1918, 4193, 6598)."""
    return any(
        network.subnet_of(private)  # type: ignore[arg-type]
        for private in PRIVATE
        if network.version == private.version
    )


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own."""
    return _unmapped(parse(address)).is_loopback


def parse(address: str) -> Address:
    """The address without its zone; raises ValueError."""
    return ipaddress.ip_address(address.split("%", 1)[0])


def _unmapped(address: Address) -> Address:
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _public(address: Address) -> bool:
    if any(address in network for network in NOT_REACHED):
        return False
    if address.version == 6 and address not in UNICAST:
        return False
    return address.is_global and not address.is_multicast


# A look-up under way is shared by all who ask for the name meanwhile: a name whose server is slow on purpose holds
# one thread, however much waits to go there.
_threads = ThreadPoolExecutor(LOOK_UPS_MAX, thread_name_prefix="look-up")
_under_way: dict[tuple[str, int], "Future[list[str]]"] = {}


async def resolve(host: str, port: int) -> list[str]:
    """The host's addresses, each once; raises OSError where it has none."""
    try:
        parse(host)
    except ValueError:
        return await asyncio.shield(asyncio.wrap_future(_look_up(host, port)))
    return [host]


def _look_up(host: str, port: int) -> "Future[list[str]]":
    name = (host, port)
    if (asked := _under_way.get(name)) is not None:
        return asked
    asked = _under_way[name] = _threads.submit(_addresses, host, port)
    asked.add_done_callback(lambda _: _under_way.pop(name, None))
    return asked


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError("the name cannot be looked up") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
