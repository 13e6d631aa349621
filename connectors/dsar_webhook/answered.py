"""What the service answers: what is unknown, too long or of another type makes the answer unusable."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from dsar.contract import Proof, Speaker

CURSOR_LENGTH_MAX = 512
DAYS_MAX = 31 * 24 * 3600
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Id = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=500)]
Cursor = Annotated[str, Meta(min_length=1, max_length=CURSOR_LENGTH_MAX, pattern=r"^[ -~]+$")]
Pointer = Annotated[str, Meta(max_length=500)]
Pointers = Annotated[list[Pointer], Meta(max_length=200)]
Milliseconds = Annotated[int, Meta(ge=0, le=1000 * DAYS_MAX)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000_000_000)]


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """Any answer."""


class Offer(StrEnum):
    """What a service may offer beyond `probe`, `find` and `export`."""

    TENANTS = "tenants"
    ATTACHMENT = "attachment"
    EVERYONE = "everyone"
    PLAN = "plan"
    STATUS = "status"
    ERASE = "erase"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"


class DescribedCollection(Answer, frozen=True):
    """One collection. `fields` and `excluded` are the top of a record's data: the second says why each is left out."""

    name: Name
    category: Name
    description: Words
    portable: bool = True
    suppression: bool = False
    dated: Name | None = None
    fields: Annotated[list[Name], Meta(max_length=500)] = []
    excluded: dict[Name, Words] = {}


class Described(Answer, frozen=True):
    """The answer to `probe`."""

    protocol: Literal[1]
    collections: Annotated[list[DescribedCollection], Meta(min_length=1, max_length=200)]
    offers: list[Offer] = []
    not_covered: Annotated[list[Words], Meta(max_length=50)] = []


class Subject(Answer, frozen=True):
    """`found_by` is the place of the identity in the question, from 0."""

    id: Id
    found_by: Count
    sure: bool = True


class Found(Answer, frozen=True):
    """The answer to `find`."""

    subjects: Annotated[list[Subject], Meta(max_length=1_000)]


class TenantHeld(Answer, frozen=True):
    """One customer; `counts` by collection, where the look-up counted."""

    tenant: Id
    found_by: Count
    counts: Mapping[Name, Count] = {}


class TenantsHeld(Answer, frozen=True):
    """The answer to `tenants`."""

    tenants: Annotated[list[TenantHeld], Meta(max_length=10_000)]


class ItemNamed(Answer, frozen=True):
    """Another item of the same export."""

    collection: Name
    id: Id


class ChannelGiven(Answer, frozen=True):
    """An audio channel, in the file's order."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    speaker: Speaker = Speaker.UNKNOWN


class TurnGiven(Answer, frozen=True):
    """What one party said: `pointer` leads to its text in `data`. Times count from the start of the recording."""

    pointer: Pointer
    speaker: Speaker = Speaker.UNKNOWN
    from_ms: Milliseconds | None = None
    to_ms: Milliseconds | None = None


class MakerGiven(Answer, frozen=True):
    """The model that made what `made_by_ai` says, and when."""

    model: Words
    at: Annotated[datetime, Meta(tz=True)] | None = None


class File(Answer, frozen=True):
    """What is said of an attachment before its bytes are asked for."""

    name: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^/\x00-\x1f\x7f]+$")]
    media_type: Annotated[str, Meta(max_length=127, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")]
    size: Count | None = None
    channels: Annotated[list[ChannelGiven], Meta(max_length=32)] = []
    record: ItemNamed | None = None
    made_by_ai: bool = False
    inferred: bool = False
    maker: MakerGiven | None = None


class Ground(Answer, frozen=True):
    """Why an erasure leaves an item: a hold's key in the operator's profile, or a statute's name."""

    ground: Annotated[str, Meta(min_length=1, max_length=100)]
    until: date | None = None
    dated: date | None = None
    restricted: bool = False


class ItemGiven(Answer, frozen=True):
    """A record with its `data`, or an `attachment`: one of the two. `kept`: what an erasure of now would leave."""

    collection: Name
    id: Id
    data: dict[str, Any] | None = None
    attachment: File | None = None
    others: Pointers = []
    made_by_ai: Pointers = []
    inferred: Pointers = []
    turns: Annotated[list[TurnGiven], Meta(max_length=20_000)] = []
    maker: MakerGiven | None = None
    obtained_from: Words | None = None
    kept: Ground | None = None


class Page(Answer, frozen=True):
    """The answer to `export`; without `cursor` it is the last."""

    items: list[ItemGiven]
    cursor: Cursor | None = None


class Bytes(Answer, frozen=True):
    """The answer to `attachment`: base64, and whether more follows."""

    bytes: bytes
    more: bool = False


class PersonHeld(Answer, frozen=True):
    """One person by one identity; `tenant` as in a scope."""

    kind: Literal["email", "phone", "account_id"]
    value: Id
    tenant: Id | None = None


class People(Answer, frozen=True):
    """The answer to `everyone`."""

    people: list[PersonHeld]
    cursor: Cursor | None = None


class KeptItem(Ground, frozen=True, kw_only=True):
    """What an erasure leaves."""

    collection: Name
    id: Id


class Planned(Answer, frozen=True):
    """The answer to `plan`; `digest` stands for exactly these items, whenever it is made."""

    erased: Mapping[Name, Count]
    digest: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    kept: list[KeptItem] = []


class Standing(StrEnum):
    """How an order stands."""

    DONE = "done"
    WORKING = "working"  # ask again
    UNKNOWN = "unknown"  # to `status` alone: no such key
    NOT_HELD = "not_held"  # to `rectify` alone: the subject has nothing of that collection
    PLAN_CHANGED = "plan_changed"  # to `erase` alone: nothing was done


class OrderAnswer(Answer, frozen=True):
    """The answer to an order and to `status`."""

    status: Standing
    changed: Count = 0
    proof: Proof | None = None
    kept: list[KeptItem] = []
    ask_again_in: Annotated[int, Meta(ge=1, le=DAYS_MAX)] | None = None
