"""JSON pointers, RFC 6901, and the depth of what they lead into."""

import re
from typing import Any

_PLACE = re.compile(r"0|[1-9][0-9]{0,9}")


NOWHERE = object()


def resolves(data: Any, pointer: str) -> bool:
    """Whether the pointer leads to something."""
    return found(data, pointer) is not NOWHERE


def found(data: Any, pointer: str) -> Any:
    """What the pointer leads to, or NOWHERE."""
    if not pointer:
        return data
    if not pointer.startswith("/"):
        return NOWHERE
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and _PLACE.fullmatch(name) and int(name) < len(data):
            data = data[int(name)]
        else:
            return NOWHERE
    return data


def deeper(data: Any, levels: int) -> bool:
    """Whether anything stands further down than that."""
    if isinstance(data, dict):
        data = list(data.values())
    if not isinstance(data, list):
        return False
    return levels == 0 or any(deeper(inner, levels - 1) for inner in data)
