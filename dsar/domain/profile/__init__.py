"""A company's policy as data, read from TOML: the record of processing (GDPR 30) that the service obeys."""

from dsar.domain.profile.category import Category, LegalBasis, Recipient, Safeguard, Strength
from dsar.domain.profile.check import check
from dsar.domain.profile.finding import Finding, Severity
from dsar.domain.profile.hold import StatutoryHold
from dsar.domain.profile.load import LoadedProfile, ProfileError, load
from dsar.domain.profile.model import CallersRule, Profile, Transfer
from dsar.domain.profile.operator import Authority, Jurisdiction, Operator, Residence
from dsar.domain.profile.retention import CountedFrom, Retention, expired
from dsar.domain.profile.words import Text, said, texts

__all__ = [
    "Authority",
    "CallersRule",
    "Category",
    "CountedFrom",
    "Finding",
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
    "Severity",
    "StatutoryHold",
    "Strength",
    "Text",
    "Transfer",
    "check",
    "expired",
    "load",
    "said",
    "texts",
]
