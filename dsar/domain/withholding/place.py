"""Where in an item something stands: a field, a span of its text, a stretch of its sound."""

import re
from enum import StrEnum
from itertools import takewhile

from msgspec import Struct

# A field's name or a number in a list; in a map of people the next part may be somebody's name, mailbox or telephone.
_PLAIN_NAME = re.compile(r"(?!(?:\D*\d){5})[A-Za-z0-9_$.~-]{1,64}")


class Target(StrEnum):
    """What is withheld or let go, as `redaction.target` in schema.sql has it."""

    RECORD = "record"  # the whole item: a record, or a file
    FIELD = "field"
    SPAN = "span"
    STRETCH = "stretch"
    RULE = "rule"  # wherever a rule finds it


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """Characters of a text, from `start` to before `stop`."""

    start: int
    stop: int


class Stretch(Struct, frozen=True, forbid_unknown_fields=True):
    """Milliseconds of a recording, from its start; `channel` counts from 0, None means all."""

    from_ms: int
    to_ms: int | None  # None: to the end
    channel: int | None = None


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A place in one item. `pointer` (RFC 6901) names the field; the whole item where it is empty."""

    pointer: str = ""
    span: Span | None = None
    stretch: Stretch | None = None

    @property
    def target(self) -> Target:
        """What kind of place it is."""
        if self.stretch is not None:
            return Target.STRETCH
        if self.span is not None:
            return Target.SPAN
        return Target.FIELD if self.pointer else Target.RECORD

    @property
    def told(self) -> str:
        """The pointer as far as it may be told to the person: up to a part that is no plain name."""
        return "".join(f"/{part}" for part in takewhile(_PLAIN_NAME.fullmatch, self.pointer.split("/")[1:]))
