"""Too many requests: a sign for a person to look at."""

from datetime import datetime, timedelta

from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile

_YEAR = timedelta(days=365)


def counted_since(now: datetime) -> datetime:
    """From when on a person's requests are counted."""
    return now - _YEAR


def flagged(requests: int, profile: Profile) -> tuple[NewEvent, ...]:
    """The entry that marks a case of a person who asks often; nothing else changes."""
    # GDPR 12(5): excessive is for a person to show; the number alone refuses nothing and moves no date
    if requests <= profile.requests_a_year:
        return ()
    return (NewEvent("abuse.flagged", data={"requests": requests, "usual": profile.requests_a_year}),)
