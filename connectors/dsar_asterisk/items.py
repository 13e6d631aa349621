"""What the export of a call store is made of: the collections, and the items of one call."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from dsar.contract import Attachment, Collection, Origin, Record, Speaker
from dsar_asterisk.calls import Call
from dsar_asterisk.cel_record import events_record
from dsar_asterisk.numbers import Phone
from dsar_asterisk.queue_record import queue_record
from dsar_asterisk.record import call_record
from dsar_asterisk.recording import Recording, channels
from dsar_asterisk.times import Clock
from dsar_asterisk.transcript_record import transcript_record
from dsar_asterisk.transcripts import Transcript

CALLS = "calls"
EVENTS = "call_events"
QUEUED = "queue_events"
TRANSCRIPTS = "transcripts"
RECORDINGS = "recordings"

COLLECTIONS = {
    CALLS: Collection(
        category="call_records", description="Calls with their legs, times and numbers", dated="start"
    ),
    EVENTS: Collection(
        category="call_records",
        description="What the telephone system noted of a call, event by event",
        dated="start",
    ),
    QUEUED: Collection(
        category="call_records", description="What became of a call in a waiting line", dated="start"
    ),
    TRANSCRIPTS: Collection(
        category="call_transcripts", description="What was said in recorded calls, as software wrote it down"
    ),
    RECORDINGS: Collection(category="call_recordings", description="Audio of recorded calls"),
}


class View(Struct, frozen=True):
    """For whom, in which zone, who else speaks, whom the transcripts' labels mean, and when it was read."""

    phone: Phone
    clock: Clock
    agent: Speaker
    speakers: Mapping[str, str]
    read_at: datetime


def collections_of(call: Call) -> Iterator[str]:
    """In which collections the call has a record; its id is the call's in each."""
    for collection, traces in ((CALLS, call.legs), (EVENTS, call.events), (QUEUED, call.queued)):
        if traces:
            yield collection


def items(
    call: Call, transcripts: Sequence[Transcript], recordings: Sequence[Recording], view: View
) -> Iterator[Record | Attachment]:
    """The call's records, and then its recordings."""
    if call.legs:
        origin = Origin(CALLS, call.id, view.read_at)
        yield call_record(call, view.phone, recordings, view.clock, origin)
    if call.events:
        yield events_record(call, view.phone, view.clock, Origin(EVENTS, call.id, view.read_at))
    if call.queued:
        yield queue_record(call, view.phone, view.clock, Origin(QUEUED, call.id, view.read_at))
    if transcripts:
        origin = Origin(TRANSCRIPTS, call.id, view.read_at)
        yield transcript_record(call, view.phone, transcripts, view.speakers, view.agent, origin)
    first = next(collections_of(call))
    for recording in recordings:
        yield Attachment(
            origin=Origin(RECORDINGS, recording.id, view.read_at),
            name=recording.name,
            media_type=recording.media_type,
            size=recording.size,
            channels=channels(recording, call, view.phone, view.agent),
            record=(first, call.id),
        )
