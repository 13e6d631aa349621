"""What reviewers do with what was found, put together: it all looks at the same sealed pieces."""

from msgspec import Struct

from dsar.engine.opening import Parts
from dsar.review import Browsing, Counting, Leaving, Listening, Looking, Previewing, Redacting


class Findings(Struct, frozen=True, kw_only=True):
    """Read, heard, withheld, and told as it would leave."""

    browsing: Browsing
    listening: Listening
    redacting: Redacting
    previewing: Previewing
    leaving: Leaving


def findings(parts: Parts) -> Findings:
    """Each with what it works with."""
    looking = Looking(parts.db, parts.vault, parts.blobs, parts.profile, parts.now)
    listening = Listening(looking, parts.vault, parts.blobs)
    redacting = Redacting(parts.db, parts.vault, looking, listening, parts.now)
    return Findings(
        browsing=Browsing(looking),
        listening=listening,
        redacting=redacting,
        previewing=Previewing(looking, redacting),
        leaving=Leaving(parts.db, parts.profile, looking, Counting()),
    )
