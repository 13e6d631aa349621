"""The form of a connector's settings, read from its struct: what staff's page, the API and the command line ask for."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from dsar.contract import Connector

_PLAIN = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "null": "nothing",
}


class FormField(Struct, frozen=True, kw_only=True):
    """One setting. `type` is for people, `default` as JSON has it; of a secret no default is told."""

    name: str
    type: str
    required: bool
    secret: bool
    default: Any = None
    help: str | None = None


def form(connector: Connector) -> tuple[FormField, ...]:
    """The settings of a connector in the struct's order."""
    kind = connector.manifest.settings
    described = schema(connector)
    helps = _helps(kind)
    return tuple(
        FormField(
            name=field.encode_name,
            type=words(described["properties"][field.encode_name], described.get("$defs", {})),
            required=field.required,
            secret=field.name in connector.manifest.secret_settings,
            default=described["properties"][field.encode_name].get("default"),
            help=described["properties"][field.encode_name].get("description") or helps.get(field.name),
        )
        for field in msgspec.structs.fields(kind)
    )


def schema(connector: Connector) -> dict[str, Any]:
    """The JSON Schema of a connector's settings, draft 2020-12; a secret is `writeOnly`."""
    kind = connector.manifest.settings
    (_,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole = components.pop(kind.__name__)
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    for secret in connector.manifest.secret_settings:
        described = whole["properties"][names[secret]]
        described.pop("default", None)
        described["writeOnly"] = True
    return {**whole, "$defs": components} if components else whole


def words(described: dict[str, Any], defs: dict[str, Any]) -> str:
    """A type as people name it, from its JSON Schema."""
    if "$ref" in described:
        return words(defs.get(described["$ref"].rpartition("/")[2], {}), defs)
    if "anyOf" in described:
        return " or ".join(dict.fromkeys(words(one, defs) for one in described["anyOf"]))
    if "enum" in described:
        return " or ".join(map(str, described["enum"]))
    kind = described.get("type")
    if kind == "array":
        return f"list of {words(described['items'], defs)}" if described.get("items") else "list"
    if kind == "object":
        title = described.get("title")
        return f"table {title}" if title else "table"
    return _PLAIN.get(str(kind), "anything")


def _helps(kind: type) -> dict[str, str]:
    """What stands in the source below each field, as this project writes it; an inherited field's stands there."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if one is not Struct and issubclass(one, Struct):
            found.update(_below_fields(one))
    hints = get_type_hints(kind)
    return {name: text for name, text in found.items() if name in hints}


def _below_fields(kind: type) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return  # a package without its source
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    for field, below in pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield field.target.id, inspect.cleandoc(str(below.value.value))
