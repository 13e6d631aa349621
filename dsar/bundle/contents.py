"""The archive's entries in their order: data by category, calls, files, letters, pages, last what lists them all."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from dsar.bundle.archive import Archive
from dsar.bundle.calling import Calling
from dsar.bundle.calls import Calls, Filed, attachments
from dsar.bundle.collection import CollectionFiles
from dsar.bundle.datapackage import Package
from dsar.bundle.dossier import Dossier
from dsar.bundle.field import without_controls
from dsar.bundle.inlined import inlined
from dsar.bundle.letters import Enclosed
from dsar.bundle.letters import put as put_letters
from dsar.bundle.manifest import calls_withheld_from, counted, manifest
from dsar.bundle.material import Material, Vessel
from dsar.bundle.page import (
    FILES_MAX,
    About,
    CategorySection,
    CollectionSection,
    Edition,
    LetterLink,
    about,
    facts,
)
from dsar.bundle.provenance import Provenance
from dsar.bundle.recordings import Recordings
from dsar.bundle.release import Release
from dsar.bundle.sample import RECORDS_MAX, Room, Sample
from dsar.bundle.searched import Ending
from dsar.bundle.shelf import FileRole, Shelf
from dsar.domain.inside import Inside
from dsar.domain.reach import GROUNDS
from dsar.domain.withholding import Rule, Withholding, has_voices
from dsar.render import Templates
from dsar.store.findings import SegmentRow

PAGE, README, PACKAGE, MANIFEST = "index.html", "README", "datapackage.json", "manifest.json"


class Withheld(Struct, frozen=True):
    """What stayed out, for the letter; without a category, values within records."""

    category: str | None
    ground: str
    records: int
    why: str | None = None  # of values: the WithholdingGround


class Totals(Struct, frozen=True):
    """What one archive holds. `inside` is for whoever has not opened it yet: keys and numbers, nobody's data."""

    sha256: bytes
    records: int
    attachments: int
    files: int
    bytes: int
    withheld: tuple[Withheld, ...] = ()
    inside: Inside = Inside()


# What goes with the archive, once it is known what stayed out of it.
Letters = Callable[[Sequence[Withheld]], Sequence[Enclosed]]


def no_letters(_: Sequence[Withheld]) -> Sequence[Enclosed]:
    """For an archive that goes without."""
    return ()


