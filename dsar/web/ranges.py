"""Range requests on what does not change, RFC 9110 14: one range is served, so that a broken download goes on."""

import re
from collections.abc import AsyncIterator, Mapping

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Stream

from dsar.delivery.downloading import Archive, Part
from dsar.delivery.streaming import TooManyAtOnce
from dsar.store.deliveries import BundleRow

WAIT_SECONDS = 60

# More than one range, and what cannot be read, is as if it had not been asked for.
_ONE = re.compile(r"bytes=\s*(?P<first>\d{0,40})-(?P<last>\d{0,40})\s*", re.IGNORECASE | re.ASCII)


def etag(found: BundleRow) -> str:
    """The archive's own hash: the same name is the same bytes."""
    return f'"{found.sha256.hex()}"'


def wanted(headers: Mapping[str, str], found: BundleRow) -> Part | None:
    """The part that is asked for, None for the whole; 416 where the whole has ended before."""
    condition = headers.get("if-range")
    one = _ONE.fullmatch(headers.get("range", ""))
    if one is None or (condition is not None and condition.strip() != etag(found)):
        return None
    first, last, size = one["first"], one["last"], found.bytes
    if not (first or last) or (first and last and int(first) > int(last)):
        return None
    # Without a first byte, the last says how many are wanted from the end.
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        raise _out_of_bounds(found)
    return Part(start, stop)


def _out_of_bounds(found: BundleRow) -> HTTPException:
    headers = {**headers_of(found, None), "content-range": f"bytes */{found.bytes}"}
    return HTTPException("the range begins after the end", status_code=416, headers=headers)


def headers_of(found: BundleRow, part: Part | None) -> dict[str, str]:
    """What says which bytes come."""
    said = {"accept-ranges": "bytes", "etag": etag(found)}
    if part is not None:
        said["content-range"] = f"bytes {part.start}-{part.stop - 1}/{found.bytes}"
        said["content-length"] = str(part.stop - part.start)
    return said


def served(stream: AsyncIterator[bytes], archive: Archive, part: Part | None) -> Stream:
    """The archive, 200, or a part of it, 206."""
    status = 200 if part is None else 206
    return Stream(stream, media_type="application/zip", headers=_named(archive, part), status_code=status)


def described(archive: Archive) -> Response[None]:
    """What a HEAD says: how large the archive is and which one; nothing is downloaded."""
    return Response(None, headers=_named(archive, None) | {"content-type": "application/zip"})


def _named(archive: Archive, part: Part | None) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{archive.name}"',
        "content-length": str(archive.row.bytes),
        **headers_of(archive.row, part),
    }


def too_many(error: TooManyAtOnce) -> HTTPException:
    """As many downloads run as may."""
    said = HTTPException(
        "too many downloads run at once", status_code=429, headers={"retry-after": str(WAIT_SECONDS)}
    )
    said.__cause__ = error
    return said
