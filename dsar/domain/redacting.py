"""Whether a decision on withholding is of something that is there."""

from collections.abc import Iterable
from typing import Any

from dsar.contract import Attachment
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.withholding import Place, Selector, Withheld, has_voices, labels
from dsar.domain.withholding.pointer import at, covers, is_there

POINTER_LENGTH_MAX = 1000
TEXT_LENGTH_MAX = 500


def check_in_record(data: dict[str, Any], place: Place) -> None:
    """Refuse a place that is not in a record."""
    if place.stretch is not None:
        raise InvalidInput(_NO_SOUND)
    if place.pointer and not _leads_somewhere(data, place.pointer):
        raise InvalidInput(_NOWHERE)
    if place.span is not None:
        held = at(data, place.pointer)
        if not isinstance(held, str):
            raise InvalidInput(_NO_TEXT)
        if not 0 <= place.span.start < place.span.stop <= len(held):
            raise InvalidInput(_OUTSIDE)


def _leads_somewhere(data: dict[str, Any], pointer: str) -> bool:
    return len(pointer) <= POINTER_LENGTH_MAX and pointer.startswith("/") and is_there(data, pointer)


def check_in_file(attachment: Attachment, place: Place) -> None:
    """Refuse a place that is not in a file: a stretch of a recording, one of its names, or the whole of any."""
    if place.pointer and _leads_somewhere(labels(attachment), place.pointer):
        check_in_record(labels(attachment), place)
        return
    if place.pointer or place.span is not None:
        raise InvalidInput(_NO_FIELDS)
    stretch = place.stretch
    if stretch is None:
        return
    if not has_voices(attachment):
        raise InvalidInput(_NO_SOUND)
    if stretch.from_ms < 0 or (stretch.to_ms is not None and stretch.to_ms <= stretch.from_ms):
        raise InvalidInput(_BACKWARDS)
    channels = len(attachment.channels)
    if stretch.channel is not None and not 0 <= stretch.channel < (channels or stretch.channel + 1):
        raise InvalidInput(_NO_CHANNEL)


def check_disclosable(withheld: Iterable[Withheld], place: Place) -> None:
    """Refuse to let go what opens an account, GDPR 32: that is told to nobody."""
    for one in withheld:
        if one.rule.is_final and (
            covers(place.pointer, one.place.pointer) or covers(one.place.pointer, place.pointer)
        ):
            raise InvalidInput(_NEVER)


def check_selector(selector: Selector, place: Place | None) -> None:
    """Refuse a rule that finds everything, or nothing."""
    if place is not None:
        raise InvalidInput(_RULE_HAS_NO_PLACE)
    if selector == Selector():
        raise InvalidInput(_FINDS_ALL)
    if selector.text is not None and not 0 < len(selector.text.strip()) <= TEXT_LENGTH_MAX:
        raise InvalidInput(_BAD_TEXT)
    pointer = selector.pointer
    if pointer is not None and not (pointer.startswith("/") and len(pointer) <= POINTER_LENGTH_MAX):
        raise InvalidInput(_BAD_POINTER)


_NOWHERE = FieldError(
    "place.pointer", "leads nowhere in that record.", "Use an RFC 6901 pointer into its data."
)
_NO_TEXT = FieldError(
    "place.span", "is of a field that holds no text.", "Leave it out, or point to the text itself."
)
_OUTSIDE = FieldError("place.span", "lies outside the text.", "Count its characters from 0.")
_NO_SOUND = FieldError("place.stretch", "is of something that is no sound.", "Name a recording.")
_NO_FIELDS = FieldError(
    "place", "names a field of a file.", "A file has stretches and a `/name`, or is meant as a whole."
)
_BACKWARDS = FieldError("place.stretch", "does not end after it begins.", "Count milliseconds from 0.")
BEYOND = FieldError("place.stretch", "ends after the recording.", "Leave `to_ms` out to mean its end.")
_NO_CHANNEL = FieldError("place.stretch", "names a channel that is not there.", "Count the channels from 0.")
_NEVER = FieldError("effect", "frees what opens an account.", "That is told to nobody; withhold or leave it.")
_RULE_HAS_NO_PLACE = FieldError("place", "stands beside a rule.", "A rule finds its places; leave it out.")
_FINDS_ALL = FieldError("selector", "finds everything.", "Set at least one of its fields.")
_BAD_TEXT = FieldError(
    "selector.text", "is empty or too long.", "Use at most {limit} characters.", limit=TEXT_LENGTH_MAX
)
_BAD_POINTER = FieldError("selector.pointer", "is no pointer.", "Begin it with a slash: `/notes/*/text`.")
