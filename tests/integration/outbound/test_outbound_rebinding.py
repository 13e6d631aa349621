"""Names that change their answer, and certificates that are not the host's: over real TLS on this machine."""

import ssl

import httpx
import pytest
from hostile_servers import OK, one_request

from dsar.outbound import guarded_client
from dsar.outbound.http import tls

HOST = "hooks.example.com"


async def kept_alive(reader, writer):
    while True:
        await one_request(reader)
        writer.write(OK)
        await writer.drain()


async def test_a_name_that_changes_its_answer_is_reached_where_it_was_checked(
    serving, names, known_authority
):
    certificate = known_authority.server(HOST)
    names[HOST] = [["127.0.0.1"], ["127.0.0.2"]]
    async with (
        serving(kept_alive, tls=certificate) as first,
        serving(kept_alive, host="127.0.0.2", port=first.port, tls=certificate) as second,
    ):
        async with guarded_client(allow_loopback=True) as client:
            assert (await client.get(f"https://{HOST}:{first.port}/")).text == "ok"
            assert (first.reached, second.reached, names["asked"]) == (1, 0, [HOST])
            # The connection that stands is to the address that was checked: the name is not asked again.
            assert (await client.get(f"https://{HOST}:{first.port}/")).text == "ok"
            assert (first.reached, second.reached, names["asked"]) == (1, 0, [HOST])
        async with guarded_client(allow_loopback=True) as client:
            assert (await client.get(f"https://{HOST}:{first.port}/")).text == "ok"
            assert (first.reached, second.reached, names["asked"]) == (1, 1, [HOST, HOST])


@pytest.mark.parametrize("inside", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"])
async def test_a_name_that_leads_inside_the_second_time_is_refused_the_second_time(
    serving, names, known_authority, inside
):
    names[HOST] = [["127.0.0.1"], [inside]]

    async def once(reader, writer):
        await one_request(reader)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        await writer.drain()

    certificate = known_authority.server(HOST)
    async with serving(once, tls=certificate) as server, guarded_client(allow_loopback=True) as client:
        assert (await client.get(f"https://{HOST}:{server.port}/")).text == "ok"
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get(f"https://{HOST}:{server.port}/")


async def test_a_name_that_leads_to_this_machine_is_refused_where_that_is_not_allowed(
    serving, names, known_authority
):
    names[HOST] = [["127.0.0.1"]]
    async with serving(kept_alive, tls=known_authority.server(HOST)) as server, guarded_client() as client:
        with pytest.raises(httpx.ConnectError, match="not public"):
            await client.get(f"https://{HOST}:{server.port}/")
    assert server.reached == 0


async def test_the_host_is_named_to_the_server_and_verified_by_its_name_though_the_address_is_pinned(
    serving, names, known_authority
):
    named, heads = [], []
    certificate = known_authority.server(HOST)
    certificate.sni_callback = lambda _, name, __: named.append(name)

    async def noting(reader, writer):
        heads.append(await one_request(reader))
        writer.write(OK)
        await writer.drain()

    names[HOST] = [["127.0.0.1"]]
    async with serving(noting, tls=certificate) as server, guarded_client(allow_loopback=True) as client:
        await client.get(f"https://{HOST}:{server.port}/")
    assert named == [HOST]
    assert f"\r\nhost: {HOST}:{server.port}\r\n".encode() in heads[0].lower()


async def test_a_certificate_that_nobody_vouches_for_is_refused(serving, authority):
    certificate = authority.server("127.0.0.1", self_signed=True)
    async with serving(kept_alive, tls=certificate) as server, guarded_client(allow_loopback=True) as client:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(server.url)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param({"name": "other.example.com"}, id="of another host"),
        pytest.param({"name": HOST, "began": -9, "days": -2}, id="whose time is over"),
        pytest.param({"name": HOST, "began": 1, "days": 2}, id="whose time has not come"),
        pytest.param({"name": HOST, "self_signed": True}, id="that vouches for itself"),
    ],
)
async def test_a_certificate_that_is_not_good_for_the_host_is_refused(serving, names, known_authority, made):
    names[HOST] = [["127.0.0.1"]]
    certificate = known_authority.server(**made)
    async with serving(kept_alive, tls=certificate) as server, guarded_client(allow_loopback=True) as client:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(f"https://{HOST}:{server.port}/")


def test_nothing_older_than_tls_1_2_is_spoken_and_names_and_certificates_are_verified():
    context = tls()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
