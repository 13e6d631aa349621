"""Recordings that Asterisk itself keeps, over its REST interface (ARI)."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Meta, Struct

from dsar.contract import Refused, Throttled, Unauthorised, Unreachable
from dsar_asterisk.recording import MEDIA_TYPE, SIDES, Recording

_PREFIX = "ari:"
_GONE = "Recording not found"
Answer = TypeVar("Answer", "Stored", "Problem")
_WAIT = timedelta(minutes=1)
_FORMAT = r"^[A-Za-z0-9]{1,10}$"


class Stored(Struct, frozen=True):
    """What ARI says of one stored recording."""

    name: str
    format: Annotated[str, Meta(pattern=_FORMAT)]


class Problem(Struct, frozen=True):
    """ARI's words for what went wrong."""

    message: str = ""


class Ari(Struct, frozen=True):
    """The stored recordings of one server. Each is asked for by its name: the whole list is everybody's."""

    http: httpx.AsyncClient
    url: str
    user: str
    password: str
    name: str
    """How a recording is named, with `{uniqueid}` for the channel."""

    def __repr__(self) -> str:
        """Keep the password out of tracebacks and logs."""
        return "Ari(…)"

    async def probe(self) -> None:
        """Ask for a recording that nobody can have; 404 is the answer of a server that is well."""
        await self._stored("dsar-probe")

    async def found(self, uniqueids: Iterable[str]) -> list[Recording]:
        """The recordings of these channels: for each the mix, the caller's side, the other side."""
        named = [
            (uniqueid, side, self.name.format(uniqueid=uniqueid) + side)
            for uniqueid in uniqueids
            for side in SIDES
        ]
        stored = [(uniqueid, side, await self._stored(name)) for uniqueid, side, name in named]
        return [
            Recording(
                f"{_PREFIX}{one.name}",
                f"{one.name}.{one.format}",
                uniqueid,
                side,
                None,
                _media_type(one.format),
            )
            for uniqueid, side, one in stored
            if one is not None
        ]

    def name_of(self, recording_id: str) -> str:
        """The name under which Asterisk keeps it."""
        return recording_id.removeprefix(_PREFIX)

    async def pieces(self, recording_id: str) -> AsyncIterator[bytes]:
        """The bytes of a recording as they come."""
        path = self._path(self.name_of(recording_id))
        async with self._answer("GET", f"{path}/file") as answer:
            if await _is_gone(answer):
                raise Refused("ari_url: the recording is no longer there")
            try:
                async for piece in answer.aiter_bytes():
                    yield piece
            except httpx.HTTPError as error:
                raise _broken(error) from error

    async def erase(self, recording_ids: Iterable[str]) -> int:
        """Delete these; how many there were."""
        return sum([await self._delete(self.name_of(each)) for each in recording_ids])

    async def _stored(self, name: str) -> Stored | None:
        async with self._answer("GET", self._path(name)) as answer:
            if await _is_gone(answer):
                return None
            stored = await _decoded(answer, Stored)
        if stored.name != name:
            raise Refused("ari_url: it answered with another recording; check what stands before Asterisk")
        return stored

    async def _delete(self, name: str) -> bool:
        async with self._answer("DELETE", self._path(name)) as answer:
            return not await _is_gone(answer)

    def _path(self, name: str) -> str:
        return f"recordings/stored/{quote(name, safe='')}"

    @asynccontextmanager
    async def _answer(self, method: str, path: str) -> AsyncIterator[httpx.Response]:
        """The answer, whose body is not yet read; 404 is for the caller to judge."""
        request = self.http.build_request(method, f"{self.url.rstrip('/')}/{path}")
        auth = httpx.BasicAuth(self.user, self.password)
        try:
            answer = await self.http.send(request, auth=auth, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise _broken(error) from error
        try:
            _raise_for(answer)
            yield answer
        finally:
            await answer.aclose()


def is_ari(recording_id: str) -> bool:
    """Whether the id is of a recording that ARI keeps."""
    return recording_id.startswith(_PREFIX)


async def _is_gone(answer: httpx.Response) -> bool:
    """Whether ARI itself says that there is no such recording: any other 404 is a wrong address."""
    if answer.status_code != httpx.codes.NOT_FOUND:
        return False
    if (await _decoded(answer, Problem)).message != _GONE:
        raise Refused("ari_url: 404, and not ARI's; give the address up to and with /ari")
    return True


async def _decoded(answer: httpx.Response, into: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(await answer.aread(), type=into)
    except httpx.HTTPError as error:
        raise _broken(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Not chained: a decoder's words may quote the answer.
        raise Unreachable("ari_url: the answer is broken; check that it leads to ARI") from None


def _raise_for(answer: httpx.Response) -> None:
    status = answer.status_code
    if answer.is_success or status == httpx.codes.NOT_FOUND:
        return
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise Unauthorised(f"ari_url: {status}; check ari_user, ari_password, and that the user may write")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled("ari_url: 429", until=datetime.now(UTC) + _WAIT)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
        raise Unreachable(f"ari_url: {status}")
    raise Refused(f"ari_url: {status}; check the address, or look after the recording in Asterisk by hand")


def _broken(error: httpx.HTTPError) -> Unreachable:
    return Unreachable(f"ari_url: no complete answer ({type(error).__name__})")


def _media_type(form: str) -> str:
    """Of Asterisk's name of a format; what is no wav is told as it is."""
    return MEDIA_TYPE if form in {"wav", "wav16", "WAV"} else f"audio/x-{form}"
