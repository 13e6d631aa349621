"""A controller's program that speaks OpenDSR: it sends what the specification's text has it send."""

import base64
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from .world import KNOWN, Controller, World

V2 = "/opendsr/v2"
V1 = "/opendsr/v1"
DOMAIN = "127.0.0.1"
PATH = {V2: f"{V2}/requests", V1: f"{V1}/opengdpr_requests"}
PREFIX = {V2: "x-opendsr", V1: "x-opengdpr"}
JSON = {"content-type": "application/json"}


def identity(value: str = KNOWN, kind: str = "email", form: str = "raw") -> dict[str, str]:
    return {"identity_type": kind, "identity_value": value, "identity_format": form}


def request(**changed: Any) -> dict[str, Any]:
    """A request as section 7 of the specification writes one; `...` leaves a field out."""
    fields = {
        "regulation": "gdpr",
        "subject_request_id": str(uuid4()),
        "subject_request_type": "access",
        "submitted_time": "2026-03-01T15:00:00Z",
        "subject_identities": [identity()],
        "api_version": "2.0",
        "status_callback_urls": [],
        "extensions": {"example-other-processor.com": {"foo-other-processor-custom-id": 654321}},
    } | changed
    return {name: value for name, value in fields.items() if value is not ...}


class Program:
    """One controller's program; every answer that it gets is held against its signature."""

    def __init__(self, world: World, controller: Controller) -> None:
        self.world = world
        self.client = controller.client
        self.id = str(controller.id)
        self.scheme = "pkcs1v15"
        self.domain = DOMAIN

    async def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((await self.client.get("/opendsr/certificate.pem")).content)

    async def ask(self, face: str = V2, **changed: Any) -> httpx.Response:
        return await self.send(msgspec.json.encode(request(**changed)), face)

    async def send(self, body: bytes, face: str = V2, **headers: str) -> httpx.Response:
        return await self.signed(
            await self.client.post(PATH[face], content=body, headers=JSON | headers), face
        )

    async def status(self, asked_id: str, face: str = V2) -> httpx.Response:
        return await self.signed(await self.client.get(f"{PATH[face]}/{asked_id}"), face)

    async def cancel(self, asked_id: str, face: str = V2) -> httpx.Response:
        return await self.signed(await self.client.delete(f"{PATH[face]}/{asked_id}"), face)

    async def signed(self, answer: httpx.Response, face: str = V2) -> httpx.Response:
        """The answer, once its signature was found to be the certificate's over the body's very bytes."""
        assert answer.headers[f"{PREFIX[face]}-processor-domain"] == self.domain
        verify(
            await self.certificate(), answer.headers[f"{PREFIX[face]}-signature"], answer.content, self.scheme
        )
        return answer


def verify(certificate: x509.Certificate, signature: str, body: bytes, scheme: str = "pkcs1v15") -> None:
    """Raises InvalidSignature."""
    assert "\n" not in signature
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    how: padding.AsymmetricPadding = (
        padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        if scheme == "pss"
        else padding.PKCS1v15()
    )
    key.verify(base64.b64decode(signature, validate=True), body, how, SHA256())


def error_of(answer: httpx.Response, code: int, *reasons: str) -> dict[str, Any]:
    """The protocol's error, with each field that it names."""
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert error["code"] == code
    assert error["message"]
    assert all(one["domain"] and one["reason"] and one["message"] for one in error["errors"])
    assert {one["reason"] for one in error["errors"]} >= set(reasons), error
    return error
