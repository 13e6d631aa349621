"""An entry as the export shows it: a record of what the store says, and the file itself."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from dsar.contract import Attachment, Channel, Collection, Origin, Record, Refused, Speaker, resolves
from dsar_s3 import heads
from dsar_s3.api import Api
from dsar_s3.entries import NULL, Entry, Sort
from dsar_s3.heads import ARCHIVES, Head
from dsar_s3.places import Place

_SLASH = "\u2044"  # a name is no path; this sign looks like one, and is turned back
_ESCAPES = {"%": "%25", _SLASH: "%E2%81%84", "/": _SLASH}
OCTETS = "application/octet-stream"

WITHOUT_BYTES = {
    Sort.MARKER: "a note that the object was deleted; it has no content",
    Sort.UPLOAD: "an upload that was not completed; its parts cannot be read",
    Sort.ROW: "the index names an object that is not there",
}
OLDER = "an older version, which is listed only"
ARCHIVED = "archived; it can be handed over once it was restored in the store"


class Said(Struct, frozen=True):
    """An entry with what was asked about it."""

    entry: Entry
    head: Head | None = None
    tags: dict[str, str] = {}
    gone: bool = False


def files_of(place: Place) -> str:
    """The name of the collection of a place's files; the place's own holds the records."""
    return f"{place.key}_files"


def collections_of(place: Place) -> dict[str, Collection]:
    """The collections of a place."""
    about = f"{place.description}: what the store says of each file"
    return {
        place.key: Collection(place.category, about, place.portable, dated="last_modified"),
        files_of(place): Collection(place.category, place.description, place.portable),
    }


async def asked(api: Api, entry: Entry) -> Said:
    """Ask the store about a version; everything else was said by the listing."""
    if entry.sort is not Sort.VERSION:
        return Said(entry)
    head = await heads.head(api, entry)
    if head is None:
        return Said(entry, gone=True)
    return Said(entry, head, await heads.tags(api, entry) if head.tags else {})


async def is_file(api: Api, entry: Entry) -> bool:
    """Whether the export hands over the bytes; only of what may be archived the store is asked."""
    if without_file(api, entry, None):
        return False
    if entry.storage_class not in ARCHIVES:
        return True
    head = await heads.head(api, entry)
    return head is not None and not head.archived


def without_file(api: Api, entry: Entry, head: Head | None) -> str | None:
    """Why the bytes are not handed over; None where they are."""
    if entry.sort in WITHOUT_BYTES:
        return WITHOUT_BYTES[entry.sort]
    if not (entry.latest or api.settings.export_versions):
        return OLDER
    return ARCHIVED if head is not None and head.archived else None


def shown(api: Api, place: Place, said: Said, read_at: datetime) -> list[Record | Attachment]:
    """The record, and the attachment where there is one."""
    entry = said.entry
    why = without_file(api, entry, said.head)
    record = _record(place, said, why, read_at)
    if why is not None or said.head is None:
        return [record]
    file = Attachment(
        origin=Origin(files_of(place), entry.id, read_at),
        name=name_of(entry.key),
        media_type=_media_type(place, said.head),
        size=said.head.size,
        channels=tuple(map(_channel, place.channels)),
        record=(place.key, entry.id),
        made_by_ai=place.made_by_ai,
        inferred=place.inferred,
    )
    return [record, file]


def name_of(key: str) -> str:
    """A key as a file's name, from which the key can be read again."""
    return "".join(_ESCAPES.get(sign, sign) for sign in key)


def key_of(name: str) -> str:
    """The key that a file is named after; a name that is none is refused."""
    key = name
    for sign, escaped in reversed(_ESCAPES.items()):
        key = key.replace(escaped, sign)
    if name_of(key) != name or not key:
        raise Refused("s3: the attachment's name is not one of this connector's; export it again")
    return key


def _record(place: Place, said: Said, why: str | None, read_at: datetime) -> Record:
    entry, head = said.entry, said.head
    data: dict[str, Any] = {
        "sort": entry.sort.value,
        "bucket": entry.bucket,
        "key": entry.key,
        "version_id": None
        if entry.sort is not Sort.UPLOAD and entry.version in {"", NULL}
        else entry.version,
        "current": entry.latest,
        "last_modified": None if entry.sort is Sort.ROW else entry.at.astimezone(UTC).isoformat(),
        "size": entry.size,
        "storage_class": entry.storage_class,
        "content_type": head.content_type if head else None,
        "metadata": dict(head.metadata) if head else {},
        "tags": said.tags,
        "index": dict(entry.row) if entry.row is not None else None,
        "file": name_of(entry.key) if why is None else None,
        "no_file_because": why,
    }
    others = tuple(pointer for pointer in place.others if resolves(data, pointer))
    return Record(Origin(place.key, entry.id, read_at), data, others=others)


def _media_type(place: Place, head: Head) -> str:
    told = place.media_type or head.content_type.partition(";")[0].strip()
    return told if "/" in told and told != "binary/octet-stream" else OCTETS


def _channel(text: str) -> Channel:
    name, _, speaker = text.partition(":")
    return Channel(name, Speaker(speaker) if speaker else Speaker.UNKNOWN)
