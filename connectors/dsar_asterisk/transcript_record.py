"""What was said in a call as the export shows it: a conversation, in the order of its recordings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsar.contract import Maker, Origin, Record, Speaker, Turn
from dsar_asterisk.calls import Call
from dsar_asterisk.numbers import Phone
from dsar_asterisk.recording import ends
from dsar_asterisk.transcripts import Said, Transcript

# Labels that say at which end of the call somebody speaks; who that is, the call knows.
CALLER, CALLED = "caller", "called"
MODEL_UNKNOWN = "speech to text"


def transcript_record(
    call: Call,
    phone: Phone,
    transcripts: Sequence[Transcript],
    speakers: Mapping[str, str],
    agent: Speaker,
    origin: Origin,
) -> Record:
    """One record a call, however many of its channels were recorded; each turn names its own."""
    data: dict[str, Any] = {"call_id": call.id, "turns": []}
    turns: list[Turn] = []
    for one in transcripts:
        whose = _whose(speakers, *ends(one.uniqueid, call, phone, agent))
        for said in one.written.turns:
            pointer = f"/turns/{len(turns)}/text"
            turns.append(Turn(pointer, whose.get(said.label, Speaker.UNKNOWN), *_times(said)))
            data["turns"].append(_shown(said, one.uniqueid))
    made = [(one.written.model, one.written.made_at) for one in transcripts]
    model, made_at = next(((model, at) for model, at in made if model), (MODEL_UNKNOWN, made[0][1]))
    return Record(origin, data, made_by_ai=("/turns",), turns=tuple(turns), maker=Maker(model, made_at))


def _whose(speakers: Mapping[str, str], caller: Speaker, called: Speaker) -> dict[str, Speaker]:
    by_end = {CALLER: caller, CALLED: called}
    return {
        label: by_end.get(whose) or Speaker(whose)
        for label, whose in ({CALLER: CALLER, CALLED: CALLED} | dict(speakers)).items()
    }


def _times(said: Said) -> Iterator[int | None]:
    """In milliseconds, widened to whole ones; one that ends before it begins is taken as what lies between."""
    known = [seconds for seconds in (said.begin, said.end) if seconds is not None]
    begin, end = (min(known), max(known)) if len(known) > 1 else (said.begin, said.end)
    yield None if begin is None else int(begin * 1000)
    yield None if end is None else -int(-end * 1000 // 1)


def _shown(said: Said, uniqueid: str) -> dict[str, Any]:
    return {
        "channel": uniqueid,
        "speaker": said.label,
        "from_seconds": said.begin,
        "to_seconds": said.end,
        "text": said.text,
    }
