"""A database row as a frozen struct."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

T = TypeVar("T")


def as_struct(row: Any, kind: type[T]) -> T:
    """The row as `kind`; a column that does not fit is a bug and raises msgspec.ValidationError."""
    return msgspec.convert(dict(row), kind, strict=False)


def new_id() -> UUID:
    """A version 7 UUID: later ones sort after earlier ones."""
    return uuid7()
