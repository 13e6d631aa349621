"""Texts that are, or are not, values of a column's type."""

import re
import uuid

from dsar_sql.dialects.catalogue import Column


def is_whole(value: str, column: Column) -> bool:
    """Whether the text is a whole number that the column can hold."""
    bound = 1 << column.bits
    return bool(re.fullmatch(r"-?[0-9]{1,20}", value, re.ASCII)) and -bound <= int(value) < bound


def is_uuid(value: str) -> bool:
    """Whether the text is a UUID in one of its written forms."""
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True
