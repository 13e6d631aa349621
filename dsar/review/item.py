"""One item of what was found, as a decision or a player names it."""

from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput

_LENGTH_MAX = 100


class Item(Struct, frozen=True):
    """A line of a segment: ids and counts, nothing of the person's. A new collection gives new ones."""

    step_id: UUID
    seq: int
    line: int

    def __str__(self) -> str:
        return f"{self.step_id}/{self.seq}/{self.line}"

    @classmethod
    def parse(cls, text: str) -> "Item":
        """From its text; raises InvalidInput."""
        try:
            step_id, seq, line = text[:_LENGTH_MAX].split("/")
            found = cls(UUID(step_id), int(seq), int(line))
        except ValueError:
            raise InvalidInput(_UNKNOWN) from None
        if str(found) != text or min(found.seq, found.line) < 0:
            raise InvalidInput(_UNKNOWN)
        return found


_UNKNOWN = FieldError("item", "is no address of a finding.", "Take it from `item` of a finding.")
