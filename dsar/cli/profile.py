"""`dsar profile check FILE`: what contradicts itself or the law, what is missing, and the record of processing."""

import argparse
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dsar.domain.profile import Finding, LoadedProfile, ProfileError, Severity, check
from dsar.engine.opening import load_profile
from dsar.render import Templates
from dsar.store import shipped

_HEADINGS = {
    Severity.CONTRADICTION: "Contradictions",
    Severity.GAP: "Gaps",
    Severity.NOTE: "Notes",
}


def arguments(command: argparse.ArgumentParser) -> None:
    """`check FILE`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    about = "Name what contradicts itself or the law, and what is missing."
    ends = "Ends with 0 when nothing contradicts itself, with 1 when something does, with 2 when it cannot be used."
    checking = actions.add_parser("check", help=about, description=f"{about} {ends}")
    checking.add_argument("file", help="a .toml file, or the name of a shipped profile")
    checking.add_argument("--json", action="store_true", help="print the findings for machines")
    checking.add_argument(
        "--record", type=Path, metavar="PATH", help="write the record of processing as a page"
    )
    checking.add_argument("--language", help="of the page, one of the profile's; by default its first")


def run(given: argparse.Namespace) -> int:
    """Print the findings, and draw the record when it is asked for."""
    loaded = load_profile(given.file)
    found = check(loaded.profile)
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        print(_as_text(loaded, found))
    if given.record is not None:
        given.record.write_text(_record(loaded, given.language), encoding="utf-8")
    return 1 if any(one.severity is Severity.CONTRADICTION for one in found) else 0


def _as_text(loaded: LoadedProfile, found: list[Finding]) -> str:
    profile = loaded.profile
    lines = [
        f"{profile.key}: {profile.operator.name}, {profile.regime}, {len(profile.categories)} categories"
    ]
    for severity, heading in _HEADINGS.items():
        group = [one for one in found if one.severity is severity]
        if group:
            lines += ["", f"{heading} ({len(group)})"]
        for one in group:
            lines += [_filled(f"{one.field}: {one.says}", 2), _filled(f"{one.law}. {one.remedy}", 6)]
    return "\n".join(lines)


def _filled(text: str, indent: int) -> str:
    return textwrap.fill(
        text, 110, initial_indent=" " * indent, subsequent_indent=" " * 6, break_long_words=False
    )


def _record(loaded: LoadedProfile, wanted: str | None) -> str:
    offered = loaded.profile.operator.languages
    language = wanted or offered[0]
    templates = Templates(shipped("templates"), shipped("translations"))
    there = [one for one in offered if one in templates.languages]
    if language not in there:
        raise ProfileError(
            f"--language: {language!r} cannot be used; allowed: {', '.join(there) or 'none yet'}"
        )
    today = datetime.now(UTC).date()
    return templates.render(
        "pages/record.html",
        language=language,
        profile=loaded.profile,
        hash=loaded.hash.hex(),
        drawn_on=today,
    )
