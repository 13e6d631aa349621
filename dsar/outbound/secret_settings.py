"""A connector's secret settings: never shown again, and kept when they are left out of a change."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dsar.contract import Connector
from dsar.domain.errors import FieldError, InvalidInput


def without_secrets(connector: Connector, raw: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The settings that may be shown, and the names of those secrets that are set."""
    secret = _secrets(connector)
    known = {field.encode_name for field in msgspec.structs.fields(connector.manifest.settings)}
    shown = {name: value for name, value in raw.items() if name in known - secret}
    return shown, sorted(secret & {name for name, value in raw.items() if value is not None})


def _secrets(connector: Connector) -> frozenset[str]:
    names = connector.manifest.secret_settings
    fields = msgspec.structs.fields(connector.manifest.settings)
    return frozenset(field.encode_name for field in fields if field.name in names)


def with_secrets(connector: Connector, given: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """A secret that was left out is as it was, but never goes to an address that it was not given for."""
    secret = _secrets(connector)
    kept = {name: old[name] for name in secret if given.get(name) is None and old.get(name) is not None}
    if kept:
        before = set(_addresses({k: v for k, v in old.items() if k not in secret}))
        after = set(_addresses({k: v for k, v in given.items() if k not in secret}))
        if after - before:
            raise InvalidInput(
                *(
                    FieldError(f"settings.{name}", "is not kept when an address changes.", "Send it again.")
                    for name in sorted(kept)
                )
            )
    return {**given, **kept}


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "://" in value:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _addresses(one)
    elif isinstance(value, list):
        for one in value:
            yield from _addresses(one)
