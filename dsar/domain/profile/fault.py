"""Says what is wrong with a profile's shape by the field's own name, with its value and what is allowed.

msgspec names the place as `$.categories[...].legal_basis[0]`, without the key of a table: it is found by trying each.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import ValidationError, inspect

Step = str | int

_AT = re.compile(r"(.*) - at (`.*)", re.DOTALL)
_PLACE = re.compile(r"\.(\w+)|\[(\d+)\]|(\[\.\.\.\])")
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


def fault(error: ValidationError, raw: Any, kind: type[Any]) -> str:
    """One line for a person to mend the profile by."""
    parted = _AT.fullmatch(str(error))
    message, place = parted.groups() if parted else (str(error), "")
    steps = _steps(str(error), place, raw, kind)
    if place.startswith("`key` in"):
        keys = [str(key) for key in _at(raw, steps)]
        return f"{_name(steps)}: {_cannot(message, '', _key_type(_type_at(kind, steps)), keys)}"
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", message):
        return f"{_name([*steps, missing[1]])}: is missing"
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        there = ", ".join(_fields_of(_type_at(kind, steps)))
        return f"{_name([*steps, unknown[1]])}: is no field here; allowed: {there}"
    if own := re.match(r"(\w+): ", message):  # of a struct that judges its own fields
        return f"{_name([*steps, own[1]])}: {message[own.end() :]}"
    return f"{_name(steps)}: {_cannot(message, _at(raw, steps), _type_at(kind, steps))}"


def _steps(whole: str, place: str, raw: Any, kind: type[Any]) -> list[Step]:
    steps: list[Step] = []
    for name, number, key in _PLACE.findall(place):
        if key:
            steps.append(_key_in(whole, raw, steps, kind))
        else:
            steps.append(name or int(number))
    return steps


def _key_in(whole: str, raw: Any, steps: Sequence[Step], kind: type[Any]) -> str:
    """The entry of a table that alone brings the same error about."""
    keys = [str(key) for key in _at(raw, steps)]
    for key in keys:
        try:
            msgspec.convert(_with_only(raw, steps, key), kind, str_keys=True)
        except ValidationError as error:
            if str(error) == whole:
                return key
    return "|".join(keys)


def _with_only(raw: Any, steps: Sequence[Step], key: str) -> Any:
    if not steps:
        return {key: raw[key]}
    first, rest = steps[0], steps[1:]
    inner = _with_only(raw[first], rest, key)
    if isinstance(raw, list):
        return [inner if number == first else entry for number, entry in enumerate(raw)]
    return {**raw, first: inner}


def _at(raw: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        raw = raw[step]
    return raw


def _name(steps: Sequence[Step]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _cannot(message: str, value: Any, kind: inspect.Type | None, among: Sequence[str] = ()) -> str:
    choices = _choices(kind)
    wrong = next((key for key in among if key not in choices), value)
    if choices:
        return f"{wrong!r} cannot be used; allowed: {', '.join(choices)}"
    wanted = re.match(r"Expected `([^`]+)`(.*?)(?:, got `.*`)?$", message)
    if wanted is None:
        return message
    kinds = [_KINDS.get(word, word) for word in wanted[1].split(" | ") if word != "null"]
    shown = "a table" if isinstance(value, dict) else repr(value)
    return f"{shown} cannot be used; allowed: {' or '.join(kinds)}{wanted[2]}"


def _choices(kind: inspect.Type | None) -> list[str]:
    if isinstance(kind, inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, inspect.UnionType):
        return [choice for one in kind.types for choice in _choices(one)]
    return []


def _fields_of(kind: inspect.Type | None) -> list[str]:
    return [field.encode_name for field in kind.fields] if isinstance(kind, inspect.StructType) else []


def _key_type(kind: inspect.Type | None) -> inspect.Type | None:
    return kind.key_type if isinstance(kind, inspect.DictType) else None


def _type_at(kind: type[Any], steps: Sequence[Step]) -> inspect.Type | None:
    here: inspect.Type | None = inspect.type_info(kind)
    for step in steps:
        here = _inside(here, step) if here is not None else None
    return _struct_of(here) if here is not None else None


def _struct_of(kind: inspect.Type) -> inspect.Type:
    """Of a union the part that has fields, if any: `Authority | None` is an authority."""
    if isinstance(kind, inspect.UnionType):
        return next((one for one in kind.types if isinstance(one, inspect.StructType)), kind)
    return kind


def _inside(kind: inspect.Type, step: Step) -> inspect.Type | None:
    if isinstance(kind, inspect.UnionType):
        return next((found for one in kind.types if (found := _inside(one, step)) is not None), None)
    if isinstance(kind, inspect.StructType):
        return next((field.type for field in kind.fields if field.encode_name == step), None)
    if isinstance(kind, inspect.DictType):
        return kind.value_type
    return kind.item_type if isinstance(kind, inspect.VarTupleType) else None
