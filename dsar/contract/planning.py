"""What an erasure would do, told before it is done."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

from dsar.contract.orders import Kept

_BITS = 256


class Plan(Struct, frozen=True):
    """What an erasure of one subject would erase and keep, as things stand now.

    `erased` counts the items of each collection that would go; `kept` are those that would stay, each with its
    ground. `digest` stands for exactly these items: the same plan has the same digest, whoever makes it and when.
    """

    erased: Mapping[str, int]
    kept: tuple[Kept, ...]
    digest: str


def digest(erased: Iterable[tuple[str, str]], kept: Iterable[tuple[str, str, str]]) -> str:
    """Of `(collection, record_id)` erased and `(collection, record_id, ground)` kept, in whatever order they come."""
    total = count = 0
    for collection, record_id in erased:
        count, total = count + 1, total + _number("erased", collection, record_id)
    for collection, record_id, ground in kept:
        count, total = count + 1, total + _number("kept", collection, record_id, ground)
    return f"{count}-{total % (1 << _BITS):064x}"


def _number(*parts: str) -> int:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(sha256(text.encode()).digest())
