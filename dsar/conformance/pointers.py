"""JSON pointers (RFC 6901), as far as the kit needs them: does one lead to something?"""

from typing import Any


def resolves(data: Any, pointer: str) -> bool:
    """Whether the pointer names a value in the data; the empty one names the whole."""
    if pointer and not pointer.startswith("/"):
        return False
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isascii() and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return False
    return True
