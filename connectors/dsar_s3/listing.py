"""Listings, page by page to their true end: versions with delete markers, uploads in progress, folders."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from dsar.contract import Unreachable
from dsar_s3 import markup
from dsar_s3.api import Api
from dsar_s3.entries import NULL, Entry, Sort

VERSIONS = "s3:ListBucketVersions"
OBJECTS = "s3:ListBucket"
UPLOADS = "s3:ListBucketMultipartUploads"
# A million pages hold a milliard of objects: whoever answers more goes in circles.
PAGES_MAX = 1_000_000

_OBJECTS = ("Version", "DeleteMarker", "Contents")
_NEXT = {
    VERSIONS: {"key-marker": "NextKeyMarker", "version-id-marker": "NextVersionIdMarker"},
    OBJECTS: {"continuation-token": "NextContinuationToken"},
    UPLOADS: {"key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker"},
}
_ROOT = {
    VERSIONS: "ListVersionsResult",
    OBJECTS: "ListBucketResult",
    UPLOADS: "ListMultipartUploadsResult",
}
_ASK = {VERSIONS: {"versions": ""}, OBJECTS: {"list-type": "2"}, UPLOADS: {"uploads": ""}}
_SIZE = {VERSIONS: "max-keys", OBJECTS: "max-keys", UPLOADS: "max-uploads"}
_IN_URL = {"key-marker"}  # these come escaped, as keys do


async def everything(api: Api, bucket: str, prefix: str, *, exactly: bool = False) -> AsyncIterator[Entry]:
    """All entries under a prefix, or of this one key: versions and markers by key, then uploads in progress."""
    async for entry in versions(api, bucket, prefix, exactly=exactly):
        yield entry
    async for entry in uploads(api, bucket, prefix):
        if not exactly or entry.key == prefix:
            yield entry


async def versions(api: Api, bucket: str, prefix: str, *, exactly: bool = False) -> AsyncIterator[Entry]:
    """Versions and delete markers in the order of their keys, newest first."""
    sort = _of_objects(api)
    async for page in _pages(api, bucket, sort, {"prefix": prefix}):
        found = [_entry(bucket, page, each, sort) for each in markup.each(page, *_OBJECTS)]
        # Some stores put a page's delete markers after all of its versions.
        for entry in sorted(found, key=_by_key):
            if exactly and entry.key != prefix:
                if entry.key > prefix:
                    return  # keys come in order, and the one that is the prefix itself comes first
                continue
            yield entry


async def uploads(api: Api, bucket: str, prefix: str) -> AsyncIterator[Entry]:
    """Uploads that were begun and not ended: their parts lie in the store, and no listing of objects shows them."""
    async for page in _pages(api, bucket, UPLOADS, {"prefix": prefix}):
        for found in markup.each(page, "Upload"):
            at = _moment(markup.text(found, "Initiated"), UPLOADS)
            key = _text(page, found, "Key")
            yield Entry(bucket, key, Sort.UPLOAD, markup.text(found, "UploadId"), at)


async def folders(api: Api, bucket: str, prefix: str, pages_max: int) -> tuple[list[str], list[str], bool]:
    """What lies right under a prefix: folders, keys, and whether that is all of it."""
    names: dict[str, None] = {}
    keys: dict[str, None] = {}
    count = 0
    sort = _of_objects(api)
    async for page in _pages(api, bucket, sort, {"prefix": prefix, "delimiter": "/"}):
        names |= dict.fromkeys(_text(page, found, "Prefix") for found in markup.each(page, "CommonPrefixes"))
        keys |= dict.fromkeys(_text(page, found, "Key") for found in markup.each(page, *_OBJECTS))
        count += 1
        if count == pages_max:
            return list(names), list(keys), markup.text(page, "IsTruncated") != "true"
    return list(names), list(keys), True


async def first_keys(api: Api, bucket: str, prefix: str) -> list[str]:
    """The keys of the first page under a prefix."""
    async for page in _pages(api, bucket, _of_objects(api), {"prefix": prefix}):
        return list(dict.fromkeys(_text(page, found, "Key") for found in markup.each(page, *_OBJECTS)))
    return []


def _of_objects(api: Api) -> str:
    return VERSIONS if api.settings.versions else OBJECTS


async def _pages(api: Api, bucket: str, sort: str, what: Mapping[str, str]) -> AsyncIterator[Element]:
    query = {**_ASK[sort], **what, "encoding-type": "url", _SIZE[sort]: str(api.settings.page_size)}
    seen: set[int] = set()
    for _ in range(PAGES_MAX):
        seen.add(_place(query))
        page = await api.ask(bucket, None, query, _ROOT[sort], call=sort)
        yield page
        more = markup.text(page, "IsTruncated")
        if more not in {"true", "false"}:
            raise markup.Garbage(
                f"S3 {sort}: the page does not say whether it is the last; it is tried again"
            )
        if more == "false":
            return
        query = _advanced(sort, query, page)
        if _place(query) in seen:
            raise markup.Garbage(f"S3 {sort}: the pages lead in a circle; it is tried again")
    raise Unreachable(f"S3 {sort}: the listing has no end")


def _advanced(sort: str, query: Mapping[str, str], page: Element) -> dict[str, str]:
    """The next page's question. A page that leads nowhere would be a listing cut off."""
    marks = {
        name: _text(page, page, tag) if name in _IN_URL else markup.text(page, tag)
        for name, tag in _NEXT[sort].items()
        if page.findtext(tag)
    }
    if not marks:
        raise markup.Garbage(f"S3 {sort}: the page does not lead to the next; it is tried again")
    # A mark of the page before would go with a key that it is not of.
    return {name: value for name, value in query.items() if name not in _NEXT[sort]} | marks


def _place(query: Mapping[str, str]) -> int:
    """Where in the listing a question stands, in few bytes."""
    return hash(tuple(sorted(query.items())))


def _by_key(entry: Entry) -> bytes:
    return entry.key.encode("utf-8", "surrogatepass")


def _entry(bucket: str, page: Element, found: Element, sort: str) -> Entry:
    key = _text(page, found, "Key")
    size = markup.text(found, "Size") or "0"
    if not key or not size.isdecimal():
        raise markup.Garbage(f"S3 {sort}: the page is broken; it is tried again")
    return Entry(
        bucket=bucket,
        key=key,
        sort=Sort.MARKER if found.tag == "DeleteMarker" else Sort.VERSION,
        version=markup.text(found, "VersionId") or NULL,
        at=_moment(markup.text(found, "LastModified"), sort),
        latest=markup.text(found, "IsLatest") != "false",
        size=int(size),
        etag=markup.text(found, "ETag").strip('"'),
        storage_class=markup.text(found, "StorageClass") or "STANDARD",
    )


def _text(page: Element, found: Element, name: str) -> str:
    """A key, unescaped where the page says that it is escaped: not every character may stand in XML."""
    said = markup.text(found, name)
    return unquote_plus(said) if page.findtext("EncodingType") == "url" else said


def _moment(text: str, call: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise markup.Garbage(f"S3 {call}: a time is broken; it is tried again") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
