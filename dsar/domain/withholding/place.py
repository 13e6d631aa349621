"""Where in an item something stands: a field, a span of its text, a stretch of its sound."""

from enum import StrEnum

from msgspec import Struct


class Target(StrEnum):
    """What is withheld or let go, as `redaction.target` in schema.sql has it."""

    RECORD = "record"  # the whole item: a record, or a file
    FIELD = "field"
    SPAN = "span"
    STRETCH = "stretch"
    RULE = "rule"  # wherever a rule finds it


class Span(Struct, frozen=True):
    """Characters of a text, from `start` to before `stop`."""

    start: int
    stop: int


class Stretch(Struct, frozen=True):
    """Milliseconds of a recording, from its start; `channel` counts from 0, None means all."""

    from_ms: int
    to_ms: int | None  # None: to the end
    channel: int | None = None


class Place(Struct, frozen=True):
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
