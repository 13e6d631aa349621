"""The archive's entries in their order: data and recordings by category, page, README, last the manifest."""

from collections.abc import Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from dsar.bundle.archive import Archive
from dsar.bundle.collection import CollectionFiles
from dsar.bundle.dossier import GROUNDS, Dossier
from dsar.bundle.manifest import FileEntry, FileRole, entry, manifest
from dsar.bundle.material import Material, Vessel
from dsar.bundle.names import Names
from dsar.bundle.page import (
    FILES_MAX,
    About,
    CategorySection,
    CollectionSection,
    Recording,
    about,
    facts,
)
from dsar.bundle.release import Release
from dsar.bundle.sample import RECORDS_MAX, Sample
from dsar.contract import Role
from dsar.render import Templates
from dsar.store.findings import SegmentRow
from dsar.vault.segments import StoredAttachment


class Withheld(Struct, frozen=True):
    """What stayed out, for the letter; without a category, values within records."""

    category: str | None
    ground: str
    records: int


class Totals(Struct, frozen=True):
    """What one archive holds."""

    sha256: bytes
    records: int
    attachments: int
    files: int
    bytes: int
    withheld: tuple[Withheld, ...] = ()


class Contents:
    """Writes one dossier. `write` is for a thread: it blocks on the material and on the vessel."""

    def __init__(self, dossier: Dossier, material: Material, vessel: Vessel, templates: Templates) -> None:
        self._dossier = dossier
        self._material = material
        self._vessel = vessel
        self._templates = templates
        zone = ZoneInfo(dossier.loaded.profile.operator.timezone)
        self._archive = Archive(vessel, dossier.case.received_at.astimezone(zone))
        self._names = Names()
        self._release = Release(dossier.case.right, others_too=dossier.case.role is Role.PROCESSOR)
        self._files: list[FileEntry] = []

    def write(self) -> Totals:
        """Everything, to the end."""
        sections = [
            self._category(category, list(rows))
            for category, rows in groupby(self._dossier.segments, lambda row: row.category)
        ]
        self._pages(sections)
        self._archive.finish()
        self._vessel.finish()
        return Totals(
            records=sum(section.records for section in sections),
            attachments=sum(section.recording_count for section in sections),
            files=len(self._files) + 1,
            bytes=self._vessel.bytes,
            sha256=self._vessel.sha256,
            withheld=tuple(self._withheld()),
        )

    def _withheld(self) -> Iterator[Withheld]:
        for left in self._dossier.left_out:
            yield Withheld(left.category, GROUNDS[left.reason], left.records + left.attachments)
        if self._release.others_withheld:
            yield Withheld(None, "GDPR 15(4)", self._release.others_withheld)
        if self._release.never_disclosed:
            yield Withheld(None, "11 CCR 7024(d)", self._release.never_disclosed)

    def _about(self, category: str) -> About | None:
        profile = self._dossier.loaded.profile
        known = profile.categories.get(category)
        return about(known, profile, self._dossier.case.language) if known else None

    def _category(self, category: str, rows: list[SegmentRow]) -> CategorySection:
        section = CategorySection(category, self._about(category))
        groups = [list(group) for _, group in groupby(rows, lambda row: (row.system_key, row.collection))]
        left = RECORDS_MAX
        for number, group in enumerate(groups):
            if any(row.records for row in group):
                # What one collection does not use of its share, the next ones may.
                sample = Sample(max(left // (len(groups) - number), 1))
                section.collections.append(self._collection(group, sample))
                left -= len(sample.records)
            for row in group:
                self._attachments(section, row)
        return section

    def _collection(self, rows: list[SegmentRow], sample: Sample) -> CollectionSection:
        first = rows[0]
        stem = f"{first.system_key}.{first.collection}"
        json_path = self._names.take("data", first.category, stem=stem, suffix=".json")
        csv_path = self._names.take("data", first.category, stem=stem, suffix=".csv")
        files = CollectionFiles(self._material, rows, self._release, sample)
        as_json = self._archive.add(json_path, files.json(), bytes_max=files.json_bytes_max)
        as_csv = self._archive.add(csv_path, files.csv(), bytes_max=files.csv_bytes_max)
        for written, role in ((as_json, FileRole.DATA), (as_csv, FileRole.TABLE)):
            self._files.append(
                entry(
                    written,
                    role,
                    category=first.category,
                    systems=(first.system_key,),
                    collection=first.collection,
                    records=files.records,
                )
            )
        return CollectionSection(
            system=self._dossier.title_of(first.system_key),
            name=first.collection,
            records=files.records,
            sample=sample,
            json_path=json_path,
            csv_path=csv_path,
        )

    def _attachments(self, section: CategorySection, row: SegmentRow) -> None:
        for stored in self._stored(row):
            recording = self._attachment(stored, row)
            section.recording_count += 1
            if len(section.recordings) < FILES_MAX:
                section.recordings.append(recording)

    def _stored(self, row: SegmentRow) -> Iterator[StoredAttachment]:
        if row.attachments:
            for items in self._material.items([row]):
                yield from (item for item in items if isinstance(item, StoredAttachment))

    def _attachment(self, stored: StoredAttachment, row: SegmentRow) -> Recording:
        attachment = stored.attachment
        audio = attachment.media_type.startswith("audio/")
        folder = "calls" if audio else "files"
        # A system that calls a recording by its file's name needs no folder for it.
        of_record = [] if attachment.origin.record_id == attachment.name else [attachment.origin.record_id]
        path = self._names.take_file(folder, *of_record, name=attachment.name)
        pieces = self._material.file(stored)
        written = self._archive.add(path, pieces, bytes_max=stored.size, stored=audio)
        self._files.append(
            entry(
                written,
                FileRole.RECORDING if audio else FileRole.DATA,
                category=row.category,
                systems=(row.system_key,),
                collection=row.collection,
                media_type=attachment.media_type,
                name=attachment.name,
                channels=tuple(channel.name for channel in attachment.channels),
                origin=attachment.origin,
            )
        )
        return Recording(path, attachment.media_type, written.bytes)

    def _pages(self, sections: list[CategorySection]) -> None:
        case = self._dossier.case
        known = facts(self._dossier, sections, self._release) | {"language": case.language}
        law = self._templates.law(case.regime, case.language)
        for name in ("index.html", "README.txt"):
            text = self._templates.render(f"bundle/{name}", **known, **law)
            self._page(name, text.encode(), FileRole.PAGE)
        listed = manifest(self._dossier, self._files, self._release)
        self._archive.add("manifest.json", [listed], bytes_max=len(listed))

    def _page(self, name: str, text: bytes, role: FileRole) -> None:
        written = self._archive.add(name, [text], bytes_max=len(text))
        self._files.append(entry(written, role))
