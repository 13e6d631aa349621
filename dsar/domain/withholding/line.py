"""A collected record as review and archive work on it."""

from typing import Any

import msgspec
from msgspec import Struct

from dsar.contract import Maker, Turn


class Line(Struct, tag="record", gc=False):
    """A `contract.Record` whose origin is passed on as it stands. It is mutable: what stays out is taken out of it."""

    origin: msgspec.Raw
    data: dict[str, Any]
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    maker: Maker | None = None


class Collected(Struct, frozen=True):
    """Where an item was collected: what rules are chosen by, and counts are kept by."""

    system: str
    category: str
    collection: str
