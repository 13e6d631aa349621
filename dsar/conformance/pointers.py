"""JSON pointers (RFC 6901), as far as the kit needs them: does one lead to something, and to what?"""

from typing import Any

_NOTHING = object()


def resolves(data: Any, pointer: str) -> bool:
    """Whether the pointer names a value in the data; the empty one names the whole."""
    return value_at(data, pointer) is not _NOTHING


def value_at(data: Any, pointer: str) -> Any:
    """What it names, if it names anything."""
    if pointer and not pointer.startswith("/"):
        return _NOTHING
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isascii() and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return _NOTHING
    return data
