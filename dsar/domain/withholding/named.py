"""What a field's name says of its value."""

import re
from typing import Any

from dsar.domain.withholding.pointer import NOTHING

SHOWN = "held, not disclosed"
# A record may keep its fields as rows: `{"name": "ssn", "value": "…"}`.
KEYS = ("name", "key", "field", "label", "question")
VALUES = ("value", "answer")


def snake(name: str) -> str:
    """A field's name in one spelling: `securityAnswer`, `Security-Answer` and `SECURITY_ANSWER` are the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower().replace("'", "").replace("’", "")).strip("_")


def is_something(value: Any) -> bool:
    """Whether there is a value at all: that one is set, or is none, is no secret."""
    return value not in NOTHING and not isinstance(value, bool) and value != SHOWN
