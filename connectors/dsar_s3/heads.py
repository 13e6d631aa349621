"""What one version says of itself: type, user metadata, tags, whether it can be read now."""

from collections.abc import Mapping

from msgspec import Struct

from dsar.contract import Refused
from dsar_s3 import listing, markup
from dsar_s3.api import Api
from dsar_s3.entries import NULL, Entry, Sort
from dsar_s3.fault import Absent

READ = "s3:GetObjectVersion"
TAGS = "s3:GetObjectVersionTagging"
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"})

_METADATA = "x-amz-meta-"


class Head(Struct, frozen=True):
    """The answer to HEAD."""

    content_type: str
    size: int
    etag: str
    metadata: Mapping[str, str]
    tags: int
    archived: bool
    legal_hold: bool
    retained_until: str


def version(api: Api, entry: Entry) -> dict[str, str]:
    """The part of a question that names the version. A newest one without an id is what the key alone names."""
    if not api.settings.versions or (entry.version == NULL and entry.latest):
        return {}
    return {"versionId": entry.version}


async def head(api: Api, entry: Entry) -> Head | None:
    """What a version says of itself; None if it has gone since it was listed."""
    try:
        answer = await api.send("HEAD", entry.bucket, entry.key, call=READ, query=version(api, entry))
    except Absent:
        await _see_gone(api, entry)
        return None
    except Refused:
        await _hear_why(api, entry)
        raise
    said = answer.headers
    size = said.get("content-length", "")
    if not said.get("etag") or not size.isdecimal():
        raise markup.Garbage(f"S3 {READ}: the answer is broken; it is tried again")
    restored = 'ongoing-request="false"' in said.get("x-amz-restore", "")
    kind = said.get("x-amz-storage-class", "STANDARD")
    frozen = "x-amz-archive-status" in said or kind in {"GLACIER", "DEEP_ARCHIVE"}
    if said["etag"].strip('"') != entry.etag:
        await _see_gone(api, entry)
        return None
    return Head(
        content_type=said.get("content-type", ""),
        size=int(size),
        etag=said["etag"],
        metadata={n.removeprefix(_METADATA): v for n, v in said.items() if n.startswith(_METADATA)},
        tags=int(said.get("x-amz-tagging-count", "0") or 0),
        archived=frozen and not restored,
        legal_hold=said.get("x-amz-object-lock-legal-hold") == "ON",
        retained_until=said.get("x-amz-object-lock-retain-until-date", ""),
    )


async def tags(api: Api, entry: Entry) -> dict[str, str]:
    """The version's tags."""
    query = {"tagging": "", **version(api, entry)}
    try:
        answer = await api.ask(entry.bucket, entry.key, query, "Tagging", call=TAGS)
    except Absent:
        return {}
    return {markup.text(tag, "Key"): markup.text(tag, "Value") for tag in answer.iter("Tag")}


async def _hear_why(api: Api, entry: Entry) -> None:
    """An answer to HEAD has no body, and so no reason: credentials that expired look like a right that is missing."""
    query, headers = version(api, entry), {"range": "bytes=0-0"}
    await api.send("GET", entry.bucket, entry.key, call=READ, query=query, headers=headers)


async def _see_gone(api: Api, entry: Entry) -> None:
    """A 404 without a body may be anybody's: only the listing says that a version is no more."""
    async for still in listing.versions(api, entry.bucket, entry.key, exactly=True):
        if still.id == entry.id and still.sort is Sort.VERSION:
            raise Refused(
                f"S3 {READ}: an object that is listed is not there; look into the store, and ask again"
            )
