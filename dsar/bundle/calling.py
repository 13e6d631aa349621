"""A folder for each call: the record, who said what when, and the recordings beside it."""

from collections.abc import Sequence

import msgspec

from dsar.bundle.calls import Call, Calls
from dsar.bundle.collection import collected
from dsar.bundle.conversation import CALLS_MAX, CallPlace, Recording
from dsar.bundle.conversation import call as shown
from dsar.bundle.dossier import Dossier
from dsar.bundle.element import element, encoder
from dsar.bundle.material import Material
from dsar.bundle.page import CategorySection
from dsar.bundle.recordings import Recordings, plain
from dsar.bundle.release import Release
from dsar.bundle.sample import Room
from dsar.bundle.shelf import FileRole, Shelf
from dsar.bundle.transcript import Transcript, transcript
from dsar.bundle.vcon import began, vcon
from dsar.domain.withholding import Line, Withheld
from dsar.store.findings import SegmentRow

JSON = "application/json"


class Calling:
    """Writes the calls of an archive, one record at a time."""

    def __init__(
        self,
        calls: Calls,
        recordings: Recordings,
        shelf: Shelf,
        sections: dict[str, CategorySection],
        dossier: Dossier,
        room: Room,
    ) -> None:
        self._calls = calls
        self._recordings = recordings
        self._shelf = shelf
        self._sections = sections
        self._dossier = dossier
        self._room = room

    def of_segment(self, material: Material, row: SegmentRow, release: Release) -> None:
        """The calls among the records of a segment. They were counted where their collection was written."""
        where = collected(row)
        for items in material.items([row]):
            lines, withheld = release.of(where, [item for item in items if isinstance(item, Line)])
            for line, stayed_out in zip(lines, withheld, strict=True):
                call = self._calls.of(row, line)
                if call is not None:
                    self._record(call, row, line, stayed_out)

    def left(self) -> None:
        """The recordings whose record is not in this archive, or that have none."""
        for call in self._calls.left():
            self._show(call, call.recordings[0].row, self._written(call), None, (), ())

    def _record(self, call: Call, row: SegmentRow, line: Line, withheld: Sequence[Withheld]) -> None:
        folder = self._folder(call)
        files = [self._json(row, folder, "call", encoder.encode(element(line, withheld)), FileRole.CALL)]
        is_main = call.main in {None, (row.collection, call.id)}
        recordings = self._written(call) if is_main else []
        if line.turns:
            said = transcript(line, withheld, call=call.id, system=row.system_key, collection=row.collection)
            files.append(self._transcript(row, folder, said))
            if self._dossier.loaded.profile.delivery.vcon:
                files += self._vcon(folder, row, line, said, recordings)
        if line.turns or recordings:
            self._show(call, row, recordings, line, withheld, files)

    def _written(self, call: Call) -> list[Recording]:
        """Its recordings, once."""
        mine, call.recordings = call.recordings, []
        folder, written = self._folder(call), []
        for filed in mine:
            if filed.stored.attachment.record or call.main:
                written.append(self._recordings.of_call(filed, folder, call.heard))
            else:
                written.append(self._recordings.alone(filed, folder, call.heard))
            self._sections[filed.row.category].recording_count += 1
        return written

    def _vcon(
        self, folder: str, row: SegmentRow, line: Line, said: Transcript, recordings: list[Recording]
    ) -> list[str]:
        """None where the system does not say when the call was: the form wants the time."""
        case, dated = self._dossier.case, self._dossier.dated.get((row.system_key, row.collection))
        start = began(line.data.get(dated)) if dated else None
        if start is None:
            return []
        made = vcon(said, recordings, case_id=case.id, created_at=case.received_at, start=start)
        return [self._json(row, folder, "call.vcon", made, FileRole.VCON)]

    def _transcript(self, row: SegmentRow, folder: str, said: Transcript) -> str:
        text = msgspec.json.format(encoder.encode(said), indent=1)
        return self._json(row, folder, "transcript", text, FileRole.TRANSCRIPT, withheld=said.withheld)

    def _json(
        self, row: SegmentRow, folder: str, stem: str, text: bytes, role: FileRole, **facts: int
    ) -> str:
        path = self._shelf.names.within(folder, stem, ".json")
        self._shelf.put_text(
            path,
            [text, b"\n"],
            role,
            media_type=JSON,
            category=row.category,
            systems=(row.system_key,),
            collection=row.collection,
            **facts,
        )
        return path

    def _folder(self, call: Call) -> str:
        if not call.folder:
            call.folder = self._shelf.names.folder(
                "calls", name=plain(call.name), of=("calls", call.system, call.id)
            )
        return call.folder

    def _show(
        self,
        call: Call,
        row: SegmentRow,
        recordings: list[Recording],
        line: Line | None,
        withheld: Sequence[Withheld],
        files: Sequence[str],
    ) -> None:
        section = self._sections[row.category]
        section.call_count += 1
        if len(section.calls) < CALLS_MAX:
            place = CallPlace(
                call.name, self._dossier.title_of(call.system), self._folder(call), tuple(files)
            )
            section.calls.append(shown(line, withheld, where=place, recordings=recordings, room=self._room))
