"""Records and decisions to withhold from, without a database."""

from copy import deepcopy
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from dsar.contract import Attachment, Channel, Origin, Turn
from dsar.domain.rights import Right
from dsar.domain.withholding import (
    Collected,
    Decided,
    Effect,
    Known,
    Line,
    Place,
    Withholding,
    WithholdingGround,
    Words,
)

WHERE = Collected("voice", "calls", "transcripts")
AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
KNOWN = Known(
    emails=frozenset({"ana@example.com"}),
    phones=frozenset({"+358401234567", "+46701234567"}),
    domains=frozenset({"bank.example"}),
    region="FI",
)


def index(collection, record_id):
    return f"{collection}|{record_id}".encode()


def withholding(*decided, right=Right.ACCESS, to_controller=False, known=KNOWN):
    return Withholding(right, to_controller=to_controller, known=known, decided=decided, index=index)


def line(data, *turns, record_id="1", **pointers):
    origin = msgspec.Raw(msgspec.json.encode(Origin("transcripts", record_id, AT)))
    return Line(origin, deepcopy(data), turns=tuple(turns), **pointers)


def call(*said, **more):
    """A conversation, each turn as (speaker, text); a turn lasts a second."""
    turns = [
        Turn(f"/turns/{i}/text", speaker, i * 1000, (i + 1) * 1000) for i, (speaker, _) in enumerate(said)
    ]
    return line({"turns": [{"text": text} for _, text in said], **more}, *turns)


def recording(*speakers, media_type="audio/wav", **more):
    channels = tuple(Channel(f"leg {i}", speaker) for i, speaker in enumerate(speakers))
    return Attachment(Origin("recordings", "rec", AT), "call.wav", media_type, channels=channels, **more)


def decided(
    number,
    place=None,
    *,
    effect=Effect.WITHHOLD,
    selector=None,
    record_id="1",
    collection="voice:transcripts",
    ground=WithholdingGround.TRADE_SECRET,
):
    """A decision about one item's place, or by a selector."""
    item = None if place is None else index(collection, record_id)
    return Decided(
        id=UUID(int=number),
        effect=effect,
        ground=ground,
        item=item,
        words=Words(place=place, selector=selector),
        author="staff:1",
    )


def disclosed(number, place=None, **more):
    return decided(number, place, effect=Effect.DISCLOSE, **more)


def released(by, item, where=WHERE):
    """What is left of a record, or None, and what was withheld as (pointer, rule, certainty)."""
    leaves, withheld = by.release(where, item)
    found = [(one.place.pointer, one.rule.value, one.certainty.value) for one in withheld]
    return (item.data if leaves else None), found


WHOLE = Place()
