"""The company itself: who it is, where its clock runs, whom a person may complain to."""

from typing import Literal

from msgspec import Struct

from dsar.domain.clock import Place, Promise, Regime
from dsar.domain.clock.regime import Mode
from dsar.domain.profile.words import Text
from dsar.domain.rights import Right


class Authority(Struct, frozen=True, forbid_unknown_fields=True):
    """A supervisory authority that a person may complain to, GDPR 77."""

    name: Text
    url: str
    address: str | None = None


class Operator(Struct, frozen=True, forbid_unknown_fields=True):
    """The company. `country` and `subdivision` are ISO 3166, `timezone` IANA, `languages` BCP 47, the first default.

    What its policy leaves out stays unset, and `dsar profile check` says so. Without a country no public holiday
    moves a date, which is the earliest and so the safest reading.
    """

    name: str
    timezone: str
    languages: tuple[str, ...]
    country: str | None = None
    subdivision: str | None = None
    contact: str | None = None  # the e-mail address for requests
    telephone: str | None = None  # E.164, where requests are taken by telephone
    channels: tuple[Literal["form", "email", "telephone", "letter"], ...] = ("form",)
    registered: str | None = None  # registered name, number and office, GDPR 13(1)(a)
    representative: str | None = None  # GDPR 27
    dpo: str | None = None  # GDPR 37; unset where none is appointed
    authority: Authority | None = None

    @property
    def place(self) -> Place:
        """Where the clock runs."""
        return Place(country=self.country, subdivision=self.subdivision, timezone=self.timezone)


class Residence(Struct, frozen=True, forbid_unknown_fields=True):
    """How the requests of people who live in one country, or a part of it, are answered where that differs.

    `country`, `subdivision` and `timezone` say whose holidays and days count; unset, the operator's.
    """

    title: Text  # as the form names it
    regime: Regime
    rights: tuple[Right, ...] = ()  # unset: the profile's
    promise: str | None = None  # unset: none
    country: str | None = None
    subdivision: str | None = None
    timezone: str | None = None
    authority: Authority | None = None


class Jurisdiction(Struct, frozen=True):
    """What one request is counted by."""

    residence: str  # a key of the profile's `residents`, empty for everybody else
    regime: Regime
    place: Place
    rights: tuple[Right, ...]
    promise: Promise | None
    mode: Mode
    authority: Authority | None
