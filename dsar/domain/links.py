"""Links to an answer: how one ends, how long a code opens it, and what counts as one download."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from dsar.domain.case import AnswerTo, Case, State
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import Event

GRANT_LIFETIME = timedelta(minutes=15)
# What broke off goes on for a day, with a fresh code if need be, and is the same download.
SAME_DOWNLOAD = timedelta(days=1)
# A controller needs no code: its parts within the hour are one download.
SAME_DOWNLOAD_OF_CONTROLLER = timedelta(hours=1)
LINKS_A_DAY_MAX = 5
LINKS_BY_PERSON_A_DAY_MAX = 2
LINKS_A_CASE_MAX = 50
MADE = "link.made"
REVOKED = "link.revoked"


class Ending(StrEnum):
    """Why a link leads nowhere any more."""

    EXPIRED = "expired"  # its days are over
    ENDED = "ended"  # staff ended it, or a newer one took its place
    GONE = "gone"  # the case is closed and its key destroyed: there is nothing left to fetch


class LinkEnded(NotFound):
    """The link was good once. Its holder is told how it ended, and nothing of what it led to."""

    def __init__(self, ending: Ending, language: str) -> None:
        super().__init__("the link has ended")
        self.ending = ending
        self.language = language


class NotGranted(NotFound):
    """No right code was typed, or its quarter of an hour is over."""

    def __init__(self) -> None:
        super().__init__("type a fresh code first")


class NoneLeft(NotFound):
    """Every download of the link is taken."""

    def __init__(self) -> None:
        super().__init__("no download is left on this link")


class Access(StrEnum):
    """What a call for an archive is to the one who keeps count."""

    DOWNLOAD = "download"  # one more, and an entry in the history
    RESUMED = "resumed"  # an entry: it goes on with what was counted before
    PART = "part"  # neither: a further part of what stands in the history


def ending(
    *, key_there: bool, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> Ending | None:
    """How a link has ended; None while it is good."""
    if not key_there:
        return Ending.GONE
    if revoked_at is not None:
        return Ending.ENDED
    return Ending.EXPIRED if expires_at <= now else None


def access(
    counted_at: datetime | None, noted_at: datetime | None, granted_until: datetime, now: datetime
) -> Access:
    """Of a person: one download a link, an archive and a day, however many parts and codes it takes.

    `counted_at` is when the last download was counted, `noted_at` when the history last noted a call for it.
    """
    if counted_at is None or now - counted_at >= SAME_DOWNLOAD:
        return Access.DOWNLOAD
    granted_at = granted_until - GRANT_LIFETIME
    return Access.PART if noted_at is not None and noted_at >= granted_at else Access.RESUMED


def access_of_controller(noted_at: datetime | None, *, whole: bool, now: datetime) -> Access:
    """Of a controller: whoever asks for the whole downloads it; parts within the hour go on with what was noted."""
    if whole or noted_at is None:
        return Access.DOWNLOAD
    if now - noted_at >= SAME_DOWNLOAD_OF_CONTROLLER:
        return Access.RESUMED
    return Access.PART


def may_reissue(case: Case, made_at: Sequence[datetime], now: datetime) -> None:
    """Raise NotNow where a new link leads to nothing, is not ours to send, or would be one too many."""
    if case.state is not State.DELIVERED or case.wrapped_key is None:
        raise NotNow(
            "case", "has no answer that can be fetched.", "A link is made while the answer is out and kept."
        )
    if case.controller_id is not None and case.answer_to is not AnswerTo.PERSON:
        # GDPR 28(3)(a): the controller has not told us to answer the person
        raise NotNow("case", "is its controller's to answer.", "The controller fetches the archive itself.")
    if sum(now - at < SAME_DOWNLOAD for at in made_at) >= LINKS_A_DAY_MAX:
        raise InvalidInput(
            FieldError(
                "link", "was made too often today.", "Wait a day: at most {limit}.", limit=LINKS_A_DAY_MAX
            )
        )
    if len(made_at) >= LINKS_A_CASE_MAX:
        raise InvalidInput(
            FieldError(
                "link", "was made too often.", "A case has at most {limit} links.", limit=LINKS_A_CASE_MAX
            )
        )


def may_ask_again(ended: Ending, history: Sequence[Event], now: datetime) -> bool:
    """Whether who holds a dead link gets a new one by asking, sent to where the dead one went.

    Only of a link whose days are over. What staff ended stays so until staff makes a new one, and an address that
    another has replaced gets nothing any more.
    """
    if ended is not Ending.EXPIRED:
        return False
    if stays_ended(history):
        return False
    made = [event for event in history if event.type == MADE]
    own = [event for event in made if event.actor == "person" and now - event.at < SAME_DOWNLOAD]
    return len(own) < LINKS_BY_PERSON_A_DAY_MAX


def stays_ended(history: Sequence[Event]) -> bool:
    """Whether staff has ended a link and made none since: no other is made by itself, for a mailbox may be lost."""
    last = next((event for event in reversed(history) if event.type in {MADE, REVOKED}), None)
    return last is not None and last.type == REVOKED
