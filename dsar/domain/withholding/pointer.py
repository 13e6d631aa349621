"""RFC 6901 pointers into a record's data: what they lead to, what lies below them, taking out and putting in."""

from collections.abc import Iterable, Iterator
from typing import Any

NOTHING: tuple[Any, ...] = (None, "", [], {})  # where there is nothing, nothing is withheld


def at(data: Any, pointer: str) -> Any:
    """What a pointer leads to; None where it leads nowhere."""
    if pointer and not pointer.startswith("/"):
        return None
    for part in pointer.split("/")[1:]:
        data = _step(data, _plain(part))
    return data


def is_there(data: Any, pointer: str) -> bool:
    """Whether a pointer leads to something that is not empty."""
    return at(data, pointer) not in NOTHING


def covers(outer: str, inner: str) -> bool:
    """Whether what `inner` leads to is, or lies within, what `outer` leads to."""
    return inner == outer or inner.startswith(f"{outer}/")


def above(pointer: str) -> Iterator[str]:
    """The pointers to all that holds what this one leads to, the nearest first; the whole record last."""
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def below(pointer: str, name: str | int) -> str:
    """The pointer to one part of what a pointer leads to."""
    part = name.replace("~", "~0").replace("/", "~1") if isinstance(name, str) else name
    return f"{pointer}/{part}"


def named(held: Any) -> Iterable[tuple[str | int, Any]]:
    """The parts of an object or a list, by name or number; none of anything else."""
    if isinstance(held, dict):
        return held.items()
    return enumerate(held) if isinstance(held, list) else ()


def parts_of(held: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """The parts of an object or a list, by pointer."""
    return ((below(pointer, name), value) for name, value in named(held))


def values_in(data: Any, pointer: str = "") -> Iterator[tuple[str, str | int, Any]]:
    """Every value below a pointer that has no parts: the pointer to what holds it, its name or number in that, itself.

    Whole pointers are for the caller to make: few of many values are wanted.
    """
    left = [(pointer, data)]
    while left:
        pointer, held = left.pop()
        for name, value in named(held):
            if isinstance(value, dict | list):
                left.append((below(pointer, name), value))
            else:
                yield pointer, name, value


def fitting(data: Any, pattern: str) -> Iterator[str]:
    """The pointers that a pattern means in this data; `*` stands for any one part."""
    found = [("", data)] if pattern.startswith("/") or not pattern else []
    for part in pattern.split("/")[1:]:
        if part == "*":
            found = [inner for pointer, value in found for inner in parts_of(value, pointer)]
        else:
            found = [(f"{pointer}/{part}", _step(value, _plain(part))) for pointer, value in found]
    return (pointer for pointer, value in found if value not in NOTHING)


def take_out(data: Any, pointer: str) -> None:
    """Remove what a pointer leads to; in a list null takes its place: other pointers still hold."""
    path, slash, last = pointer.rpartition("/")
    held = at(data, path) if slash else None
    if isinstance(held, dict):
        held.pop(_plain(last), None)
    elif isinstance(held, list):
        put(data, pointer, None)


def put(data: Any, pointer: str, value: Any) -> None:
    """Put something in place of what a pointer leads to."""
    path, slash, last = pointer.rpartition("/")
    held, part = at(data, path) if slash else None, _plain(last)
    if isinstance(held, dict) and part in held:
        held[part] = value
    elif isinstance(held, list) and _is_index(part, held):
        held[int(part)] = value


def _plain(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~") if "~" in part else part


def _step(data: Any, part: str) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and _is_index(part, data):
        return data[int(part)]
    return None


def _is_index(part: str, held: list[Any]) -> bool:
    # RFC 6901, 4: digits without leading zeros, so that one place has one name
    if not (part.isascii() and part.isdecimal()) or (part[0] == "0" and part != "0"):
        return False
    return len(part) <= len(str(len(held))) and int(part) < len(held)
