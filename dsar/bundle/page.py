"""The facts of the page and of the README: what GDPR 15(1) makes the answer say, beside the data itself."""

from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from dsar.bundle.dossier import GROUNDS, PROOF_TOO_WEAK, Dossier
from dsar.bundle.release import Release
from dsar.bundle.sample import Sample
from dsar.bundle.searched import Ending
from dsar.contract import Role
from dsar.domain.profile import Category, Profile, said

FILES_MAX = 200  # links of one category; the folder has them all


class Recording(Struct, frozen=True):
    """A file that the page plays or links. It bears the safe name; the manifest has the one it came with."""

    path: str
    media_type: str
    bytes: int

    @property
    def name(self) -> str:
        """As the file is called in the archive."""
        return self.path.rpartition("/")[2]

    @property
    def source(self) -> str:
        """The address, relative to the page."""
        return quote(self.path)

    @property
    def audio(self) -> bool:
        """Whether it can be played."""
        return self.media_type.startswith("audio/")


class CollectionSection(Struct):
    """One collection of one system."""

    system: str
    name: str
    records: int
    sample: Sample
    json_path: str
    csv_path: str


class About(Struct, frozen=True):
    """What the profile says of a category, in the person's language."""

    title: str
    purpose: str
    legal_basis: str
    source: str
    retention: str
    recipients: list[str]


def about(category: Category, profile: Profile, language: str) -> About:
    """Choose the words."""
    return About(
        title=said(category.title, language),
        purpose=said(category.purpose, language),
        legal_basis="; ".join(
            f"{basis.article}: {said(basis.because, language)}" if basis.because else basis.article
            for basis in category.legal_basis
        ),
        source=said(category.source, language),
        retention="; ".join(said(retention.words, language) for retention in category.retention),
        recipients=[
            ", ".join(filter(None, (r.name, said(r.what, language) if r.what else None, r.country)))
            for r in profile.recipients_of(category)
        ],
    )


class CategorySection(Struct):
    """One category of data."""

    key: str
    about: About | None
    collections: list[CollectionSection] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    recording_count: int = 0

    @property
    def title(self) -> str:
        """As the profile says it."""
        return self.about.title if self.about else self.key

    @property
    def records(self) -> int:
        """How many there are in all collections."""
        return sum(collection.records for collection in self.collections)


def facts(dossier: Dossier, sections: list[CategorySection], release: Release) -> dict[str, Any]:
    """What the templates need."""
    operator = dossier.loaded.profile.operator
    where = dossier.loaded.profile.jurisdiction(dossier.case.residence)
    left_out = [(left.category, dossier.title_of(left.system), left) for left in dossier.left_out]
    order = {key: number for number, key in enumerate(dossier.loaded.profile.categories)}
    return {
        "case": dossier.case,
        "operator": operator,
        "zone": operator.timezone,
        "controller": dossier.controller,
        "contact": dossier.contact,
        # The operator's authority need not be the one of a customer we process for.
        "authority": where.authority if dossier.case.role is Role.CONTROLLER else None,
        "searched": dossier.searched,
        "gaps": [system for system in dossier.searched if system.outcome is Ending.GAP],
        "left_out": [one for one in left_out if one[2].reason != PROOF_TOO_WEAK],
        # What stayed out on another ground: each with its law, for the reader's language to say it.
        "weak": [(*one, GROUNDS[PROOF_TOO_WEAK]) for one in left_out if one[2].reason == PROOF_TOO_WEAK],
        "never_disclosed": release.never_disclosed,
        "inferred_left_out": release.inferred_left_out,
        "others_withheld": release.others_withheld,
        "sections": sorted(sections, key=lambda section: order.get(section.key, len(order))),
        "records": sum(section.records for section in sections),
        "recordings": sum(section.recording_count for section in sections),
    }
