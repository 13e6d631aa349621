"""Only public addresses are reached, over https, once resolved; nothing is followed."""

import asyncio
import ipaddress
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.outbound import guarded_client
from dsar.outbound.http import AddressRefused, allowed, resolve

REFUSED = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT; also a cloud's metadata
    "100.100.100.200",
    "169.254.169.254",  # metadata
    "169.254.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # metadata
    "fec0::1",  # site-local
    "ff02::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",  # IPv4-mapped
    "::ffff:169.254.169.254",
    "::10.0.0.1",  # IPv4-compatible
    "::a9fe:a9fe",
    "2002:a00:1::",  # 6to4 of 10.0.0.1
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
    "64:ff9b::169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::a00:1",  # local NAT64
    "2001:0:a00:1::",  # Teredo
    "100::1",
    "5f00::1",
    "3fff::1",
]
LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "193.166.3.2",
    "2606:4700:4700::1111",
    "2a00:1450:4026:805::200e",
    "64:ff9b::1.1.1.1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused_whether_or_not_this_machine_is_allowed(address):
    assert not allowed(address, allow_loopback=False)
    assert not allowed(address, allow_loopback=True)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_reached_only_where_that_was_allowed(address):
    assert not allowed(address, allow_loopback=False)
    assert allowed(address, allow_loopback=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address):
    assert allowed(address, allow_loopback=False)


@given(st.ip_addresses(v=4))
def test_no_way_to_write_an_address_of_version_4_in_version_6_opens_what_it_closes(address):
    packed = int(address)
    forms = [
        ipaddress.IPv6Address((0xFFFF << 32) | packed),
        ipaddress.IPv6Address((0x0064_FF9B << 96) | packed),
        ipaddress.IPv6Address((0x2002 << 112) | (packed << 80) | 1),
    ]
    if not allowed(str(address), allow_loopback=False):
        assert not any(allowed(str(form), allow_loopback=False) for form in forms)


# The client


class Counting:
    """A server on this machine that says whether anybody came, and redirects."""

    def __init__(self):
        self.asked = []

    async def answer(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        writer.write(
            b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(host="127.0.0.1"):
    counting = Counting()
    server = await asyncio.start_server(counting.answer, host, 0)
    async with server:
        counting.port = server.sockets[0].getsockname()[1]
        yield counting


HOSTS = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "0",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_way_to_write_this_machine_gets_through_where_it_is_not_allowed(host, scheme):
    async with serving() as server, guarded_client() as client:
        with pytest.raises((httpx.ConnectError, httpx.InvalidURL)):
            await client.get(f"{scheme}://{host}:{server.port}/")
    assert server.asked == []


async def test_plain_http_is_refused_before_a_name_is_resolved(monkeypatch):
    async def never(host, port):
        raise AssertionError(host)

    monkeypatch.setattr("dsar.outbound.http.resolve", never)
    for allow in (False, True):
        async with guarded_client(allow_loopback=allow) as client:
            with pytest.raises(AddressRefused, match="https"):
                await client.get("http://example.com/")


async def test_this_machine_answers_over_http_where_it_is_allowed():
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        for host in ("127.0.0.1", "localhost"):
            answer = await client.get(f"http://{host}:{server.port}/")
            assert answer.status_code == 302
    assert server.asked == ["/", "/"], "a redirect is not followed"


async def test_a_name_is_resolved_once_and_the_very_address_that_was_checked_is_connected_to(monkeypatch):
    """Whoever owns the name cannot answer the check with one address and the connection with another."""
    async with serving() as server:
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])

        async def answer(host, port):
            return next(answers)

        monkeypatch.setattr("dsar.outbound.http.resolve", answer)
        async with guarded_client(allow_loopback=True) as client:
            await client.get(f"http://localhost:{server.port}/")
    assert server.asked == ["/"]
    assert next(answers) == ["10.0.0.1"]


async def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch):
    async def answer(host, port):
        return ["1.1.1.1", "10.0.0.1"]

    monkeypatch.setattr("dsar.outbound.http.resolve", answer)
    async with guarded_client() as client:
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get("https://example.com/")


async def test_the_next_address_is_tried_when_the_first_does_not_answer(monkeypatch):
    async with serving() as server:

        async def answer(host, port):
            return ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first

        monkeypatch.setattr("dsar.outbound.http.resolve", answer)
        async with guarded_client(allow_loopback=True) as client:
            assert (await client.get(f"http://localhost:{server.port}/")).status_code == 302


async def test_a_name_that_does_not_resolve_is_a_failed_connection_that_names_no_host():
    async with guarded_client() as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await client.get("https://anna-virtanen.invalid/")
    assert "virtanen" not in str(caught.value)


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    async with serving() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with guarded_client() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("https://127.0.0.1:1/")
    assert proxy.asked == []


async def test_unix_sockets_are_never_reached():
    import httpcore

    from dsar.outbound.http import GuardedBackend

    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(allow_loopback=True).connect_unix_socket("/run/any.sock")


async def test_each_address_of_a_name_is_named_once(monkeypatch):
    async def found(*args, **options):
        return [(socket.AF_INET, 1, 6, "", ("1.1.1.1", 1)), (socket.AF_INET, 2, 17, "", ("1.1.1.1", 1))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    assert await resolve("example.com", 443) == ["1.1.1.1"]
