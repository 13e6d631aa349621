"""A call as a vCon (draft-ietf-vcon-vcon-core, syntax 0.4.0), for machines that read those.

Parties bear their role and nothing of who they are. A recording is named by its file beside it: the draft refers to
what lies elsewhere by an https address, and an archive has none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from dsar.bundle.conversation import Recording
from dsar.bundle.element import encoder
from dsar.bundle.transcript import Spoken, Transcript

SYNTAX = "0.4.0"


def vcon(
    said: Transcript, recordings: Sequence[Recording], *, case_id: UUID, created_at: datetime, start: datetime
) -> bytes:
    """The container. `start` is when the call began: each piece of a conversation bears its time."""
    parties = list(dict.fromkeys(turn.speaker for turn in said.turns))
    there = [one for one in recordings if one.withheld is None]
    dialog = [_recording(one, len(parties), start) for one in there]
    if not there:
        dialog = [_text(turn, parties.index(turn.speaker), start) for turn in said.turns if turn.text]
    made: dict[str, Any] = {
        "vcon": SYNTAX,
        "uuid": str(uuid5(case_id, f"{said.system}/{said.collection}/{said.call}")),
        "created_at": created_at.isoformat(),
        "parties": [{"role": speaker.value} for speaker in parties],
        "dialog": dialog,
    }
    if said.withheld or any(one.tampered for one in recordings):
        made["redacted"] = {"type": "others"}  # the whole is not available
    if there:
        made["analysis"] = [_transcript(said, len(there))]
    return encoder.encode(made)


def _recording(recording: Recording, parties: int, start: datetime) -> dict[str, Any]:
    return {
        "type": "recording",
        "start": start.isoformat(),
        "parties": list(range(parties)),
        "mediatype": recording.media_type,
        "filename": recording.name,
    }


def _text(turn: Spoken, party: int, start: datetime) -> dict[str, Any]:
    at = start + timedelta(milliseconds=turn.from_ms or 0)
    return {
        "type": "text",
        "start": at.isoformat(),
        "parties": party,
        "mediatype": "text/plain",
        "body": turn.text,
        "encoding": "none",
    }


def _transcript(said: Transcript, recordings: int) -> dict[str, Any]:
    return {
        "type": "transcript",
        "dialog": list(range(recordings)),
        "mediatype": "application/json",
        "vendor": said.maker.model if said.maker else said.system,
        "encoding": "json",
        "body": said.turns,
    }


def began(said: object) -> datetime | None:
    """The time that a record says of itself, where it can be read and has its zone."""
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
