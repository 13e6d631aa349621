"""Which records are calls, which recordings belong to each, and what is heard in them of other persons.

Read from the segments before anything is written, for a recording may be collected long before the record that says
who speaks when. Held is a little for each recording, as the archive's own directory holds a little for each file.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from dsar.bundle.collection import collected
from dsar.bundle.field import UNNAMED
from dsar.bundle.material import Material
from dsar.domain.withholding import Heard, Line, Withholding, call_of, has_voices, heard, record_id_of
from dsar.store.findings import SegmentRow
from dsar.vault.segments import StoredAttachment

Member = tuple[str, str]  # collection and record id


class Filed(Struct, frozen=True):
    """A file, and the segment that holds it."""

    row: SegmentRow
    stored: StoredAttachment


class Call(Struct):
    """The records of one system that bear one id, and their recordings.

    A telephone system keeps a call's row, its transcript and its recording in collections of their own, under one id.
    """

    system: str
    id: str
    pointed: list[Member] = field(default_factory=list)  # by recordings
    spoken: list[Member] = field(default_factory=list)  # records with turns
    recordings: list[Filed] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)  # of other persons
    folder: str = ""  # once it has one
    label: str | None = None  # of a recording that names no record: what it may be called by

    @property
    def main(self) -> Member | None:
        """The record that the recordings lie beside: the one with the turns, of those the one they point to."""
        both = [member for member in self.spoken if member in self.pointed]
        return next(iter([*both, *self.spoken, *self.pointed]), None)

    @property
    def name(self) -> str:
        """As it may be called: its id is a record's, or that of a recording, which may tell whom it is about."""
        return self.id if self.main or self.label is None else self.label


class Calls:
    """All calls of an archive; held are those with recordings."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], Call] = {}
        self._pointed: set[tuple[str, str]] = set()  # system and collection

    @classmethod
    def read(
        cls,
        material: Material,
        rows: Sequence[SegmentRow],
        everything: Sequence[SegmentRow],
        withholding: Withholding,
    ) -> "Calls":
        """`rows` are written now; among `everything` are also transcripts that stay out, or went out before."""
        calls = cls()
        for row in rows:
            for stored in attachments(material, row):
                calls._take(row, stored, withholding)
        if calls._calls:
            here = {(row.step_id, row.seq) for row in rows}
            for row in everything:
                if row.calls:
                    calls._listen(material, row, withholding, is_here=(row.step_id, row.seq) in here)
        return calls

    def of(self, row: SegmentRow, line: Line) -> Call | None:
        """The call that a record is, or None."""
        if not line.turns and (row.system_key, row.collection) not in self._pointed:
            return None
        record_id = record_id_of(line)
        call = self._calls.get((row.system_key, record_id))
        if line.turns:
            return call or Call(row.system_key, record_id)
        return call if call and (row.collection, record_id) in call.pointed else None

    def may_hold(self, row: SegmentRow) -> bool:
        """Whether a segment can hold records of calls."""
        return bool(row.calls) or (row.system_key, row.collection) in self._pointed

    def left(self) -> Iterator[Call]:
        """Those whose recordings nobody has taken: their record is not in the archive, or there is none."""
        return (call for call in self._calls.values() if call.recordings)

    def _take(self, row: SegmentRow, stored: StoredAttachment, withholding: Withholding) -> None:
        attachment = stored.attachment
        if not has_voices(attachment):
            return
        record_id = call_of(attachment)
        call = self._calls.setdefault((row.system_key, record_id), Call(row.system_key, record_id))
        call.recordings.append(Filed(row, stored))
        if attachment.record and attachment.record not in call.pointed:
            call.pointed.append(attachment.record)
            self._pointed.add((row.system_key, attachment.record[0]))
        if not attachment.record:
            call.label = withholding.of_file(collected(row), attachment, ()).labels.record_id or UNNAMED

    def _listen(
        self, material: Material, row: SegmentRow, withholding: Withholding, *, is_here: bool
    ) -> None:
        where = collected(row)
        for items in material.items([row]):
            for line in items:
                if not isinstance(line, Line) or not line.turns:
                    continue
                call = self._calls.get((row.system_key, record_id_of(line)))
                if call is None:
                    continue
                call.heard.extend(heard(withholding.of(where, line), line))
                if is_here:
                    call.spoken.append((row.collection, call.id))


def attachments(material: Material, row: SegmentRow) -> Iterator[StoredAttachment]:
    """The files of a segment."""
    if row.attachments:
        for items in material.items([row]):
            yield from (item for item in items if isinstance(item, StoredAttachment))
