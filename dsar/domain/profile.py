"""A company's policy as data: who it is, what it promised, what it holds and why. A record of processing (GDPR 30)."""

from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct, field

from dsar.domain.clock import Place, Promise, Regime
from dsar.domain.holds import HoldRule, held_until
from dsar.domain.rights import Relation, Right


class CallersRule(StrEnum):
    """Who answers a caller."""

    FORWARD = "forward"  # the customer-controller, to whom we forward
    REFER = "refer"  # the customer-controller, whom the person contacts
    OURS = "ours"  # the operator is controller of calls as well


class Authority(Struct, frozen=True, forbid_unknown_fields=True):
    """The supervisory authority a person may complain to, GDPR 77."""

    name: str
    url: str


class Operator(Struct, frozen=True, forbid_unknown_fields=True):
    """The company. `country` and `subdivision` are ISO 3166, `timezone` IANA, `languages` BCP 47, the first default."""

    name: str
    country: str
    timezone: str
    contact: str
    languages: tuple[str, ...]
    subdivision: str | None = None
    registered: str | None = None
    authority: Authority | None = None

    @property
    def place(self) -> Place:
        """Where the clock runs."""
        return Place(country=self.country, subdivision=self.subdivision, timezone=self.timezone)


class Category(Struct, frozen=True, forbid_unknown_fields=True):
    """One category of data: what GDPR 15(1) makes the answer say of it."""

    title: str
    purpose: str
    legal_basis: str
    source: str
    retention: str
    recipients: tuple[str, ...] = ()
    portable: bool = False
    sensitive: bool = False


class Assist(Struct, frozen=True, forbid_unknown_fields=True):
    """The processor's clock, in working days, as the data-processing agreement says."""

    forward_working_days: int = 5
    fulfil_working_days: int = 10


class Delivery(Struct, frozen=True, forbid_unknown_fields=True):
    """How long an answer can be fetched, and how often; how long the case's own copy stays.

    `unproven_days` is how long a request stays whose sender never proved who they are.
    """

    link_days: int = 14
    downloads: int = 5
    close_after_days: int = 30
    unproven_days: int = 60


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole policy. `approval` names the rights whose answer a person approves before it leaves."""

    key: str
    operator: Operator
    regime: Regime
    rights: tuple[Right, ...]
    relations: tuple[Relation, ...]
    callers: CallersRule
    categories: dict[str, Category]
    promise: str | None = None
    clock_mode: Literal["strict", "edpb_suspension"] = "strict"
    approval: tuple[Right, ...] = ()
    marketing_grounds: tuple[str, ...] = ()
    holds: dict[str, HoldRule] = {}
    assist: Assist = field(default_factory=Assist)
    delivery: Delivery = field(default_factory=Delivery)

    @property
    def promised(self) -> Promise | None:
        """The company's own period, if its policy gives one."""
        return Promise.parse(self.promise) if self.promise else None


class ProfileError(Exception):
    """The profile cannot be used. The text names the field and what is allowed."""


class LoadedProfile(Struct, frozen=True):
    """A profile with the text it was read from: each case keeps both."""

    profile: Profile
    text: str
    hash: bytes


def load(text: str, origin: str) -> LoadedProfile:
    """Read a profile from TOML; `origin` names the file in an error."""
    try:
        profile = msgspec.toml.decode(text, type=Profile)
        _check(profile)
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
        raise ProfileError(f"{origin}: {error}") from error
    return LoadedProfile(profile, text, sha256(text.encode()).digest())


def _check(profile: Profile) -> None:
    if not profile.rights:
        raise ValueError('rights: is empty; name at least one right, for example rights = ["access"]')
    if not profile.operator.languages:
        raise ValueError('operator.languages: is empty; name at least one, for example ["en"]')
    _ = profile.operator.place, profile.promised  # both refuse what they cannot compute with
    for key, rule in profile.holds.items():
        try:
            held_until(date(2023, 1, 1), rule)  # of a year without a 29 February
        except ValueError as error:
            raise ValueError(
                f"holds.{key}.financial_year_ends: is no day of every year; write it as month-day, for example 12-31"
            ) from error
    for key, category in profile.categories.items():
        if not category.legal_basis.strip():
            raise ValueError(
                f"categories.{key}.legal_basis: is empty; name the article, for example GDPR 6(1)(b)"
            )
