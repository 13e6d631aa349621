"""`dsar connector settings`: the form of a connector's settings, from their struct."""

import textwrap
from typing import Any

import msgspec

from dsar.outbound.forms import FormField, form, schema, words
from dsar.outbound.systems import connector_of

WIDTH = 110


def settings_form(key: str, *, as_json: bool) -> int:
    """Print every setting: its type, its default, whether it is secret, and what it is for."""
    connector = connector_of(key)
    fields = form(connector)
    if as_json:
        told = {"connector": key, "fields": fields, "schema": schema(connector)}
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        return 0
    print(f"{key}: {connector.manifest.title}")
    for field in fields:
        print(f"\n{field.name}: {_kind(field)}")
        if field.help:
            print(textwrap.indent(textwrap.fill(" ".join(field.help.split()), WIDTH - 4), "    "))
    for name, table in schema(connector).get("$defs", {}).items():
        _table(name, table, schema(connector)["$defs"])
    return 0


def _table(name: str, table: dict[str, Any], others: dict[str, Any]) -> None:
    """A table within the settings, such as one of a list; its fields in a line each."""
    if "properties" not in table:
        return
    print(
        f"\nA table {name}"
        + (f": {' '.join(table['description'].split())}" if "description" in table else "")
    )
    for field, described in table["properties"].items():
        required = ", required" if field in table.get("required", ()) else ""
        print(f"    {field}: {words(described, others)}{required}")


def _kind(field: FormField) -> str:
    words = [field.type]
    if field.required:
        words.append("required")
    elif not field.secret:
        words.append(f"default {msgspec.json.encode(field.default).decode()}")
    if field.secret:
        words.append("secret")
    return ", ".join(words)
