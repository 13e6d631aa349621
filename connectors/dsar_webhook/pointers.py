"""JSON pointers, RFC 6901, and the depth of what they lead into."""

import re
from typing import Any

_PLACE = re.compile(r"0|[1-9][0-9]{0,9}")


def resolves(data: Any, pointer: str) -> bool:
    """Whether the pointer leads to something."""
    if not pointer:
        return True
    if not pointer.startswith("/"):
        return False
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and _PLACE.fullmatch(name) and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True


def deeper(data: Any, levels: int) -> bool:
    """Whether anything stands further down than that."""
    if isinstance(data, dict):
        data = list(data.values())
    if not isinstance(data, list):
        return False
    return levels == 0 or any(deeper(inner, levels - 1) for inner in data)
