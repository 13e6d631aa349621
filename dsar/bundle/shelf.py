"""The files of an archive: each under a name of its own, written as it comes, and listed for the manifest."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

from dsar.bundle.archive import Archive, Written
from dsar.bundle.dictionary import Column
from dsar.bundle.names import Names
from dsar.contract import Maker, Origin


class FileRole(StrEnum):
    """What a file is for."""

    DATA = "data"
    TABLE = "table"
    CALL = "call"
    TRANSCRIPT = "transcript"
    VCON = "vcon"
    RECORDING = "recording"
    FILE = "file"
    PAGE = "page"
    LETTER = "letter"
    PACKAGE = "package"


class Silenced(Struct, frozen=True, omit_defaults=True):
    """A stretch of a recording that is silent: `to_ms` None to its end, `channel` None on all, from 0 else."""

    ground: str
    law: str
    rule: str
    from_ms: int
    to_ms: int | None = None
    channel: int | None = None


class FileEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file as the manifest names it. `table` is for the data package and stands there."""

    path: str
    role: FileRole
    bytes: int
    sha256: str
    media_type: str
    category: str | None = None
    systems: tuple[str, ...] = ()
    collection: str | None = None
    records: int | None = None
    withheld: int = 0  # places
    name: str | None = None  # as the system calls it
    channels: tuple[str, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    cleaned: bool | None = None  # whether a recording was written anew, without what lies beside its sound
    cut_off: bool = False  # it ends before its own head says
    made_by_ai: bool = False
    inferred: bool = False
    maker: Maker | None = None
    origin: Origin | None = None


class Table(Struct, frozen=True):
    """A CSV file's columns, by the labels that its head bears, each with the escape where it needs one.

    `strict` is False where a careful reader would refuse it as a table: for a row without a value, or a blank label.
    """

    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    strict: bool


class Shelf:
    """Puts files into an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.names = Names()
        self.files: list[FileEntry] = []
        self.tables: dict[str, Table] = {}  # by path

    def put(
        self,
        path: str,
        pieces: Iterable[bytes],
        role: FileRole,
        *,
        bytes_max: int,
        media_type: str,
        **facts: Any,
    ) -> Written:
        """Write a file of any size. Sound is not compressed once more."""
        stored = media_type.startswith("audio/")
        written = self._archive.add(path, pieces, bytes_max=bytes_max, stored=stored)
        self.files.append(
            FileEntry(
                path=path,
                role=role,
                bytes=written.bytes,
                sha256=written.sha256,
                media_type=media_type,
                **facts,
            )
        )
        return written

    def count(self, last: int, **counts: int) -> None:
        """Say of the last files what is known once they are written."""
        self.files[-last:] = [structs.replace(entry, **counts) for entry in self.files[-last:]]

    def put_text(
        self, path: str, pieces: Sequence[bytes], role: FileRole, *, media_type: str, **facts: Any
    ) -> Written:
        """Write a file that is held in memory."""
        size = sum(map(len, pieces))
        return self.put(path, pieces, role, bytes_max=size, media_type=media_type, **facts)
