"""The facts of the page and of the README: what GDPR 15(1) makes the answer say, beside the data itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from dsar.bundle.conversation import CallSection, Recording
from dsar.bundle.dossier import Dossier
from dsar.bundle.reasons import never_disclosed, totals
from dsar.bundle.release import Release
from dsar.bundle.sample import Sample
from dsar.bundle.searched import Ending
from dsar.contract import Role
from dsar.domain.profile import Category, Profile, Recipient, said
from dsar.domain.reach import GROUNDS, PROOF_TOO_WEAK
from dsar.render.dates import locale_of

FILES_MAX = 200  # links of one category; the folder has them all


class Edition(Struct, frozen=True):
    """Which archive of the case it is: the answer, or what came after the answer of `answered_at`."""

    number: int = 1
    answered_at: datetime | None = None

    @property
    def later(self) -> bool:
        """Whether it adds to an answer that has left."""
        return self.number > 1


ANSWER = Edition()


class LetterLink(Struct, frozen=True):
    """A letter that lies in the archive; `title` is its subject."""

    path: str
    title: str
    at: datetime | None = None


class CollectionSection(Struct):
    """One collection of one system."""

    system: str
    name: str
    records: int
    sample: Sample
    json_path: str
    csv_path: str


class About(Struct, frozen=True):
    """What the profile says of a category, in the person's language but for the names of recipients."""

    title: str
    data: str
    purpose: str
    legal_basis: str
    source: str
    retention: str
    recipients: tuple[Recipient, ...]
    automated: str  # GDPR 15(1)(h)


def about(category: Category, profile: Profile, language: str) -> About:
    """Choose the words."""
    return About(
        title=said(category.title, language),
        data=said(category.data, language) if category.data else "",
        purpose=said(category.purpose, language),
        legal_basis="; ".join(
            f"{basis.article}: {said(basis.because, language)}" if basis.because else basis.article
            for basis in category.legal_basis
        ),
        source=said(category.source, language),
        retention="; ".join(said(retention.words, language) for retention in category.retention),
        recipients=tuple(profile.recipients_of(category)),
        automated=said(category.automated, language) if category.automated else "",
    )


class CategorySection(Struct):
    """One category of data."""

    key: str
    about: About | None
    collections: list[CollectionSection] = field(default_factory=list)
    calls: list[CallSection] = field(default_factory=list)
    call_count: int = 0  # all of them, also those that the page leaves to their folder
    recordings: list[Recording] = field(default_factory=list)  # and other files, of no call that is shown
    recording_count: int = 0

    @property
    def title(self) -> str:
        """As the profile says it."""
        return self.about.title if self.about else self.key

    @property
    def whole(self) -> bool:
        """Whether the page shows all of its records and calls."""
        shown = all(len(one.sample.records) == one.records for one in self.collections)
        return shown and len(self.calls) == self.call_count

    @property
    def recordings_left(self) -> int:
        """How many files stand neither in the list nor with a call that is shown."""
        return self.recording_count - len(self.recordings) - sum(len(call.recordings) for call in self.calls)

    @property
    def records(self) -> int:
        """How many there are in all collections."""
        return sum(collection.records for collection in self.collections)


def facts(
    dossier: Dossier,
    sections: list[CategorySection],
    release: Release,
    *,
    edition: Edition = ANSWER,
    dictionary: str | None = None,
    letters: Sequence[LetterLink] = (),
    readme: str = "README.txt",
) -> dict[str, Any]:
    """What the templates need."""
    order = {key: number for number, key in enumerate(dossier.loaded.profile.categories)}
    return (
        _who(dossier)
        | _missing(dossier, release)
        | {
            "edition": edition,
            "letters": letters,
            "readme": readme,
            "dictionary": dictionary,
            "direction": locale_of(dossier.case.language).text_direction,
            "sections": sorted(sections, key=lambda section: order.get(section.key, len(order))),
            "whole": all(section.whole for section in sections),
            "records": sum(section.records for section in sections),
            "recordings": sum(section.recording_count for section in sections),
            "calls": sum(section.call_count for section in sections),
        }
    )


def _who(dossier: Dossier) -> dict[str, Any]:
    operator = dossier.loaded.profile.operator
    where = dossier.loaded.profile.jurisdiction(dossier.case.residence)
    to_controller = dossier.case.goes_to_controller
    return {
        "case": dossier.case,
        "operator": operator,
        "zone": operator.timezone,
        "controller": dossier.controller,
        # The controller asks us, and the person asks the controller.
        "to_controller": to_controller,
        "contact": (operator.contact or operator.name) if to_controller else dossier.contact,
        # The operator's authority need not be the one of a customer we process for.
        "authority": where.authority if dossier.case.role is Role.CONTROLLER else None,
    }


def _missing(dossier: Dossier, release: Release) -> dict[str, Any]:
    """Where was searched, and what is not in the archive, with each reason by itself."""
    left_out = [(left.category, dossier.title_of(left.system), left) for left in dossier.left_out]
    return {
        "searched": dossier.searched,
        "gaps": [system for system in dossier.searched if system.outcome is Ending.GAP],
        "unasked": [system for system in dossier.searched if system.outcome is Ending.NOT_SEARCHABLE],
        "left_out": [one for one in left_out if one[2].reason != PROOF_TOO_WEAK],
        # What stayed out on another ground: each with its law, for the reader's language to say it.
        "weak": [(*one, GROUNDS[PROOF_TOO_WEAK]) for one in left_out if one[2].reason == PROOF_TOO_WEAK],
        "never_disclosed": never_disclosed(release.withheld),
        "inferred_left_out": release.inferred_left_out,
        "withheld_totals": totals(release.withheld, dossier.title_of),
    }
