"""A finding as staff sees it: what was collected, whose it is, and what of it would not leave."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Channel, Maker, Turn
from dsar.domain.withholding import (
    Certainty,
    Line,
    Rule,
    Sound,
    Span,
    Stretch,
    Target,
    Withheld,
    WithholdingGround,
)
from dsar.review.item import Item
from dsar.review.looking import Look
from dsar.review.opening import origin_of
from dsar.store.findings import SegmentRow
from dsar.vault.segments import StoredAttachment

# Numbers are shown with every digit they were written with.
_encoder = msgspec.json.Encoder(decimal_format="number")


class ShownWithheld(Struct, frozen=True, kw_only=True):
    """One place that would not leave, why, by whose word and how sure."""

    pointer: str
    span: Span | None
    stretch: Stretch | None
    target: Target
    ground: WithholdingGround
    law: str
    rule: Rule
    certainty: Certainty
    decision: UUID | None
    author: str | None


class ShownFile(Struct, frozen=True, kw_only=True):
    """A file: what it is called, who is heard on which channel, and which stretches would be muted."""

    name: str
    media_type: str
    size: int
    channels: tuple[Channel, ...]
    record: tuple[str, str] | None
    made_by_ai: bool
    inferred: bool
    whole_withheld: bool
    mutes: tuple[Stretch, ...]


class Finding(Struct, frozen=True, kw_only=True):
    """A record as it was collected, or a file. `item` is what a decision or the player names it by.

    `match` is `sure`, or `unsure` where a person said that it is the person's. `left_out` is the provision by which
    the whole collection stays out of this answer.
    """

    item: str
    system: str
    category: str
    collection: str
    record_id: str
    read_at: datetime
    obtained_from: str | None
    match: str
    left_out: str | None
    data: Any
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    maker: Maker | None = None
    file: ShownFile | None = None
    withheld: tuple[ShownWithheld, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes it takes in an answer."""
        return len(_encoder.encode(self))


def record(look: Look, row: SegmentRow, number: int, line: Line, withheld: Sequence[Withheld]) -> Finding:
    """A record, with what of it would not leave."""
    return Finding(
        **_common(look, row, number, line),
        data=msgspec.Raw(_encoder.encode(line.data)),
        others=line.others,
        made_by_ai=line.made_by_ai,
        inferred=line.inferred,
        turns=line.turns,
        maker=line.maker,
        withheld=tuple(_withheld(look, withheld)),
    )


def file(look: Look, row: SegmentRow, number: int, stored: StoredAttachment, sound: Sound) -> Finding:
    """A file, with how it would leave."""
    attachment = stored.attachment
    return Finding(
        **_common(look, row, number, stored),
        data=None,
        maker=attachment.maker,
        file=ShownFile(
            name=attachment.name,
            media_type=attachment.media_type,
            size=stored.size,
            channels=attachment.channels,
            record=attachment.record,
            made_by_ai=attachment.made_by_ai,
            inferred=attachment.inferred,
            whole_withheld=sound.whole_withheld,
            mutes=sound.mutes,
        ),
        withheld=tuple(_withheld(look, sound.withheld)),
    )


def _common(look: Look, row: SegmentRow, number: int, item: Line | StoredAttachment) -> dict[str, Any]:
    origin = origin_of(item)
    return {
        "item": str(Item(row.step_id, row.seq, number)),
        "system": row.system_key,
        "category": row.category,
        "collection": row.collection,
        "record_id": origin.record_id,
        "read_at": origin.read_at,
        "obtained_from": origin.obtained_from,
        "match": "sure" if look.is_sure(row) else "unsure",
        "left_out": look.left_out(row),
    }


def _withheld(look: Look, found: Iterable[Withheld]) -> Iterable[ShownWithheld]:
    for one in found:
        yield ShownWithheld(
            pointer=one.place.pointer,
            span=one.place.span,
            stretch=one.place.stretch,
            target=one.place.target,
            ground=one.ground,
            law=one.law,
            rule=one.rule,
            certainty=one.certainty,
            decision=one.decision,
            author=look.authors.get(one.decision) if one.decision is not None else None,
        )


def says(item: Line | StoredAttachment, wanted: str) -> bool:
    """Whether some text or number of an item, or its name, holds what is looked for, whatever its case."""
    if isinstance(item, StoredAttachment):
        return wanted in item.attachment.name.casefold() or wanted in origin_of(item).record_id.casefold()
    return _holds(item.data, wanted) or wanted in origin_of(item).record_id.casefold()


def _holds(data: Any, wanted: str) -> bool:
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            if wanted in value.casefold():
                return True
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool) and wanted in str(value):
            return True
    return False
