"""What a segment holds: records and attachments of one collection, one JSON line each, deflated, then sealed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec
from isal import isal_zlib
from msgspec import Struct

from dsar.contract import Attachment, Record
from dsar.domain.withholding import Line, has_voices
from dsar.vault.keys import CaseKey

PURPOSE = "segment"
INLINE_BYTES_MAX = 256 * 1024  # what is larger goes to the blob store

_encoder = msgspec.json.Encoder()


class StoredAttachment(Struct, frozen=True, tag="stored"):
    """An attachment whose bytes were read: sealed in the blob store under `blob_key`."""

    attachment: Attachment
    blob_key: str
    size: int

    @property
    def is_sound(self) -> bool:
        """Whether it can be listened to, and so holds voices."""
        return has_voices(self.attachment)


Item = Record | StoredAttachment
Collectable = Line | StoredAttachment

_decoder = msgspec.json.Decoder(Item)
# Numbers keep every digit they were written with.
_opener = msgspec.json.Decoder(Collectable, float_hook=Decimal)


def encode(item: Item) -> bytes:
    """One line, without its end."""
    return _encoder.encode(item)


def pack(lines: Sequence[bytes], key: CaseKey) -> bytes:
    """Deflate and seal lines."""
    return key.seal(isal_zlib.compress(b"\n".join(lines), 1), PURPOSE)


def plain(sealed: bytes, key: CaseKey) -> bytes:
    """The lines of a sealed segment; raises VaultError when it was changed or is under another key."""
    return isal_zlib.decompress(key.open(sealed, PURPOSE))


def unpack(sealed: bytes, key: CaseKey) -> Iterator[Item]:
    """The items of a sealed segment."""
    for line in plain(sealed, key).split(b"\n"):
        if line:
            yield _decoder.decode(line)


def opened(sealed: bytes, key: CaseKey) -> list[Collectable]:
    """The items of one sealed segment, to be looked at or released; raises VaultError as `plain` does."""
    return _opener.decode_lines(plain(sealed, key))