class Contents:
    """Writes one dossier. `write` is for a thread: it blocks on the material, on the vessel and on the letters."""

    def __init__(
        self,
        dossier: Dossier,
        material: Material,
        vessel: Vessel,
        templates: Templates,
        withholding: Withholding,
        letters: Letters = no_letters,
    ) -> None:
        self._dossier = dossier
        self._material = material
        self._vessel = vessel
        self._templates = templates
        self._withholding = withholding
        self._letters = letters
        zone = ZoneInfo(dossier.loaded.profile.operator.timezone)
        self._archive = Archive(vessel, dossier.case.received_at.astimezone(zone))
        self._shelf = Shelf(self._archive)
        self._release = Release(withholding)
        self._recordings = Recordings(material, self._shelf, self._release)
        self._room = Room()
        self._sources: list[Provenance] = []
        self._sections = {
            row.category: CategorySection(row.category, self._about(row.category)) for row in dossier.segments
        }

    def write(self) -> Totals:
        """Everything, to the end."""
        calls = Calls.read(
            self._material, self._dossier.segments, self._dossier.everything, self._withholding
        )
        for category, rows in groupby(self._dossier.segments, lambda row: row.category):
            self._category(self._sections[category], list(rows))
        self._calls(calls)
        for row in self._dossier.segments:
            self._files(row)
        withheld = tuple(self._withheld())
        self._pages(put_letters(self._shelf, self._letters(withheld)))
        inside, records = self._inside(), sum(one.records for one in self._sections.values())
        self._lists(inside, records)
        self._archive.finish()
        self._vessel.finish()
        return Totals(
            records=records,
            attachments=sum(section.recording_count for section in self._sections.values()),
            files=len(self._shelf.files) + 1,
            bytes=self._vessel.bytes,
            sha256=self._vessel.sha256,
            withheld=withheld,
            inside=inside,
        )

    def _withheld(self) -> Iterator[Withheld]:
        for left in self._dossier.left_out:
            yield Withheld(left.category, GROUNDS[left.reason], left.records + left.attachments)
        values: dict[tuple[str, str], int] = {}
        for one in counted(self._release):
            # Passwords are told to nobody, and every letter says so.
            if one.rule not in {Rule.SECRET, Rule.HASH}:
                values[one.law, one.ground] = values.get((one.law, one.ground), 0) + one.count
        for (provision, ground), count in values.items():
            yield Withheld(None, provision, count, ground)

    def _about(self, category: str) -> About | None:
        profile = self._dossier.loaded.profile
        known = profile.categories.get(category)
        return about(known, profile, self._dossier.case.language) if known else None

    def _category(self, section: CategorySection, rows: list[SegmentRow]) -> None:
        by_collection = groupby(rows, lambda row: (row.system_key, row.collection))
        groups = [
            group for group in (list(rows) for _, rows in by_collection) if any(row.records for row in group)
        ]
        left = RECORDS_MAX
        for number, group in enumerate(groups):
            # What one collection does not use of its share, the next ones may.
            sample = Sample(max(left // (len(groups) - number), 1), self._room)
            section.collections.append(self._collection(group, sample))
            left -= len(sample.records)

    def _collection(self, rows: list[SegmentRow], sample: Sample) -> CollectionSection:
        first = rows[0]
        stem = f"{first.system_key}.{first.collection}"
        json_path = self._shelf.names.take("data", first.category, stem=stem, suffix=".json")
        csv_path = self._shelf.names.take("data", first.category, stem=stem, suffix=".csv")
        files = CollectionFiles(self._material, rows, self._release, sample)
        known = {"category": first.category, "systems": (first.system_key,), "collection": first.collection}
        self._shelf.put(
            json_path,
            files.json(),
            FileRole.DATA,
            bytes_max=files.json_bytes_max,
            media_type="application/json",
            **known,
        )
        self._shelf.put(
            csv_path,
            files.csv(),
            FileRole.TABLE,
            bytes_max=files.csv_bytes_max,
            media_type="text/csv",
            **known,
        )
        self._shelf.count(2, records=files.records, withheld=files.withheld)
        self._shelf.tables[csv_path] = files.table
        self._sources.append(files.provenance)
        return CollectionSection(
            system=self._dossier.title_of(first.system_key),
            name=first.collection,
            records=files.records,
            sample=sample,
            json_path=json_path,
            csv_path=csv_path,
        )

    def _calls(self, calls: Calls) -> None:
        calling = Calling(calls, self._recordings, self._shelf, self._sections, self._dossier, self._room)
        for row in self._dossier.segments:
            if row.records and calls.may_hold(row):
                calling.of_segment(self._material, row, self._release.again())
        calling.left()

    def _files(self, row: SegmentRow) -> None:
        """What is no sound."""
        section = self._sections[row.category]
        for stored in attachments(self._material, row):
            if has_voices(stored.attachment):
                continue
            recording = self._recordings.file(Filed(row, stored))
            section.recording_count += 1
            if len(section.recordings) < FILES_MAX:
                section.recordings.append(recording)

    def _pages(self, letters: Sequence[LetterLink]) -> None:
        case = self._dossier.case
        readme = f"{README}.{case.language}.txt"
        known = facts(
            self._dossier,
            list(self._sections.values()),
            self._release,
            edition=Edition(self._dossier.number, self._dossier.answered_at),
            letters=letters,
            readme=readme,
            dictionary=PACKAGE,
        )
        known |= {"language": case.language, "inlined": inlined(self._templates.source)}
        law_of = self._templates.law(case.regime, case.language)
        for path, template, media_type in (
            (PAGE, PAGE, "text/html"),
            (readme, f"{README}.txt", "text/plain"),
        ):
            text = without_controls(self._templates.render(f"bundle/{template}", **known, **law_of))
            self._shelf.put_text(path, [text.encode()], FileRole.PAGE, media_type=media_type)

    def _inside(self) -> Inside:
        sections = self._sections.values()
        return Inside(
            categories={one.key: one.records + one.recording_count for one in sections},
            calls=sum(one.call_count for one in sections),
            recordings=sum(file.role is FileRole.RECORDING for file in self._shelf.files),
            withheld=sum(self._release.withheld.values()),
            gaps=tuple(one.key for one in self._dossier.searched if one.outcome is Ending.GAP),
        )

    def _lists(self, inside: Inside, records: int) -> None:
        say = self._templates.translator(self._dossier.case.language)
        package = Package(self._dossier, self._shelf, self._sections, say)
        self._shelf.put(
            PACKAGE,
            package.pieces(),
            FileRole.PACKAGE,
            bytes_max=package.bytes_max,
            media_type="application/json",
        )
        listed = manifest(
            self._dossier,
            self._shelf.files,
            self._release,
            sources=self._sources,
            files_withheld=self._recordings.withheld,
            counts={
                "records": records,
                "calls": inside.calls,
                "calls_withheld_from": calls_withheld_from(self._shelf.files),
                "recordings": inside.recordings,
                "withheld": inside.withheld,
            },
        )
        self._archive.add(MANIFEST, [listed], bytes_max=len(listed))
