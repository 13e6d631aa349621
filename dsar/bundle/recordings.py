"""Recordings on their way into the archive: muted where others are heard, and with nothing but their sound."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct, structs

from dsar.audio import AudioError, Muted, muted
from dsar.bundle.calls import Filed
from dsar.bundle.collection import collected
from dsar.bundle.conversation import Mute, Recording
from dsar.bundle.material import Material
from dsar.bundle.names import safe
from dsar.bundle.release import Release
from dsar.bundle.shelf import FileRole, Shelf, Silenced
from dsar.domain.withholding import MARK, Heard, Labels, Place, Sound, Stretch, Withheld, has_voices
from dsar.vault.segments import StoredAttachment

WAVE = "audio/wav"
CANNOT_BE_MUTED = "cannot_be_muted"
DECIDED = "decided"


class FileWithheld(Struct, frozen=True, omit_defaults=True):
    """A file that stayed out whole. It is named by nothing of its own: a name may tell whom it is about."""

    category: str
    system: str
    collection: str
    media_type: str
    ground: str
    law: str
    rule: str
    because: str  # CANNOT_BE_MUTED, or DECIDED by a rule or a person


class Recordings:
    """Writes files, sound or not."""

    def __init__(self, material: Material, shelf: Shelf, release: Release) -> None:
        self._material = material
        self._shelf = shelf
        self._release = release
        self.withheld: list[FileWithheld] = []

    def of_call(self, filed: Filed, folder: str, heard: Sequence[Heard]) -> Recording:
        """A call's recording, as `recording.wav` in the call's folder."""
        sound = self._sound(filed, heard)
        return self._write(filed, folder, "recording" + PurePosixPath(_name(sound)).suffix, sound)

    def alone(self, filed: Filed, folder: str, heard: Sequence[Heard]) -> Recording:
        """A recording of no call, under its own name."""
        sound = self._sound(filed, heard)
        return self._write(filed, folder, _name(sound), sound)

    def file(self, filed: Filed) -> Recording:
        """What is no sound, under its own name; in a folder, where the system knows it by another."""
        sound = self._sound(filed, ())
        origin, labels = filed.stored.attachment.origin, sound.labels
        folder = "files"
        if labels.record_id != labels.name:
            known_as = (folder, filed.row.system_key, origin.collection, origin.record_id)
            folder = self._shelf.names.folder(folder, name=plain(labels.record_id), of=known_as)
        return self._write(filed, folder, _name(sound), sound)

    def _sound(self, filed: Filed, heard: Sequence[Heard]) -> Sound:
        return self._release.file(collected(filed.row), filed.stored.attachment, heard)

    def _write(self, filed: Filed, folder: str, name: str, sound: Sound) -> Recording:
        if sound.whole_withheld:
            return self._kept_out(filed, _why(sound), DECIDED)
        with self._anew(filed.stored, sound.mutes) as new:
            if new is None and sound.mutes:
                # What cannot be taken apart cannot be silenced either, and somebody else is heard in it.
                why = _why(sound)
                self._release.count(collected(filed.row), [_whole(why)])
                return self._kept_out(filed, why, CANNOT_BE_MUTED)
            return self._put(filed, folder, name, sound, new)

    @contextmanager
    def _anew(self, stored: StoredAttachment, mutes: Sequence[Stretch]) -> Iterator[Muted | None]:
        """The recording with nothing but its sound; None where it is no sound, or cannot be read."""
        attachment = stored.attachment
        # Of a video only its sound could be read: the picture would be lost.
        if not has_voices(attachment) or attachment.media_type.lower().startswith("video/"):
            yield None
            return
        with self._material.seekable(stored) as source:
            try:
                new = muted(source, mutes, len(attachment.channels))
            except AudioError:
                new = None
            yield new

    def _put(self, filed: Filed, folder: str, name: str, sound: Sound, new: Muted | None) -> Recording:
        stored, labels = filed.stored, sound.labels
        media_type = WAVE if new else stored.attachment.media_type
        if new:
            name = str(PurePosixPath(safe(name)).with_suffix(".wav"))
        path = self._shelf.names.file_within(folder, name)
        written = self._shelf.put(
            path,
            new.pieces if new else self._material.file(stored),
            FileRole.RECORDING if has_voices(stored.attachment) else FileRole.FILE,
            bytes_max=new.bytes if new else stored.size,
            media_type=media_type,
            silenced=tuple(_silenced(one) for one in sound.withheld if one.place.stretch),
            cut_off=bool(new and not new.is_whole),
            cleaned=bool(new) if has_voices(stored.attachment) else None,
            withheld=sum(bool(one.place.pointer) for one in sound.withheld),
            **_facts(filed, labels),
        )
        attachment = stored.attachment
        return Recording(
            path,
            media_type,
            written.bytes,
            mutes=tuple(_mute(one, labels) for one in sound.withheld if one.place.stretch),
            made_by_ai=attachment.made_by_ai,
            inferred=attachment.inferred,
            maker=attachment.maker,
        )

    def _kept_out(self, filed: Filed, why: Withheld, because: str) -> Recording:
        row, media_type = filed.row, filed.stored.attachment.media_type
        path = "recording" if has_voices(filed.stored.attachment) else "file"
        where = (row.category, row.system_key, row.collection)
        self.withheld.append(
            FileWithheld(*where, media_type, why.ground.value, why.law, why.rule.value, because)
        )
        return Recording(path, media_type, 0, withheld=why.ground)


def plain(label: str) -> str:
    """A name as a part of a path: in place of what is withheld stands a word."""
    return label.replace(MARK, "withheld")


def _name(sound: Sound) -> str:
    return safe(plain(sound.labels.name))


def _facts(filed: Filed, labels: Labels) -> dict[str, Any]:
    attachment, row = filed.stored.attachment, filed.row
    return {
        "category": row.category,
        "systems": (row.system_key,),
        "collection": row.collection,
        "name": labels.name,
        "channels": labels.channels,
        "made_by_ai": attachment.made_by_ai,
        "inferred": attachment.inferred,
        "maker": attachment.maker,
        "origin": structs.replace(attachment.origin, record_id=labels.record_id),
    }


def _why(sound: Sound) -> Withheld:
    """The first thing that stays out; where nobody says, it is for others."""
    return next(iter(sound.withheld))


def _whole(why: Withheld) -> Withheld:
    return Withheld(
        place=Place(), ground=why.ground, rule=why.rule, certainty=why.certainty, decision=why.decision
    )


def _silenced(one: Withheld) -> Silenced:
    assert one.place.stretch is not None
    at = one.place.stretch
    return Silenced(one.ground.value, one.law, one.rule.value, at.from_ms, at.to_ms, at.channel)


def _mute(one: Withheld, labels: Labels) -> Mute:
    assert one.place.stretch is not None
    number, channels = one.place.stretch.channel, labels.channels
    name = channels[number] if number is not None and number < len(channels) else None
    return Mute(one.place.stretch, one.ground, name)
