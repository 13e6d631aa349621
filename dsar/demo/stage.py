"""What a scene has to play with, and what it notes of what it saw."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import httpx
from msgspec import Struct, field

from dsar.demo.faces import Mailbox, Person, Staff
from dsar.demo.world import World
from dsar.domain.profile import Profile
from dsar.domain.rights import Relation

RECORDED = {"json", "csv"}
PAGES = {"index.html", "manifest.json", "datapackage.json"}


class Scene(Struct, kw_only=True):
    """One line of the report. `failures` is empty when everything was as expected; `story` is what staff saw."""

    title: str
    right: str
    role: str = ""
    route: str = ""
    systems: str = ""
    records: int = 0
    due_date: str = ""
    rule: str = ""
    outcome: str = ""
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    archives: dict[str, bytes] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)

    def expect(self, what: str, holds: bool) -> None:  # noqa: FBT001 - it reads as a sentence
        """Note an expectation that does not hold."""
        if not holds:
            self.failures.append(what)

    def tell(self, *details: dict[str, Any]) -> None:
        """Fill the line from the cases as staff sees them."""
        first = details[0]
        ended = {
            str(step["payload"].get("system", step["key"])): str(step["outcome"])
            for detail in details
            for step in detail["steps"]
            if step["kind"] in {"fanout.search", "fanout.order"}
        }
        self.systems = ", ".join(
            f"{key}: {outcome.replace('_', ' ')}" for key, outcome in sorted(ended.items())
        )
        self.records = sum(
            int(c["records"]) + int(c["attachments"]) for detail in details for c in detail["counts"]
        )
        self.role = str(first["role"])
        self.due_date = str(first["due_date"])
        # The rule that moved the date last: what came after it left the date as it was.
        self.rule = str([step["rule"] for step in first["clock"]["steps"] if step["from"] != step["to"]][-1])
        self.outcome = ", ".join(sorted({str(detail["outcome"]).replace("_", " ") for detail in details}))

    def holds_data(self, archive: bytes | None, *words: str) -> None:
        """The archive opens, has a page, JSON, CSV and manifest, and holds these words somewhere in its data."""
        self.expect("an archive was delivered", archive is not None)
        if archive is None:
            return
        there = names(archive)
        for name in sorted(PAGES):
            self.expect(f"{name} is in the archive", name in there)
        self.expect("a README is in the archive", any(name.startswith("README.") for name in there))
        kinds = {name.rpartition(".")[2] for name in there if name.startswith("data/")}
        self.expect("JSON and CSV are in the archive", kinds >= RECORDED)
        text = data(archive)
        for word in words:
            self.expect(f"the archive tells of {word!r}", word.encode() in text)
        self.expect("no secret is in the archive", b"password_hash" not in text)


class Players(Struct, frozen=True):
    """Everybody and everything on the stage. The people speak the company's own language."""

    client: httpx.AsyncClient
    mailbox: Mailbox
    person: Person
    staff: Staff
    world: World
    profile: Profile

    @property
    def language(self) -> str:
        """The one that the company names first."""
        return self.profile.operator.languages[0]

    def relation(self, *wished: Relation) -> str:
        """How a person of ours describes themselves, in words that the form offers."""
        ours: Sequence[Relation] = self.profile.controller_for
        return next((r for r in wished if r in ours), ours[0]).value

    def describes(self, category: str) -> bool:
        """Whether the company holds such data at all."""
        return category in self.profile.categories


def names(archive: bytes) -> list[str]:
    """What an archive holds; every byte of it is read."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def data(archive: bytes) -> bytes:
    """All records of an archive, as they stand in its files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return b"".join(opened.read(name) for name in opened.namelist() if name.startswith("data/"))
