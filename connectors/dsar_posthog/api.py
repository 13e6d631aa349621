"""The calls to one project: addresses, the key, errors, and answers decoded into types."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import msgspec

from dsar.contract import Refused, Unreachable
from dsar_posthog import fault
from dsar_posthog.settings import PostHogSettings
from dsar_posthog.wire import Rows

Answer = TypeVar("Answer")
Row = TypeVar("Row")


class QuietURL(httpx.URL):
    """An address that prints without its query: httpx logs each at INFO, and ours hold an e-mail address."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode('ascii')}{self.path}"


class Api:
    """One project behind one client."""

    def __init__(self, settings: PostHogSettings, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self._http = http
        self._base = httpx.URL(f"{settings.host}/api/projects/{settings.project_id}/")

    async def get(self, tail: str, params: dict[str, str | int], into: type[Answer]) -> Answer:
        """Read `tail` of the project."""
        return await self._call("GET", tail, self._base.join(tail).copy_with(params=params), None, into)

    async def follow(self, tail: str, link: str, into: type[Answer]) -> Answer:
        """Read the further page of `tail` that the vendor links to; the key is sent to no other place."""
        return await self._call("GET", tail, self._own(tail, link), None, into)

    async def post(self, tail: str, body: dict[str, Any], into: type[Answer]) -> Answer:
        return await self._call("POST", tail, self._base.join(tail), body, into)

    async def query(self, hogql: str, row: type[Row]) -> list[Row]:
        """The rows of one query, computed now: a cached answer would show what was there before."""
        body = {"query": {"kind": "HogQLQuery", "query": hogql}, "refresh": "force_blocking"}
        return (await self.post("query/", body, Rows[row])).results  # type: ignore[valid-type]

    def _own(self, tail: str, link: str) -> httpx.URL:
        home = self._base.join(tail)
        try:
            url = home.join(link)
        except httpx.InvalidURL as error:
            raise Unreachable(f"PostHog {tail}: the link to the next page is broken") from error
        if (url.scheme, url.netloc, url.path) != (home.scheme, home.netloc, home.path) or url.userinfo:
            raise Refused(f"PostHog {tail}: the next page lies outside the configured host; check host")
        return url

    async def _call(
        self, method: str, tail: str, url: httpx.URL, body: dict[str, Any] | None, into: type[Answer]
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.settings.api_key}", "Accept": "application/json"}
        request = self._http.build_request(method, url, headers=headers, json=body)
        request.url = QuietURL(request.url)
        try:
            response = await self._http.send(request, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unreachable(f"PostHog {tail}: no complete answer ({type(error).__name__})") from error
        fault.raise_for(response, tail, datetime.now(UTC))
        return _decoded(response.content, tail, into)


def _decoded(content: bytes, tail: str, into: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(content, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Not chained: a decoder's words may quote the answer.
        raise Unreachable(f"PostHog {tail}: the answer is broken ({type(error).__name__})") from None
