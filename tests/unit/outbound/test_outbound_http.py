"""Only public addresses are reached, over https, once resolved; nothing is followed, nothing is kept."""

import asyncio
import socket
from contextlib import asynccontextmanager

import httpcore
import httpx
import pytest

from dsar.outbound import guarded_client
from dsar.outbound.http import AddressRefused
from dsar.outbound.network import GuardedBackend


@pytest.fixture
def names(monkeypatch):
    """Names as the test gives them: each look-up takes the next answer of the list, the last one stays."""
    known, asked = {}, []

    def found(host, port, *args, **options):
        asked.append(host)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in addresses]

    known["asked"] = asked
    monkeypatch.setattr(socket, "getaddrinfo", found)
    return known


class Counting:
    """A server on this machine that says whether anybody came, and redirects."""

    def __init__(self):
        self.reached = 0
        self.asked = []

    async def answer(self, reader, writer):
        self.reached += 1
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        self.head = head.lower()
        writer.write(
            b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nset-cookie: id=1; path=/\r\ncontent-length: 0\r\n"
            b"connection: close\r\n\r\n"
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
    "017700000001",
    "0x7f.1",
    "127.0.0.1.",
    "[::1]",
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
    assert server.reached == 0


async def test_plain_http_is_refused_before_a_name_is_resolved(names):
    for allow in (False, True):
        async with guarded_client(allow_loopback=allow) as client:
            with pytest.raises(AddressRefused, match="https"):
                await client.get("http://example.com/")
    assert names["asked"] == []


async def test_this_machine_answers_over_http_where_it_is_allowed():
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        for host in ("127.0.0.1", "localhost"):
            answer = await client.get(f"http://{host}:{server.port}/")
            assert answer.status_code == 302
    assert server.asked == ["/", "/"]


async def test_a_redirect_is_not_followed_though_a_caller_asks_for_it():
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        url = f"http://127.0.0.1:{server.port}/"
        assert (await client.get(url, follow_redirects=True)).status_code == 302
        client.follow_redirects = True
        async with client.stream("GET", url) as answer:
            assert answer.status_code == 302
    assert server.asked == ["/", "/"]


async def test_a_cookie_is_not_kept_for_the_next_call():
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        url = f"http://localhost:{server.port}/"
        assert "set-cookie" in (await client.get(url)).headers
        await client.get(url)
        assert not client.cookies.jar
    assert b"cookie:" not in server.head


async def test_a_name_is_resolved_once_and_the_very_address_that_was_checked_is_connected_to(names):
    """Whoever owns the name cannot answer the check with one address and the connection with another."""
    names["localhost"] = [["127.0.0.1"], ["10.0.0.1"]]
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        await client.get(f"http://localhost:{server.port}/")
        assert (server.asked, names["asked"]) == (["/"], ["localhost"])
        # The next connection asks again, and judges again.
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get(f"http://localhost:{server.port}/")
    assert server.reached == 1


async def test_plain_http_ends_on_this_machine_whatever_the_word_localhost_leads_to(names):
    names["localhost"] = [["1.1.1.1"]]
    async with guarded_client(allow_loopback=True) as client:
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get("http://localhost:9/")


async def test_one_private_address_among_public_ones_refuses_the_name(names):
    names["example.com"] = [["1.1.1.1", "10.0.0.1"]]
    async with guarded_client() as client:
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get("https://example.com/")


async def test_a_name_without_any_address_is_a_failed_connection(names):
    names["example.com"] = [[]]
    async with guarded_client() as client:
        with pytest.raises(httpx.ConnectError, match="resolve"):
            await client.get("https://example.com/")


async def test_the_next_address_is_tried_when_the_first_does_not_answer(names):
    names["localhost"] = [["127.0.0.2", "127.0.0.1"]]  # nobody listens on the first
    async with serving() as server, guarded_client(allow_loopback=True) as client:
        assert (await client.get(f"http://localhost:{server.port}/")).status_code == 302


@pytest.mark.parametrize("port", [0, 22, 25, 80, 1023, 70_000])
async def test_a_port_that_belongs_to_another_service_is_not_reached(names, port):
    async with guarded_client() as client:
        with pytest.raises(AddressRefused, match="port"):
            await client.get(f"https://example.com:{port}/")
    assert names["asked"] == []


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
    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(allow_loopback=True).connect_unix_socket("/run/any.sock")
