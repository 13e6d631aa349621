"""Only public addresses are reached, in whatever form they are written."""

import asyncio
import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.outbound import addresses
from dsar.outbound.addresses import allowed, is_loopback, resolve

REFUSED = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT; also a cloud's metadata
    "100.100.100.200",
    "169.254.169.254",  # metadata
    "169.254.0.1",
    "168.63.129.16",  # metadata at a public number
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
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
    "fd20:ce::254",  # metadata
    "fec0::1",  # site-local
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",  # IPv4-mapped
    "::ffff:169.254.169.254",
    "::ffff:168.63.129.16",
    "::10.0.0.1",  # IPv4-compatible
    "::a9fe:a9fe",
    "::ffff:0:127.0.0.1",  # IPv4-translated
    "2002:a00:1::",  # 6to4 of 10.0.0.1
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
    "64:ff9b::169.254.169.254",
    "64:ff9b::168.63.129.16",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::a00:1",  # local NAT64
    "2001:0:a00:1::",  # Teredo
    "2001:1::1",  # anycast of a protocol's own
    "2001:20::1",
    "100::1",
    "5f00::1",
    "3fff::1",
]
LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1", "::1%lo", "::ffff:127.0.0.1"]
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
    assert not is_loopback(address)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_reached_only_where_that_was_allowed(address):
    assert not allowed(address, allow_loopback=False)
    assert allowed(address, allow_loopback=True)
    assert is_loopback(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address):
    assert allowed(address, allow_loopback=False)
    assert not is_loopback(address)


@given(st.ip_addresses(v=4))
def test_no_way_to_write_an_address_of_version_4_in_version_6_opens_what_it_closes(address):
    packed = int(address)
    forms = [
        ipaddress.IPv6Address((0xFFFF << 32) | packed),
        ipaddress.IPv6Address((0x0064_FF9B << 96) | packed),
        ipaddress.IPv6Address((0x2002 << 112) | (packed << 80) | 1),
        ipaddress.IPv6Address((0x2001_0000 << 96) | (packed ^ 0xFFFF_FFFF)),
        ipaddress.IPv6Address(packed),
    ]
    if not allowed(str(address), allow_loopback=False):
        assert not any(allowed(str(form), allow_loopback=False) for form in forms)


@given(st.ip_addresses())
def test_what_the_library_holds_for_private_is_never_reached(address):
    if not address.is_global and address not in addresses.NAT64:
        assert not allowed(str(address), allow_loopback=False)


# Looking up


async def test_each_address_of_a_name_is_named_once(monkeypatch):
    def found(*args, **options):
        return [(socket.AF_INET, 1, 6, "", ("1.1.1.1", 1)), (socket.AF_INET, 2, 17, "", ("1.1.1.1", 1))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert await resolve("example.com", 443) == ["1.1.1.1"]


async def test_an_address_is_its_own_answer_and_asks_nobody(monkeypatch):
    monkeypatch.delattr(socket, "getaddrinfo")
    for address in ("1.1.1.1", "::1", "fe80::1%eth0"):
        assert await resolve(address, 443) == [address]


@pytest.mark.parametrize("host", ["a..b", ".", "x" * 64 + ".com", "anna.invalid"])
async def test_a_name_that_cannot_be_looked_up_is_a_name_without_addresses(host):
    with pytest.raises(OSError, match=r"."):
        await resolve(host, 443)


async def test_all_who_ask_for_a_slow_name_at_once_wait_for_one_look_up_and_hold_one_thread(monkeypatch):
    answered, asked = threading.Event(), []

    def slow(host, port, **options):
        asked.append(host)
        if host == "slow.example":
            answered.wait(30)
        return [(socket.AF_INET, 1, 6, "", ("1.1.1.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    waiting = [asyncio.create_task(resolve("slow.example", 443)) for _ in range(addresses.LOOK_UPS_MAX * 3)]
    try:
        await asyncio.sleep(0)
        assert await resolve("quick.example", 443) == ["1.1.1.1"]
        # Who gives up waiting takes the answer from nobody else.
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert not any(one.done() for one in waiting[1:])
    finally:
        answered.set()
    assert await asyncio.gather(*waiting[1:]) == [["1.1.1.1"]] * (len(waiting) - 1)
    assert sorted(asked) == ["quick.example", "slow.example"]
    assert await resolve("slow.example", 443) == ["1.1.1.1"]
    assert asked.count("slow.example") == 2, "what was answered is not kept: a name may lead elsewhere later"
