"""What a check of a profile reports."""

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """The worst first."""

    CONTRADICTION = (
        "contradiction"  # two statements that cannot both be kept, of the policy's or of the law's
    )
    GAP = "gap"  # the law asks for what the profile does not say, or gives more than it says
    NOTE = "note"  # nothing is broken; somebody should know


class Finding(Struct, frozen=True):
    """One thing that a person has to look at."""

    severity: Severity
    field: str
    says: str
    law: str
    remedy: str


def contradiction(field: str, says: str, law: str, remedy: str) -> Finding:
    """Two statements that cannot both be kept."""
    return Finding(Severity.CONTRADICTION, field, says, law, remedy)


def gap(field: str, says: str, law: str, remedy: str) -> Finding:
    """The law asks for more."""
    return Finding(Severity.GAP, field, says, law, remedy)


def note(field: str, says: str, law: str, remedy: str) -> Finding:
    """Worth knowing."""
    return Finding(Severity.NOTE, field, says, law, remedy)
