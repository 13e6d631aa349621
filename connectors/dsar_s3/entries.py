"""What a listing shows of one key: a version, a delete marker, an upload in progress; and a row of an index."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

import msgspec
from msgspec import Struct

NULL = "null"  # the version of what was written while the bucket kept none
_ID_DIGITS = 32


class Sort(StrEnum):
    """What the entry is."""

    VERSION = "version"
    MARKER = "delete marker"
    UPLOAD = "upload in progress"
    ROW = "row of the index"


class Entry(Struct, frozen=True):
    """One entry. `version` is the id of an upload too; `row` is what an index says of the key."""

    bucket: str
    key: str
    sort: Sort
    version: str
    at: datetime
    latest: bool = True
    size: int = 0
    etag: str = ""
    storage_class: str = "STANDARD"
    row: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Keep the key out of tracebacks and logs."""
        return f"Entry({self.sort.value!r}, …)"

    @property
    def id(self) -> str:
        """What names it in orders and receipts, holding nothing of the key: the store's own id where it gives one.

        Without one it is a digest, in which the moment and the bytes' tag are what a guess at the key lacks.
        """
        if self.sort is Sort.ROW:
            return f"row-{_digest(msgspec.json.encode(self.row, order='sorted').decode(), self.key)}"
        if self.sort is Sort.UPLOAD:
            return f"upload-{_digest(self.version)}"
        if self.version != NULL:
            return self.version
        return f"null-{_digest(self.etag, self.at.isoformat(), str(self.size), self.key)}"

    @property
    def has_own_id(self) -> bool:
        """Whether the id is the store's own, so that nothing of the key went into it."""
        return self.sort is Sort.UPLOAD or (self.sort is not Sort.ROW and self.version != NULL)


def row_entry(bucket: str, key: str, row: Mapping[str, str]) -> Entry:
    """A row whose object is not there, or not there any more."""
    return Entry(bucket, key, Sort.ROW, "", datetime.fromtimestamp(0, UTC), row=row)


def _digest(*parts: str) -> str:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]
