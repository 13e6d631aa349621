"""What an archive holds, in counts: so much may stand on the page before the code, and none of it is the person's."""

from msgspec import Struct


class Inside(Struct, frozen=True, kw_only=True):
    """Keys of the profile and of systems, and numbers. An archive that says nothing of itself says nothing here."""

    categories: dict[str, int] = {}  # records and files by category
    calls: int = 0
    recordings: int = 0
    withheld: int = 0  # places at which something stayed out
    gaps: tuple[str, ...] = ()  # systems that are missing, by their keys
