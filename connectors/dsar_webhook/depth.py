"""The depth of what a service answers."""

from typing import Any


def deeper(data: Any, levels: int) -> bool:
    """Whether anything stands further down than that."""
    if isinstance(data, dict):
        data = list(data.values())
    if not isinstance(data, list):
        return False
    return levels == 0 or any(deeper(inner, levels - 1) for inner in data)
