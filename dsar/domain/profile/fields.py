"""The fields of a profile by their names, as `categories.account.retention[0].words`."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from msgspec import Struct, structs

from dsar.domain.profile.words import Text

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def texts_in(struct: Struct, path: str = "") -> Iterator[tuple[str, Text]]:
    """Every text that people read, with its field."""
    for field in structs.fields(struct):
        name = f"{path}.{field.encode_name}" if path else field.encode_name
        yield from _texts(name, field.type, getattr(struct, field.name))


def _texts(path: str, kind: Any, value: Any) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Struct):
        yield from texts_in(value, path)
    elif value is not None and {str, dict[str, str]} <= set(get_args(kind)):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(f"{path}.{key}", get_args(kind)[1], entry)
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            yield from _texts(f"{path}[{number}]", get_args(kind)[0], entry)


def has_field(struct: Struct, path: str) -> bool:
    """Whether a profile could have this field; it may be unset."""
    here: Any = struct
    for number, name in _STEP.findall(path):
        if isinstance(here, Struct) and name in here.__struct_fields__:
            here = getattr(here, name)
        elif isinstance(here, dict) and name in here:
            here = here[name]
        elif isinstance(here, tuple) and number and int(number) < len(here):
            here = here[int(number)]
        else:
            return False
    return bool(path)
