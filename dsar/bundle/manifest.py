"""`manifest.json`: what the archive holds, where it comes from, and what it does not hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from dsar.bundle.cells import ESCAPE, STARTS
from dsar.bundle.dossier import Dossier, LeftOut
from dsar.bundle.provenance import Provenance
from dsar.bundle.recordings import FileWithheld
from dsar.bundle.release import Release
from dsar.bundle.searched import Ending, Searched
from dsar.bundle.shelf import FileEntry, FileRole
from dsar.domain.reach import GROUNDS
from dsar.domain.withholding import Place, Withheld

FORMAT = "dsar-bundle/2"


class Counted(Struct, frozen=True, kw_only=True):
    """So many places of one collection that stayed out for one reason."""

    category: str
    system: str
    collection: str
    target: str
    ground: str
    law: str
    rule: str
    certainty: str
    count: int


class _Manifest(Struct, frozen=True, kw_only=True):
    format: str
    archive: dict[str, Any]
    request: dict[str, Any]
    profile: dict[str, str]
    controller: str
    systems: tuple[Searched, ...]
    gaps: tuple[str, ...]
    categories: dict[str, Any]
    sources: tuple[Provenance, ...]
    counts: dict[str, int]
    withheld: tuple[Counted, ...]
    files_withheld: tuple[FileWithheld, ...]
    left_out: tuple[dict[str, Any], ...]
    inferred_values_left_out: int
    csv: dict[str, Any]
    files: Sequence[FileEntry]


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


def manifest(
    dossier: Dossier,
    files: Sequence[FileEntry],
    release: Release,
    *,
    sources: Sequence[Provenance] = (),
    files_withheld: Sequence[FileWithheld] = (),
    counts: Mapping[str, int] | None = None,
) -> bytes:
    """The manifest's bytes. It names no time of its own: the same content gives the same archive."""
    profile = dossier.loaded.profile
    content = _Manifest(
        format=FORMAT,
        archive=_archive(dossier),
        request=_request(dossier),
        profile={
            "key": profile.key,
            "sha256": dossier.loaded.hash.hex(),
            "sha256_at_receipt": dossier.case.profile_hash.hex(),
        },
        controller=dossier.controller,
        systems=dossier.searched,
        gaps=tuple(s.key for s in dossier.searched if s.outcome is Ending.GAP),
        categories=_categories(dossier),
        sources=tuple(sources),
        counts=dict(counts or {}),
        withheld=tuple(counted(release)),
        files_withheld=tuple(files_withheld),
        left_out=tuple(map(_left_out, dossier.left_out)),
        inferred_values_left_out=release.inferred_left_out,
        csv=CSV,
        files=files,
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def counted(release: Release) -> Iterator[Counted]:
    """What was withheld, in an order of its own."""
    for key in sorted(release.withheld, key=str):
        ground, rule, certainty, category, system, collection, target = key
        yield Counted(
            category=category,
            system=system,
            collection=collection,
            target=target.value,
            ground=ground.value,
            law=Withheld(place=Place(), ground=ground, rule=rule).law,
            rule=rule.value,
            certainty=certainty.value,
            count=release.withheld[key],
        )


def calls_withheld_from(files: Sequence[FileEntry]) -> int:
    """In how many transcripts a turn, or some of its words, stayed out."""
    return sum(file.role is FileRole.TRANSCRIPT and file.withheld > 0 for file in files)


def _archive(dossier: Dossier) -> dict[str, Any]:
    """Which archive of the case it is, and the digest of what it was made from: what was approved, where it was."""
    number = dossier.number
    later = {"adds_to_the_answer_of": dossier.answered_at.isoformat()} if dossier.answered_at else {}
    return {
        "number": number,
        "kind": "answer" if number == 1 else "supplement",
        **later,
        "content": dossier.digest.hex(),
    }


def _request(dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return {
        "reference": case.reference,
        "right": case.right.value,
        "article": case.right.article,
        "scope": {"role": case.role.value, "regime": case.regime, "residence": case.residence},
        "language": case.language,
        "received_at": case.received_at.isoformat(),
        "due_date": case.due_date.isoformat(),
    }


def _categories(dossier: Dossier) -> dict[str, Any]:
    """GDPR 15(1): what the profile says of each category in the archive, with all its recipients."""
    profile = dossier.loaded.profile
    held = {row.category for row in dossier.segments}
    return {
        key: structs.replace(category, recipients=profile.recipients_of(category))
        for key, category in profile.categories.items()
        if key in held
    }


def _left_out(left: LeftOut) -> dict[str, Any]:
    return structs.asdict(left) | {"law": GROUNDS[left.reason]}
