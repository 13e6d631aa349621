"""Bytes of objects, as they come; a connection that breaks is taken up where it broke, at the same object."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import httpx
from msgspec import Struct

from dsar.contract import Refused, Unreachable
from dsar_s3.api import Api
from dsar_s3.fault import Overtaken
from dsar_s3.heads import READ
from dsar_s3.markup import Garbage

PIECE_BYTES = 131_072
RESUMED_MAX = 5  # in a row without a single byte


class Object(Struct, frozen=True):
    """One version of an object: `query` names it, `etag` holds it fast."""

    bucket: str
    key: str
    query: Mapping[str, str]
    etag: str
    size: int


def current(api: Api, bucket: str, key: str) -> AsyncGenerator[bytes]:
    """The bytes of the newest version, which is held fast by what the first answer says of it."""
    return whole(api, Object(bucket, key, {}, "", -1))


async def whole(api: Api, wanted: Object) -> AsyncGenerator[bytes]:
    """All bytes, neither more nor fewer than the store says that there are."""
    at, etag, size, failures = 0, wanted.etag, wanted.size, 0
    while True:
        began = at
        headers = {**({"If-Match": etag} if etag else {}), **({"Range": f"bytes={at}-"} if at else {})}
        try:
            async with api.stream(
                wanted.bucket, wanted.key, call=READ, query=wanted.query, headers=headers
            ) as got:
                etag, size = _checked(got, at, etag, size)
                async for piece in got.aiter_raw(PIECE_BYTES):
                    at += len(piece)
                    yield piece
        except Overtaken:
            raise Refused(
                f"S3 {READ}: the object was overwritten while it was read; export it again"
            ) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            failures = 0 if at > began else failures + 1
            if failures >= RESUMED_MAX or not etag:
                raise Unreachable(f"S3 {READ}: the answer broke off ({type(error).__name__})") from error
            continue
        if at != size:
            raise Garbage(f"S3 {READ}: another number of bytes than the store said; it is tried again")
        return


async def fetched(api: Api, bucket: str, key: str, bytes_max: int) -> tuple[bytes, httpx.Headers]:
    """A small object whole, with what its answer said of it."""
    pieces: list[bytes] = []
    left = bytes_max
    try:
        async with api.stream(bucket, key, call=READ, query={}, headers={}) as got:
            _, size = _checked(got, 0, "", -1)
            async for piece in got.aiter_raw(PIECE_BYTES):
                pieces.append(piece)
                left -= len(piece)
                if left < 0:
                    raise Refused("s3: the index is too large to be written anew; take the rows out by hand")
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise Unreachable(f"S3 {READ}: the answer broke off ({type(error).__name__})") from error
    body = b"".join(pieces)
    if len(body) != size:
        raise Garbage(f"S3 {READ}: another number of bytes than the store said; it is tried again")
    return body, got.headers


async def at_once(body: bytes) -> AsyncIterator[bytes]:
    """Bytes that are here already, as a stream."""
    yield body


def _checked(got: httpx.Response, at: int, etag: str, size: int) -> tuple[str, int]:
    """The tag and the whole size, as the answer says them: it has to go on where the last one ended."""
    broken = Garbage(f"S3 {READ}: the answer is broken; it is tried again")
    length = got.headers.get("content-length", "")
    if not got.headers.get("etag") or not length.isdecimal():
        raise broken
    begins = f"bytes {at}-"
    if at and not (got.status_code == 206 and got.headers.get("content-range", "").startswith(begins)):
        raise broken
    told = at + int(length)
    if (etag and got.headers["etag"].strip('"') != etag.strip('"')) or (size >= 0 and told != size):
        raise broken
    return got.headers["etag"], told
