"""What staff is shown of a recording is what the archive does, also where it names no record but bears a call's id."""

from types import SimpleNamespace
from uuid import UUID

from support.assembling_case import RECEIVED

from dsar.contract import Attachment, Origin, Record, Speaker, Turn
from dsar.domain.rights import Right
from dsar.domain.withholding import Known, Withholding
from dsar.review.hearing import heard_in, how_it_leaves
from dsar.store.findings import SegmentRow
from dsar.vault import CaseKey
from dsar.vault.segments import StoredAttachment, encode, opened, pack

KEY = CaseKey(bytes(range(32)))
SAID = Record(
    Origin("transcripts", "17.1", RECEIVED),
    {"t": ["hello, it is me", "the neighbour is ill"]},
    turns=(Turn("/t/0", Speaker.SUBJECT, 0, 1000), Turn("/t/1", Speaker.OTHER, 1000, 2000)),
)
SOUND = StoredAttachment(
    Attachment(Origin("recordings", "17.1", RECEIVED), "17.1.wav", "audio/wav", 1), "blob", 1
)


class Sealed:
    """Segments in memory."""

    def __init__(self, by_collection):
        self._sealed = {collection: pack([encode(item)], KEY) for collection, item in by_collection.items()}

    async def looked_at(self, row, look):
        return look(opened(self._sealed[row.collection], KEY))


def row(collection, **counts):
    facts = {"records": 0, "attachments": 0, "calls": 0, "recordings": 0} | counts
    return SegmentRow(
        step_id=UUID(int=1), seq=1, system_key="pbx", collection=collection, category="calls", portable=True, bytes=1,
        **facts,
    )  # fmt: skip


async def test_a_recording_that_bears_a_calls_id_is_muted_as_the_call_says():
    said, sound = row("transcripts", records=1, calls=1), row("recordings", attachments=1, recordings=1)
    withholding = Withholding(Right.ACCESS, to_controller=False, known=Known(), index=lambda *_: b"")
    sealed = Sealed({"transcripts": SAID, "recordings": SOUND})
    look = SimpleNamespace(sealed=sealed, rows=[said, sound], withholding=withholding)
    leaves = how_it_leaves(look, sound, SOUND, await heard_in(look, sound))
    assert [(mute.from_ms, mute.to_ms) for mute in leaves.mutes] == [(1000, 2000)]
