"""The free properties of a person or an event: opened from text, and what in them PostHog guessed."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dsar.contract import below

# PostHog derives these from the IP address; the address itself is the person's own.
GUESSED = ("$geoip_", "$initial_geoip_")


def opened(properties: Any) -> Any:
    """The properties as data: the query API hands over JSON text. Text that is not JSON stays as it is."""
    if not isinstance(properties, str):
        return properties
    try:
        return msgspec.json.decode(properties)
    except msgspec.DecodeError:
        return properties


def inferred(data: dict[str, Any]) -> tuple[str, ...]:
    """The JSON pointers (RFC 6901) of every guessed property, however deep, such as in `$set`."""
    return tuple(_pointers(data, ""))


def _pointers(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        here = below(path, key)
        if str(key).startswith(GUESSED):
            yield here
        else:
            yield from _pointers(inner, here)
