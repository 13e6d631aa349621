"""A company's policy as data, read from TOML: the record of processing (GDPR 30) that the service obeys."""

from dsar.domain.profile.category import (
    Category,
    CountedFrom,
    LegalBasis,
    Recipient,
    Retention,
    Safeguard,
    Strength,
)
from dsar.domain.profile.load import LoadedProfile, ProfileError, load
from dsar.domain.profile.model import CallersRule, Profile, Transfer
from dsar.domain.profile.operator import Authority, Jurisdiction, Operator, Residence
from dsar.domain.profile.words import Text, said, texts

__all__ = [
    "Authority",
    "CallersRule",
    "Category",
    "CountedFrom",
    "Jurisdiction",
    "LegalBasis",
    "LoadedProfile",
    "Operator",
    "Profile",
    "ProfileError",
    "Recipient",
    "Residence",
    "Retention",
    "Safeguard",
    "Strength",
    "Text",
    "Transfer",
    "load",
    "said",
    "texts",
]
