"""What a person may upload to a task: what they found, or what shows that something was done."""

import re
from enum import StrEnum
from unicodedata import category

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput

NAME_LENGTH_MAX = 255
UPLOADS_MAX = 200  # of one task
COLLECTION = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+-]{0,62}")
UNSAID = "application/octet-stream"
JSON = "application/json"
JSON_LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
CSV = "text/csv"
READ_AS_RECORDS = JSON_LINES | {JSON, CSV}


class Purpose(StrEnum):
    """What an upload is for."""

    FOUND = "found"  # goes into the answer
    EVIDENCE = "evidence"  # stays with the case


class Announced(Struct, frozen=True):
    """What is said of a file before its bytes come. `category` is the profile's, for a collection nobody describes."""

    purpose: Purpose
    name: str
    media_type: str = UNSAID
    collection: str | None = None
    category: str | None = None

    @property
    def is_records(self) -> bool:
        """Whether it is read: each object or row is a record of the collection."""
        return self.purpose is Purpose.FOUND and self.media_type in READ_AS_RECORDS


def announced(
    purpose: str, name: str, media_type: str, collection: str | None, category_: str | None
) -> Announced:
    """Check what was said; raises InvalidInput naming the field."""
    if purpose not in {one.value for one in Purpose}:
        raise InvalidInput(FieldError("purpose", "is unknown.", "Use found or evidence."))
    sort = media_type.partition(";")[0].strip().lower() or UNSAID
    if not MEDIA_TYPE.fullmatch(sort):
        raise InvalidInput(FieldError("content-type", "is no media type.", "Send one, such as text/csv."))
    _check_name(name)
    if purpose == Purpose.EVIDENCE and (collection or category_):
        raise InvalidInput(FieldError("collection", "is of what was found alone.", "Leave it out."))
    if purpose == Purpose.FOUND and not COLLECTION.fullmatch(collection or ""):
        raise InvalidInput(
            FieldError("collection", "is missing or no name.", "Name the collection that it belongs to.")
        )
    return Announced(Purpose(purpose), name, sort, collection or None, category_ or None)


def _check_name(name: str) -> None:
    """It becomes a name in the archive that the person opens: no path, nothing that turns the reading round."""
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise InvalidInput(
            FieldError(
                "name", "is empty or too long.", "Use at most {limit} characters.", limit=NAME_LENGTH_MAX
            )
        )
    if any(ch in "/\\" or category(ch) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for ch in name):
        raise InvalidInput(
            FieldError(
                "name", "holds a character that no file's name may.", "Send the plain name of the file."
            )
        )
