"""The calls to one store: addressed, signed, sent by the client that was handed in, and their errors told apart."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import httpx

from dsar.contract import Refused, Unreachable
from dsar_s3 import address, fault, markup
from dsar_s3.settings import S3Settings
from dsar_s3.signing import Sign

ERROR_BYTES_MAX = 65_536


class Api:
    """One store behind one client. `call` names the right that a request needs, as a policy writes it."""

    def __init__(self, settings: S3Settings, http: httpx.AsyncClient, sign: Sign) -> None:
        self.settings = settings
        self._http = http
        self._sign = sign

    async def send(
        self,
        method: str,
        bucket: str,
        key: str | None = None,
        *,
        call: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> httpx.Response:
        """One request whose answer is read at once."""
        request = self._request(method, bucket, key, query or {}, headers or {}, body)
        try:
            response = await self._http.send(request, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unreachable(f"S3 {call}: no complete answer ({type(error).__name__})") from error
        if not response.is_success:
            raise self._error(response, response.content, method, call)
        return response

    async def ask(
        self, bucket: str, key: str | None, query: Mapping[str, str], root: str, *, call: str
    ) -> Element:
        """One question whose answer is XML."""
        response = await self.send("GET", bucket, key, call=call, query=query)
        return markup.read(response.content, root, call)

    @asynccontextmanager
    async def stream(
        self, bucket: str, key: str, *, call: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """An object whose bytes are taken as they come; only opening it is guarded here."""
        request = self._request("GET", bucket, key, query, headers, b"")
        try:
            response = await self._http.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unreachable(f"S3 {call}: no complete answer ({type(error).__name__})") from error
        try:
            if not response.is_success:
                raise self._error(response, await _beginning(response, call), "GET", call)
            yield response
        finally:
            await response.aclose()

    def _request(
        self,
        method: str,
        bucket: str,
        key: str | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> httpx.Request:
        url = address.url(self.settings.origin, self.settings.addressing, bucket, key, query)
        # What is stored packed is handed over as it is stored. Not signed: a proxy may write it anew.
        signed = self._sign(method, url, headers, body, datetime.now(UTC)) | {"accept-encoding": "identity"}
        extensions = {"target": address.target(url)}
        request = self._http.build_request(method, url, headers=signed, content=body, extensions=extensions)
        request.url = address.QuietURL(request.url)
        return request

    def _error(self, response: httpx.Response, body: bytes, method: str, call: str) -> Exception:
        code = markup.code_of(body) if body else None
        now, bodiless = datetime.now(UTC), method == "HEAD"
        if response.has_redirect_location and code is None:
            return Refused(
                f"S3 {call}: {response.status_code}, a redirect, which is not followed; check region"
            )
        return fault.error(response.status_code, code, response.headers, call, now, bodiless=bodiless)


async def _beginning(response: httpx.Response, call: str) -> bytes:
    body = b""
    try:
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > ERROR_BYTES_MAX:
                break
    except httpx.HTTPError as error:
        raise Unreachable(f"S3 {call}: no complete answer ({type(error).__name__})") from error
    return body
