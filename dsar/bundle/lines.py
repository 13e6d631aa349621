"""What stands in a segment, decoded for the archive: numbers keep every digit they were written with."""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from dsar.vault import CaseKey
from dsar.vault.segments import StoredAttachment, plain


class Line(Struct, tag="record", gc=False):
    """A `contract.Record` whose origin is passed on as it stands."""

    origin: msgspec.Raw
    data: dict[str, Any]
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


Item = Line | StoredAttachment

_decoder = msgspec.json.Decoder(Item, float_hook=Decimal)


def opened(sealed: bytes, key: CaseKey) -> list[Item]:
    """The items of one sealed segment; raises VaultError when it was changed or is under another key."""
    return _decoder.decode_lines(plain(sealed, key))
