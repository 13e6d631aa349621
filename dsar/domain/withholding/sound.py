"""How a file leaves: under which name, whole, with stretches muted, or not at all."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from dsar.contract import Attachment, Speaker, Turn
from dsar.domain.withholding.filed import Labels, labelled
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.line import Line
from dsar.domain.withholding.place import Place, Stretch, Target
from dsar.domain.withholding.pointer import above, is_there
from dsar.domain.withholding.withheld import Rule, Withheld

# What stores of files call that of which they were told nothing.
_BYTES = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/ogg"})
_SOUNDS = (
    ".wav", ".wave", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".aif", ".aiff", ".au", ".caf", ".w64", ".rf64", ".gsm",
    ".m4a", ".aac", ".amr", ".wma", ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi",
)  # fmt: skip
BUSINESS = frozenset({Speaker.BUSINESS, Speaker.MACHINE})  # one side of a call, whoever speaks for it


class Sound(Struct, frozen=True):
    """`mutes` are merged and in order; `withheld` says on what ground each is, or why the whole file stays out.

    `labels` are its names as they may be told: of a file that stays out, none.
    """

    whole_withheld: bool
    mutes: tuple[Stretch, ...]
    withheld: tuple[Withheld, ...]
    labels: Labels = Labels()


class Heard(Stretch, frozen=True, kw_only=True):
    """When withheld words are spoken in the recordings of their call. `by` says what withholds the words."""

    speaker: Speaker
    by: Withheld


def heard(withheld: Sequence[Withheld], line: Line) -> tuple[Heard, ...]:
    """The times of the turns of which something is withheld, of a record as collected or as released.

    A turn is silent as a whole: when in it a word is said is not known. Without times it may be anywhere.
    """
    by = {hit.place.pointer: hit for hit in reversed(withheld)}
    starts = sorted({turn.from_ms for turn in line.turns if turn.from_ms is not None})
    found = []
    for turn in line.turns:
        hit = next((by[pointer] for pointer in (turn.pointer, *above(turn.pointer)) if pointer in by), None)
        if hit is None and turn.speaker is Speaker.OTHER and not is_there(line.data, turn.pointer):
            hit = _unwritten(turn)
        if hit is not None:
            from_ms, to_ms = _times(turn, starts)
            found.append(Heard(from_ms, to_ms, speaker=turn.speaker, by=hit))
    return tuple(found)


def _unwritten(turn: Turn) -> Withheld:
    """Another person is heard, and nobody wrote down what is said."""
    return Withheld(place=Place(turn.pointer), ground=WithholdingGround.OTHERS, rule=Rule.OTHER_SPEAKER)


def _times(turn: Turn, starts: Sequence[int]) -> tuple[int, int | None]:
    if turn.from_ms is None:
        return 0, None
    if turn.to_ms is not None and turn.to_ms > turn.from_ms:
        return turn.from_ms, turn.to_ms
    return turn.from_ms, next((start for start in starts if start > turn.from_ms), None)


def has_voices(attachment: Attachment) -> bool:
    """Whether it can be listened to: by its form, or by its name where a store knows it only as bytes."""
    media_type = attachment.media_type.lower()
    if media_type in _BYTES:
        return bool(attachment.channels) or attachment.name.lower().endswith(_SOUNDS)
    return bool(attachment.channels) or media_type.startswith(("audio/", "video/"))


def call_of(attachment: Attachment) -> str:
    """The id of the call that a recording belongs to: of the record that it names, else its own."""
    return attachment.record[1] if attachment.record is not None else attachment.origin.record_id


def of_channels(attachment: Attachment) -> Iterator[Withheld]:
    """GDPR 15(4): the channels of other persons, all the time."""
    others = [i for i, channel in enumerate(attachment.channels) if channel.speaker is Speaker.OTHER]
    if others and len(others) == len(attachment.channels):
        yield _hit(Place())
        return
    for number in others:
        yield _hit(Place(stretch=Stretch(0, None, number)))


def of_turns(attachment: Attachment, stretches: Iterable[Heard]) -> Iterator[Withheld]:
    """What was heard of withheld turns, on every channel that may carry it."""
    for one in stretches:
        for channel in _carrying(attachment, one.speaker):
            yield Withheld(
                place=Place(stretch=Stretch(one.from_ms, one.to_ms, channel)),
                ground=one.by.ground,
                rule=one.by.rule,
                certainty=one.by.certainty,
                decision=one.by.decision,
            )


def _carrying(attachment: Attachment, speaker: Speaker) -> Sequence[int | None]:
    """The channels that are not surely another side's alone. Where that leaves none, what is said of them is wrong."""
    if len(attachment.channels) < 2:
        return [None]
    sides = BUSINESS if speaker in BUSINESS else {speaker}
    free = {*sides, Speaker.OTHER, Speaker.MIXED, Speaker.UNKNOWN}
    if speaker is Speaker.MIXED:
        return [None]
    numbers = [i for i, channel in enumerate(attachment.channels) if channel.speaker in free]
    return numbers if numbers and len(numbers) < len(attachment.channels) else [None]


def sound_of(attachment: Attachment, hits: Sequence[Withheld]) -> Sound:
    """How it leaves, with what is to be withheld of it. Of what is silent from end to end nothing leaves."""
    whole = next((hit for hit in hits if hit.place.target is Target.RECORD), None)
    if whole is not None:
        return Sound(whole_withheld=True, mutes=(), withheld=(whole,))
    named, names_withheld = labelled(attachment, hits)
    if not has_voices(attachment):
        return Sound(whole_withheld=False, mutes=(), withheld=tuple(names_withheld), labels=named)
    muting = [hit for hit in dict.fromkeys(hits) if hit.place.stretch is not None]
    mutes = merged([hit.place.stretch for hit in muting if hit.place.stretch is not None])
    silent = {mute.channel for mute in mutes if mute.from_ms <= 0 and mute.to_ms is None}
    if None in silent or (silent and len(silent) == len(attachment.channels)):
        first = next(hit for hit in muting if hit.place.stretch and hit.place.stretch.to_ms is None)
        return Sound(whole_withheld=True, mutes=(), withheld=(_of_whole(first),))
    return Sound(False, mutes, (*muting, *names_withheld), named)


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """What overlaps or touches is one, for each channel; what holds for all channels stands first."""
    kept: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: (-1 if one.channel is None else one.channel, one.from_ms)):
        last = kept[-1] if kept else None
        if (
            last is None
            or last.channel != one.channel
            or (last.to_ms is not None and last.to_ms < one.from_ms)
        ):
            kept.append(one)
        elif last.to_ms is not None:
            to_ms = None if one.to_ms is None else max(last.to_ms, one.to_ms)
            kept[-1] = Stretch(last.from_ms, to_ms, last.channel)
    return tuple(kept)


def _of_whole(hit: Withheld) -> Withheld:
    return Withheld(
        place=Place(), ground=hit.ground, rule=hit.rule, certainty=hit.certainty, decision=hit.decision
    )


def _hit(place: Place) -> Withheld:
    return Withheld(place=place, ground=WithholdingGround.OTHERS, rule=Rule.OTHER_SPEAKER)
