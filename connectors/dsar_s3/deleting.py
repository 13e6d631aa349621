"""Deleting for good: versions and delete markers by a thousand, uploads one by one, and each key's own answer read."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import md5
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from dsar_s3 import fault, markup
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.fault import Absent, Denied

DELETE = "s3:DeleteObjectVersion"
ABORT = "s3:AbortMultipartUpload"
AT_ONCE = 1_000

_NOT_THERE = {"NoSuchKey", "NoSuchVersion"}
# A parser would read these signs as others; below them are those that no XML may hold at all.
_REFERENCES = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
_LAST_CONTROL = "\x1f"
_NO_SIGNS = frozenset("\ufffe\uffff")


async def delete(api: Api, entries: Sequence[Entry]) -> list[Entry]:
    """Delete what may be deleted; those that the store forbade one by one, each perhaps with its reason."""
    forbidden: list[Entry] = []
    for entry in entries:
        if entry.sort is Sort.UPLOAD:
            await _abort(api, entry)
    objects = [entry for entry in entries if entry.sort in {Sort.VERSION, Sort.MARKER}]
    spelt = [entry for entry in objects if _is_spelt(entry.key)]
    for bucket in sorted({entry.bucket for entry in spelt}):
        mine = [entry for entry in spelt if entry.bucket == bucket]
        for start in range(0, len(mine), AT_ONCE):
            forbidden += await _many(api, bucket, mine[start : start + AT_ONCE])
    for entry in objects:
        if not _is_spelt(entry.key) and not await _one(api, entry):
            forbidden.append(entry)
    return forbidden


async def _abort(api: Api, entry: Entry) -> None:
    try:
        await api.send("DELETE", entry.bucket, entry.key, call=ABORT, query={"uploadId": entry.version})
    except Absent:
        return  # completed or aborted meanwhile: the search afterwards shows which


async def _many(api: Api, bucket: str, entries: Sequence[Entry]) -> list[Entry]:
    body = _request(api, entries)
    # S3 asks for a checksum of what is to be deleted; MD5 is the one that every store knows.
    checksum = b64encode(md5(body, usedforsecurity=False).digest()).decode()
    headers = {"content-md5": checksum, "content-type": "application/xml"}
    answer = await api.send("POST", bucket, call=DELETE, query={"delete": ""}, headers=headers, body=body)
    result = markup.read(answer.content, "DeleteResult", DELETE)
    forbidden: list[Entry] = []
    for failed in markup.each(result, "Error"):
        forbidden += _forbidden(failed, entries)
    return forbidden


async def _one(api: Api, entry: Entry) -> bool:
    """A key that no XML can hold; whether it was allowed."""
    try:
        await api.send("DELETE", entry.bucket, entry.key, call=DELETE, query=_named(api, entry))
    except Absent:
        return True
    except Denied:
        return False
    return True


def _request(api: Api, entries: Sequence[Entry]) -> bytes:
    objects = "".join(
        f"<Object><Key>{escape(entry.key, _REFERENCES)}</Key>{_version(api, entry)}</Object>"
        for entry in entries
    )
    opening = '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    return f"{opening}<Quiet>true</Quiet>{objects}</Delete>".encode()


def _version(api: Api, entry: Entry) -> str:
    return "".join(f"<VersionId>{escape(version)}</VersionId>" for version in _named(api, entry).values())


def _named(api: Api, entry: Entry) -> dict[str, str]:
    """`null` is said too: where versions are kept, the key alone would put a marker above what stays."""
    return {"versionId": entry.version} if api.settings.versions else {}


def _forbidden(failed: Element, entries: Sequence[Entry]) -> list[Entry]:
    """Whom an error is about. Some stores name the key alone."""
    code, key, version = (markup.text(failed, name) for name in ("Code", "Key", "VersionId"))
    if code in _NOT_THERE:
        return []
    error = fault.error(403, code, {}, DELETE, datetime.now(UTC), bodiless=False)
    if not isinstance(error, Denied):
        raise error
    return [entry for entry in entries if entry.key == key and version in {"", entry.version}]


def _is_spelt(key: str) -> bool:
    return all(sign in _REFERENCES or sign > _LAST_CONTROL for sign in key) and _NO_SIGNS.isdisjoint(key)
