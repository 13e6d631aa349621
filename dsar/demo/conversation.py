"""A call with three speakers: a caller, a business, and somebody beside the caller, each a tone of their own.

All people and numbers are fictitious. A tone tells in every sample who is heard there.
"""

import json
import math
import wave
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

RATE_HZ = 8000
LOUDNESS = 8000
MODEL = "sample-scribe 2"
SPEAKERS = {"agent": "business", "customer": "subject", "bystander": "other"}
TONES_HZ = {"agent": 700, "customer": 440, "bystander": 1000}
CALLERS_SIDE = ("customer", "bystander")


class Turn(Struct, frozen=True):
    """Who says what, from when to when, in milliseconds."""

    speaker: str
    from_ms: int
    to_ms: int
    text: str


TURNS = (
    Turn("agent", 0, 1500, "Good morning, you have reached the sales desk."),
    Turn("customer", 1500, 3500, "This is Anna Testi, I ring about my order of blue lamps."),
    Turn(
        "bystander", 3500, 5200, "And I am Kaisa Naapuri, her neighbour. Ring me instead at +358 45 700 0099."
    ),
    Turn("customer", 5200, 6500, "Please send the lamps to my address."),
    Turn("agent", 6500, 8000, "They leave tomorrow, thank you both."),
)


def write(recordings: Path, transcripts: Path, name: str, epoch: int) -> None:
    """The recording in its three files, both voices and either side, and what was said."""
    _sound(recordings / f"{name}.wav", TURNS)
    _sound(recordings / f"{name}-rx.wav", [turn for turn in TURNS if turn.speaker in CALLERS_SIDE])
    _sound(recordings / f"{name}-tx.wav", [turn for turn in TURNS if turn.speaker not in CALLERS_SIDE])
    said = [
        {
            "speaker": turn.speaker,
            "from": turn.from_ms / 1000,
            "to": turn.to_ms / 1000,
            "text": turn.text,
        }
        for turn in TURNS
    ]
    made_at = datetime.fromtimestamp(epoch + 60, UTC).isoformat()
    written = json.dumps({"model": MODEL, "made_at": made_at, "turns": said}, indent=1)
    (transcripts / f"{name}.json").write_text(written, encoding="utf-8")


def _sound(path: Path, turns: Sequence[Turn]) -> None:
    samples = array("h", bytes(2 * RATE_HZ * TURNS[-1].to_ms // 1000))
    for turn in turns:
        step = 2 * math.pi * TONES_HZ[turn.speaker] / RATE_HZ
        for at in range(turn.from_ms * RATE_HZ // 1000, turn.to_ms * RATE_HZ // 1000):
            samples[at] = round(LOUDNESS * math.sin(step * at + 0.1))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
