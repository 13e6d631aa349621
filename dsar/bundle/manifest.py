"""`manifest.json`: what the archive holds, where it comes from, and what it does not hold."""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from dsar.bundle.archive import Written
from dsar.bundle.cells import ESCAPE, STARTS
from dsar.bundle.dossier import Dossier, LeftOut
from dsar.bundle.release import Release
from dsar.bundle.searched import Ending, Searched

FORMAT = "dsar-bundle/1"


class FileRole(StrEnum):
    """What a file is for."""

    DATA = "data"
    TABLE = "table"
    RECORDING = "recording"
    PAGE = "page"
    LETTER = "letter"
    MANIFEST = "manifest"


class FileEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of the archive; every one but the manifest itself."""

    path: str
    role: FileRole
    bytes: int
    sha256: str
    category: str | None = None
    systems: tuple[str, ...] = ()
    collection: str | None = None
    records: int | None = None
    media_type: str | None = None
    name: str | None = None
    channels: tuple[str, ...] = ()
    origin: Any = None


class _Manifest(Struct, frozen=True, kw_only=True):
    format: str
    request: dict[str, Any]
    profile: dict[str, str]
    controller: str
    systems: tuple[Searched, ...]
    gaps: tuple[str, ...]
    categories: dict[str, Any]
    files: tuple[FileEntry, ...]
    withheld: tuple[dict[str, Any], ...]
    left_out: tuple[LeftOut, ...]
    inferred_values_left_out: int
    csv: dict[str, Any]


CSV = {
    "encoding": "utf-8",
    "line_end": "CRLF",
    "quote": '"',
    "escape": ESCAPE,
    "escaped_starts": STARTS,
    "rule": "A cell that begins with one of these, or with one of them after white space or unseen "
    "characters, bears one apostrophe before it, so that no spreadsheet takes it for a formula. Take one "
    "leading apostrophe off to get the value. The JSON file beside it is the true copy.",
}


def _withheld(release: Release) -> tuple[dict[str, Any], ...]:
    """What was withheld, by ground and count of values."""
    counted = (
        ("GDPR 15(4)", "it concerns other people", release.others_withheld),
        ("11 CCR 7024(d)", "it would open an account or prove an identity", release.never_disclosed),
    )
    return tuple(
        {"ground": ground, "because": because, "values": values}
        for ground, because, values in counted
        if values
    )


def entry(written: Written, role: FileRole, **facts: Any) -> FileEntry:
    """A file as the manifest names it."""
    return FileEntry(path=written.path, role=role, bytes=written.bytes, sha256=written.sha256, **facts)


def manifest(dossier: Dossier, files: list[FileEntry], release: Release) -> bytes:
    """The manifest's bytes. It names no time of its own: the same content gives the same archive."""
    case, profile = dossier.case, dossier.loaded.profile
    held = {row.category for row in dossier.segments}
    content = _Manifest(
        format=FORMAT,
        request={
            "reference": case.reference,
            "right": case.right.value,
            "article": case.right.article,
            "role": case.role.value,
            "language": case.language,
            "received_at": case.received_at.isoformat(),
            "due_date": case.due_date.isoformat(),
        },
        profile={
            "key": profile.key,
            "sha256": dossier.loaded.hash.hex(),
            "sha256_at_receipt": case.profile_hash.hex(),
        },
        controller=dossier.controller,
        systems=dossier.searched,
        gaps=tuple(s.key for s in dossier.searched if s.outcome is Ending.GAP),
        categories={key: category for key, category in profile.categories.items() if key in held},
        files=tuple(files),
        left_out=dossier.left_out,
        inferred_values_left_out=release.inferred_left_out,
        withheld=_withheld(release),
        csv=CSV,
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
