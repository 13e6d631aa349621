"""What of the buckets the places reach: folders that no place names are shown, so that a new one is seen."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dsar.contract import Coverage, Field, Use
from dsar_s3 import listing
from dsar_s3.api import Api
from dsar_s3.places import Place
from dsar_s3.template import Template, template

FOLDER_PAGES_MAX = 10
LEVELS_MAX = 200

ALL = "*"
LOOSE = "objects in no folder"
UNFIT = "objects that fit no pattern"

_PERSONAL = re.compile(r"@|\d{6,}")
_HIDDEN = "a folder whose name may be a person's"


class Bucket(Struct, frozen=True):
    """One bucket with the places in it, and what the settings leave out of it, each with the reason."""

    name: str
    places: tuple[Place, ...]
    excluded: Mapping[str, str]

    @property
    def levels(self) -> list[str]:
        """The folders on the way to the places, the bucket itself first."""
        return sorted({"", *(level for place in self.places for level in _above(place.head))})

    def knows(self, name: str) -> bool:
        """Whether a folder, or a key, is on the way to what some place holds or is some place's."""
        if any(level == name for level in self.levels):
            return True
        return any(_fits(each, name) for place in self.places for each in _patterns(place)) or any(
            name.startswith(place.prefix) for place in self.places if place.pattern is None
        )

    def field(self, name: str) -> Field | None:
        """The field of a folder or a key: none where a place has it."""
        for prefix, reason in self.excluded.items():
            if name.startswith(prefix):
                return Field(f"{self.name}/{prefix}", ALL, Use.EXCLUDED, reason)
        if self.knows(name):
            return None
        folder, _, rest = name.rpartition("/")
        if rest:
            shown = f"{folder}/" if folder else ""
            return Field(f"{self.name}/{_hidden(shown)}", LOOSE, Use.UNDECLARED)
        return Field(f"{self.name}/{_hidden(name)}", ALL, Use.UNDECLARED)


async def coverage(api: Api) -> Coverage:
    """One field a place, and one for whatever lies beside."""
    fields: set[Field] = set()
    notes: list[str] = []
    for bucket in _buckets(api):
        for level in bucket.levels[:LEVELS_MAX]:
            names, keys, whole = await listing.folders(api, bucket.name, level, FOLDER_PAGES_MAX)
            fields |= {field for name in (*names, *keys) if (field := bucket.field(name)) is not None}
            if not whole:
                notes.append(
                    f"folders of {bucket.name}/{level} beyond the first: there are too many to look at"
                )
        for place in bucket.places:
            fields |= {Field(place.key, ALL, Use.EXPORTED), *await _unfit(api, bucket, place)}
    ordered = sorted(fields, key=lambda field: (field.collection, field.name))
    return Coverage(tuple(ordered), tuple(notes))


async def _unfit(api: Api, bucket: Bucket, place: Place) -> list[Field]:
    """A look at the first page of a place: a file of another kind that was put there is in no answer."""
    if place.pattern is None:
        return []
    keys = await listing.first_keys(api, bucket.name, place.head)
    if all(bucket.knows(key) or _is_left_out(bucket, key) for key in keys):
        return []
    return [Field(place.key, UNFIT, Use.UNDECLARED)]


def _buckets(api: Api) -> Iterator[Bucket]:
    settings = api.settings
    for name in sorted({place.bucket for place in settings.places}):
        mine = tuple(place for place in settings.places if place.bucket == name)
        left_out = {
            path.removeprefix(f"{name}/"): reason
            for path, reason in settings.excluded.items()
            if path.startswith(f"{name}/")
        }
        yield Bucket(name, mine, left_out)


def _is_left_out(bucket: Bucket, key: str) -> bool:
    return any(key.startswith(prefix) for prefix in bucket.excluded)


def _patterns(place: Place) -> Iterable[Template]:
    if place.pattern is not None:
        yield template(place.pattern)
    if place.index is not None:
        yield template(place.index.object)


def _fits(pattern: Template, name: str) -> bool:
    """A key as a whole; a folder as far as it goes."""
    return pattern.leads_through(name) if name.endswith("/") else pattern.read(name) is not None


def _above(head: str) -> Iterator[str]:
    for position, sign in enumerate(head):
        if sign == "/" and position + 1 < len(head):
            yield head[: position + 1]


def _hidden(name: str) -> str:
    """A folder's name, unless it may be personal: what is undeclared is not known to be harmless."""
    return _HIDDEN if _PERSONAL.search(name) else name
