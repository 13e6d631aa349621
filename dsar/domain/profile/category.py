"""One category of data: what GDPR 15(1) makes the answer say of it, and GDPR 30(1) the record of processing."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from dsar.contract import Role
from dsar.domain.profile.retention import Retention
from dsar.domain.profile.words import Text
from dsar.domain.rights import Relation


class Strength(StrEnum):
    """How well a person must have proven who they are."""

    ONE = "one"  # one address by its code
    TWO = "two"  # two addresses of different kinds, each by its code
    STAFF = "staff"  # a member of staff has checked it, GDPR 12(6)


class Safeguard(StrEnum):
    """On what ground data may leave the EEA, GDPR 45 to 49."""

    ADEQUACY = "adequacy"  # GDPR 45
    DPF = "data_privacy_framework"  # GDPR 45, Decision (EU) 2023/1795: recipients certified under it
    SCC = "standard_contractual_clauses"  # GDPR 46(2)(c)
    BCR = "binding_corporate_rules"  # GDPR 47
    IDTA = "idta"  # the United Kingdom's transfer agreement
    DEROGATION = "derogation"  # GDPR 49
    PRIVACY_SHIELD = (
        "privacy_shield"  # void since C-311/18: a policy may still name it, and the check says so
    )


class LegalBasis(Struct, frozen=True, forbid_unknown_fields=True):
    """An article that allows the processing, and in words what it rests on: the interest, the contract, the law."""

    article: str  # for example "GDPR 6(1)(f)"
    because: Text | None = None


class Recipient(Struct, frozen=True, forbid_unknown_fields=True):
    """Who gets the data. GDPR 15(1)(c) means names (C-154/21); a kind without a name is reported."""

    name: str | None = None
    what: Text | None = None
    country: str | None = None
    safeguard: Safeguard | None = None
    listed: Text | None = None  # where the names stand, when the policy keeps them elsewhere
    told: bool = (
        False  # GDPR 19: a person tells it of corrections and erasures; a connected system gets its order
    )


class Category(Struct, frozen=True, forbid_unknown_fields=True):
    """One category of data."""

    title: Text
    purpose: Text
    legal_basis: tuple[LegalBasis, ...]
    source: Text
    retention: tuple[Retention, ...] = ()
    role: Role = Role.CONTROLLER  # ours in this category
    people: tuple[Relation, ...] = ()
    data: Text | None = None  # what it consists of, GDPR 30(1)(c)
    recipients: tuple[Recipient, ...] = ()  # beside the profile's own
    holds: tuple[str, ...] = ()  # keys of the profile's holds
    portable: bool = False  # GDPR 20(1): by consent or contract, and by automated means
    sensitive: bool = False
    ai: bool = False  # made by AI: labelled so in the answer
    trains_models: bool = False  # a purpose of it is to improve models
    automated: Text | None = None  # GDPR 15(1)(h): the decision, its logic, what it means for the person
    proof: Strength | None = None  # unset: what the right needs
    withdrawn_by: Literal["suppress", "restrict", "erase", "task"] = "task"  # what a withdrawn consent orders

    @property
    def by_consent(self) -> bool:
        """Whether the person can withdraw it, GDPR 7(3)."""
        return any(basis.article == "GDPR 6(1)(a)" for basis in self.legal_basis)
