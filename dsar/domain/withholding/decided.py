"""What staff decided: to withhold a place, to let go what a rule would withhold, or either wherever a rule finds it."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dsar.contract import Speaker
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.place import Place


class Effect(StrEnum):
    """As `redaction.effect` in schema.sql."""

    WITHHOLD = "withhold"
    DISCLOSE = "disclose"


class Selector(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule by hand: all that is set must fit. It finds the field where `pointer` is set, the matching characters
    where `text` is, the turn where `speaker` is, else the whole record.

    `pointer` may hold `*` for any one part. `text` is found wherever it stands, whatever its case.
    """

    system: str | None = None
    category: str | None = None
    collection: str | None = None
    pointer: str | None = None
    text: str | None = None
    speaker: Speaker | None = None


class About(Struct, frozen=True):
    """Which item a decision names, for staff to find it again."""

    system: str
    collection: str
    record_id: str


class Words(Struct, frozen=True):
    """What of a decision stands sealed: where it holds, and why in staff's own words."""

    place: Place | None = None
    selector: Selector | None = None
    why: str = ""
    about: About | None = None


class Decided(Struct, frozen=True, kw_only=True):
    """A decision that stands, opened. `item` is the keyed hash of the item it is about; None: `words.selector` says."""

    id: UUID
    effect: Effect
    ground: WithholdingGround
    item: bytes | None
    words: Words
    author: str  # as an event's actor
