"""`datapackage.json`: every file with its hash, every column with what it means, as Frictionless Data has it.

Written is version 1 of the specification (Data Package, Tabular Data Package), which every reader of it knows.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from dsar.bundle.cells import ESCAPE, LINE_END
from dsar.bundle.dictionary import Column
from dsar.bundle.dossier import Dossier
from dsar.bundle.manifest import CSV
from dsar.bundle.page import CategorySection
from dsar.bundle.shelf import FileEntry, Shelf, Table
from dsar.render.catalogue import msgid

Translate = Callable[[str], str]

RESOURCE_BYTES_MAX = 64 * 1024  # far more than a path, a description and a hash take
DIALECT = {
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminator": LINE_END,
    "skipInitialSpace": False,
    "header": True,
}


class Package:
    """Describes what lies on a shelf, in the language of `translate`."""

    def __init__(
        self, dossier: Dossier, shelf: Shelf, sections: Mapping[str, CategorySection], translate: Translate
    ) -> None:
        self._dossier = dossier
        self._shelf = shelf
        self._sections = sections
        self._say = translate

    @property
    def bytes_max(self) -> int:
        """More than the file can grow to."""
        columns = sum(len(table.columns) for table in self._shelf.tables.values())
        return 1024 + RESOURCE_BYTES_MAX * (len(self._shelf.files) + columns)

    def pieces(self) -> Iterator[bytes]:
        """The file, one resource a line."""
        case = self._dossier.case
        head = {
            "profile": "data-package",
            "name": case.reference.lower(),
            "title": self._dossier.controller,
            "created": case.received_at.isoformat(),
        }
        yield msgspec.json.encode(head)[:-1] + b',"resources":[\n'
        before = b""
        for number, entry in enumerate(self._shelf.files, 1):
            yield before + msgspec.json.encode(self._resource(number, entry))
            before = b",\n"
        yield b"\n]}\n"

    def _resource(self, number: int, entry: FileEntry) -> dict[str, Any]:
        resource = {
            "profile": "data-resource",
            # The specification's names are plain lower-case letters, and a path may be of any script.
            "name": f"{entry.role.value}-{number}",
            "path": entry.path,
            "format": entry.path.rpartition(".")[2].lower(),
            "mediatype": entry.media_type,
            "bytes": entry.bytes,
            "hash": f"sha256:{entry.sha256}",
        }
        if entry.media_type.startswith(("text/", "application/json")):
            resource["encoding"] = "utf-8"
        if entry.media_type == "application/json":
            resource["type"] = (
                "json"  # else a record whose fields have such names is read as a description of data
            )
        about = self._about(entry)
        if about:
            resource["description"] = about
        table = self._shelf.tables.get(entry.path)
        return resource | self._tabular(entry, table) if table else resource

    def _tabular(self, entry: FileEntry, table: Table) -> dict[str, Any]:
        fields = zip(table.labels, table.columns, strict=True)
        schema = {
            "fields": [self._field(entry, label, column) for label, column in fields],
            "missingValues": [""],
            "escape": ESCAPE,
            "escapeRule": CSV["rule"],
        }
        # A careful reader refuses as a table what has a line without any value, or a column without a name.
        kind = {"profile": "tabular-data-resource"} if table.strict else {"format": "text"}
        return {**kind, "dialect": DIALECT, "schema": schema}

    def _field(self, entry: FileEntry, label: str, column: Column) -> dict[str, Any]:
        said = [f"“{column.name}” – {self._collection(entry)}", *(self._say(text) for text in _marks(column))]
        field: dict[str, Any] = {
            "name": label,
            "type": "string",
            "title": column.name,
            "description": " ".join(filter(None, said)),
        }
        marks = {
            "madeByAI": column.made_by_ai,
            "inferred": column.inferred,
            "tellsOfOthers": column.others,
            "sometimesWithheld": column.withheld,
        }
        return field | {name: True for name, true in marks.items() if true}

    def _collection(self, entry: FileEntry) -> str:
        system = entry.systems[0]
        described = self._dossier.described.get((system, entry.collection or ""))
        title = self._dossier.title_of(system)
        return f"{title}: {described}." if described else f"{title}: {entry.collection}."

    def _about(self, entry: FileEntry) -> str:
        """Where it comes from, and what the company says that it is for."""
        section = self._sections.get(entry.category or "")
        if section is None or not entry.systems or not entry.collection:
            return ""
        purpose = f" {section.about.title}: {section.about.purpose}." if section.about else ""
        return self._collection(entry) + purpose


def _marks(column: Column) -> Iterator[str]:
    if column.made_by_ai:
        yield msgid("Some of it was made by AI and may be wrong.")
    if column.inferred:
        yield msgid("Some of it is inferred: a conclusion, not what was told.")
    if column.others:
        yield msgid("It may tell of other people as well.")
    if column.withheld:
        yield msgid("Some of it was withheld; the JSON file says where and why.")
