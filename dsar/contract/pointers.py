"""JSON pointers (RFC 6901) into a record's data: what one leads to, and how one is written."""

import re
from typing import Any

NOWHERE = object()
_PLACE = re.compile(r"0|[1-9][0-9]{0,9}")


def value_at(data: Any, pointer: str) -> Any:
    """What the pointer leads to, or NOWHERE; the empty one leads to the whole."""
    if pointer and not pointer.startswith("/"):
        return NOWHERE
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and _PLACE.fullmatch(name) and int(name) < len(data):
            data = data[int(name)]
        else:
            return NOWHERE
    return data


def resolves(data: Any, pointer: str) -> bool:
    """Whether it leads to something."""
    return value_at(data, pointer) is not NOWHERE


def below(pointer: str, name: str | int) -> str:
    """The pointer to one part of what a pointer leads to."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
