"""Servers that mean no good, names that change, and certificates of a test's own making."""

import asyncio
import contextlib
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """Answers each connection by a function of reader and writer, and counts who comes."""

    def __init__(self, play):
        self._play = play
        self.reached = 0

    async def __call__(self, reader, writer):
        self.reached += 1
        try:
            await self._play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has had enough
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
def serving():
    """A server on this machine: `play(reader, writer)` may send what it likes."""

    @asynccontextmanager
    async def serve(play, host="127.0.0.1", port=0, tls=None):
        server = Server(play)
        listening = await asyncio.start_server(server, host, port, ssl=tls)
        server.port = listening.sockets[0].getsockname()[1]
        server.url = f"{'https' if tls else 'http'}://{host}:{server.port}/"
        try:
            yield server
        finally:
            listening.close()

    return serve


async def one_request(reader):
    """A whole request: its head, and its body read."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"content-length: " in head.lower():
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    return head


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


class Authority:
    """Makes certificates that nobody knows but who is told."""

    def __init__(self, folder):
        self._folder = folder
        self._key, self._certificate = self._made("Test authority", None, ca=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def _made(self, name, issuer, *, ca=False, days=1, began=-1):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issued_by, signer = (self._certificate.subject, self._key) if issuer else (subject, key)
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issued_by)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=began))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            try:
                alternative = x509.IPAddress(ip_address(name))
            except ValueError:
                alternative = x509.DNSName(name)
            built = built.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        return key, built.sign(signer, hashes.SHA256())

    def server(self, name, *, self_signed=False, **times):
        """A server's side, with a certificate for the name."""
        key, certificate = self._made(name, None if self_signed else self, **times)
        file = self._folder / f"{certificate.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def known_authority(authority, monkeypatch):
    """The authority, known to the client as one of the operator's own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority
