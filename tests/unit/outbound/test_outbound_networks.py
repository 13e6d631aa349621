"""The operator's own networks, opened to its systems: those that are named, and never what lies beside them."""

import ipaddress

import httpcore
import pytest

from dsar.outbound import network
from dsar.outbound.addresses import allowed
from dsar.outbound.network import GuardedBackend
from dsar.outbound.reach import inner
from dsar.settings import SettingsError

OURS = inner("10.1.0.0/16, fd12:3456::/32")


@pytest.mark.parametrize(
    "address", ["10.1.0.7", "10.1.255.255", "fd12:3456::1", "::ffff:10.1.0.7", "93.184.215.14"]
)
def test_an_address_in_a_named_network_is_reached(address):
    assert allowed(address, allow_loopback=False, networks=OURS)


@pytest.mark.parametrize(
    "address",
    [
        "10.2.0.1",
        "192.168.0.1",
        "fd12:3457::1",
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "64:ff9b::a01:7",
    ],
)
def test_what_lies_beside_it_is_not(address):
    assert not allowed(address, allow_loopback=False, networks=OURS)


@pytest.mark.parametrize("address", ["10.1.0.7", "fd12:3456::1"])
def test_without_the_setting_no_private_address_is_reached(address):
    assert not allowed(address, allow_loopback=True)


@pytest.mark.parametrize(
    "text",
    [
        "10.1.0.0/99",
        "intern",
        "10.1.0.7/16",
        "169.254.0.0/16",
        "169.254.169.254/32",
        "fe80::/10",
        "127.0.0.0/8",
        "0.0.0.0/0",
        "::/0",
        "8.8.8.0/24",
        "10.0.0.0/7",
    ],
)
def test_a_network_that_is_not_private_is_refused_with_its_name(text):
    with pytest.raises(SettingsError, match="DSAR_SYSTEM_NETWORKS"):
        inner(text)


def test_an_empty_setting_opens_nothing():
    assert inner(" , ") == ()


class Dialled:
    def __init__(self):
        self.addresses = []

    async def connect_tcp(self, host, port, *_options):
        self.addresses.append((host, port))
        return object()


async def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    async def resolve(_host, _port):
        return ["10.1.0.7"]

    monkeypatch.setattr(network, "resolve", resolve)
    backend = GuardedBackend(allow_loopback=False, networks=OURS)
    backend._inner = dialled = Dialled()
    await backend.connect_tcp("crm.internal.example", 443)
    assert dialled.addresses == [("10.1.0.7", 443)]


async def test_a_name_with_one_address_outside_leads_nowhere(monkeypatch):
    async def resolve(_host, _port):
        return ["10.1.0.7", "10.2.0.7"]

    monkeypatch.setattr(network, "resolve", resolve)
    backend = GuardedBackend(allow_loopback=False, networks=(ipaddress.ip_network("10.1.0.0/16"),))
    with pytest.raises(httpcore.ConnectError, match="not public"):
        await backend.connect_tcp("crm.internal.example", 443)
