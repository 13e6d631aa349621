"""Who sets an address learns at once when nothing would be sent to it, and what to do."""

import socket
import threading

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.errors import InvalidInput
from dsar.outbound import check_url, guarded_client, reach
from dsar.outbound.http import AddressRefused
from dsar.outbound.reach import Reach, listed
from dsar.settings import SettingsError


@pytest.fixture
def names(monkeypatch):
    """The names there are; numbers in all their spellings are left to the system's own reader."""
    known = {"hooks.example.com": ["1.1.1.1"], "xn--bcher-kva.example": ["1.1.1.1"]}
    real = socket.getaddrinfo

    def found(host, port, *args, **options):
        if host in known:
            return [(socket.AF_INET, 1, 6, "", (address, port)) for address in known[host]]
        return real(host, port, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return known


async def problem(url, **options):
    with pytest.raises(InvalidInput) as caught:
        await check_url(url, **{"allow_loopback": False, **options})
    (error,) = caught.value.errors
    assert error.field == options.get("field", "url")
    assert error.remedy
    for text in (error.problem, error.remedy):
        assert "example.com" not in text
        assert "127" not in text
    return error.problem


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com/a?b=c#d",
        "https://HOOKS.example.com./",
        "https://hooks.example.com:443/",
        "https://hooks.example.com:8443/",
        "https://bücher.example/",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
    ],
)
async def test_a_public_https_address_may_be_set(names, url):
    await check_url(url, allow_loopback=False)


INSIDE = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "169.254.169.254",
    "2852039166",  # 169.254.169.254
    "0xa9fea9fe",
    "100.64.0.1",
    "10.0.0.1",
    "224.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", INSIDE)
async def test_no_spelling_of_an_address_inside_may_be_set(names, host):
    assert await problem(f"https://{host}/") in {
        "does not lead to a public address.",
        "is no address.",  # what the reader of addresses does not take at all
    }


async def test_a_name_that_leads_inside_and_one_that_is_unknown_are_told_the_same(names):
    """Nobody learns by asking which names there are inside."""
    names["wiki.corp.example"] = ["10.1.2.3"]
    inside = await problem("https://wiki.corp.example/")
    assert inside == await problem("https://no-such-name.corp.example/")


async def test_a_name_with_a_public_and_a_private_address_is_refused(names):
    names["both.example"] = ["1.1.1.1", "192.168.0.1"]
    assert await problem("https://both.example/") == "does not lead to a public address."
    names["none.example"] = []
    assert await problem("https://none.example/") == "does not lead to a public address."


async def test_a_name_whose_servers_are_slow_is_no_verdict_on_the_address(monkeypatch):
    """Nor does it keep whoever sets one waiting."""
    answered = threading.Event()

    def slow(host, port, **options):
        answered.wait(30)
        return [(socket.AF_INET, 1, 6, "", ("1.1.1.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(reach, "LOOK_UP_SECONDS", 0.05)
    try:
        assert await problem("https://hooks.example.com/") == "could not be looked up in time."
    finally:
        answered.set()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://hooks.example.com/", "is not https."),
        ("ftp://hooks.example.com/", "is not https."),
        ("file:///etc/passwd", "is no address."),
        ("gopher://127.0.0.1:6379/_x", "is not https."),
        ("hooks.example.com/hook", "is no address."),
        ("//hooks.example.com/", "is not https."),
        ("https://", "is no address."),
        ("https:///hook", "is no address."),
        ("", "is no address."),
        ("https://hooks.example.com@127.0.0.1/", "holds a name or a password."),
        ("https://user:password@hooks.example.com/", "holds a name or a password."),
        ("https://@hooks.example.com/", "holds a name or a password."),
        ("https://hooks.example.com\\@127.0.0.1/", "is no address."),
        ("https:\\\\127.0.0.1\\", "is no address."),
        ("https://hooks.example.com /", "is no address."),
        ("https://hooks.example.com/\r\nx-header: 1", "is no address."),
        ("https://hooks.example.com/\x00", "is no address."),
        ("https://[::1/", "is no address."),
        ("https://hooks.example.com:99999/", "names a port that is not reached."),
        ("https://hooks.example.com:0/", "names a port that is not reached."),
        ("https://hooks.example.com:25/", "names a port that is not reached."),
        ("https://hooks.example.com:80/", "names a port that is not reached."),
        ("https://hooks.example.com/" + "a" * 2048, "is too long."),
        ("https://\uff11\uff12\uff17.0.0.1/", "is no address."),
        ("https://\u2460\u2461\u2466.0.0.1/", "is no address."),
        ("https://127\u30020\u30020\u30021/", "does not lead to a public address."),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_with_its_remedy(names, url, told):
    assert await problem(url, field="callback_urls") == told


@given(st.text(max_size=60))
async def test_no_text_at_all_is_a_fault(text):
    for url in (text, f"https://{text}", f"https://hooks.example.com{text}"):
        try:
            reached = Reach().refusal(httpx.URL(url)) is None
        except (httpx.InvalidURL, ValueError):
            reached = False
        if not reached:
            with pytest.raises(InvalidInput):
                await check_url(url, allow_loopback=False)


# This machine, in the embedded mode


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80/",
        "http://localhost:9000/",
        "https://127.0.0.1:1/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/",
    ],
)
async def test_this_machine_may_be_set_where_that_was_allowed_and_not_elsewhere(url):
    await check_url(url, allow_loopback=True)
    await problem(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://hooks.example.com/", "is not https."),
        ("http://10.0.0.1/", "is not https."),
        ("https://10.0.0.1/", "does not lead to a public address."),
        ("http://0.0.0.0/", "is not https."),
        ("http://2130706433/", "is not https."),
        ("ftp://127.0.0.1/", "is not https."),
    ],
)
async def test_allowing_this_machine_opens_nothing_else(names, url, told):
    assert await problem(url, allow_loopback=True) == told


# The operator's list


async def test_with_a_list_only_its_hosts_may_be_set(names):
    names |= {
        "a.partner.example": ["1.1.1.1"],
        "partner.example": ["1.1.1.1"],
        "notpartner.example": ["1.1.1.1"],
    }
    allow = " hooks.example.com. , *.Partner.example,"
    for host in ("hooks.example.com", "HOOKS.example.com.", "a.partner.example"):
        await check_url(f"https://{host}/", allow_loopback=False, allow=allow)
    for host in ("partner.example", "notpartner.example", "1.1.1.1", "hooks.example.com.evil.example"):
        told = await problem(f"https://{host}/", allow=allow)
        assert told == "is at a host that nothing is sent to from here."


async def test_a_host_on_the_list_is_checked_as_any_other(names):
    names["hooks.example.com"] = ["10.0.0.1"]
    told = await problem("https://hooks.example.com/", allow="hooks.example.com")
    assert told == "does not lead to a public address."


async def test_the_client_refuses_what_is_not_on_the_list_before_a_name_is_looked_up(monkeypatch):
    monkeypatch.delattr(socket, "getaddrinfo")
    async with guarded_client(allow="hooks.example.com") as client:
        with pytest.raises(AddressRefused) as caught:
            await client.get("https://virtanen.example/")
    assert "virtanen" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["https://example.com", "a b", "*", "*.", "exa_mple.com", "*.*.com", "bücher.de"]
)
def test_a_list_that_cannot_be_read_names_the_setting(text):
    with pytest.raises(SettingsError, match=r"DSAR_OUTBOUND_ALLOW: .*\*\.suffix"):
        listed(text)


def test_an_empty_list_is_none():
    assert listed("") == listed(" , ") == ()
