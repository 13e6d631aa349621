"""A company's policy as data: who it is, what it promised, what it holds and why. A record of processing (GDPR 30)."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct, field, structs

from dsar.contract import Role
from dsar.domain.clock import Place, Promise, Regime
from dsar.domain.profile.category import Category, Recipient, Safeguard
from dsar.domain.profile.handling import Alarms, Assist, Delivery, Letters, ProofRules, Review, Times
from dsar.domain.profile.hold import StatutoryHold
from dsar.domain.profile.operator import Authority, Jurisdiction, Operator, Residence
from dsar.domain.profile.retention import Retention
from dsar.domain.profile.words import Text
from dsar.domain.rights import Relation, Right


class CallersRule(StrEnum):
    """Who answers for what we hold for our customers."""

    FORWARD = "forward"  # the customer-controller, to whom we forward
    REFER = "refer"  # the customer-controller, whom the person contacts
    OURS = "ours"  # the operator is controller of calls as well


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """The published text that this profile puts into data."""

    name: str
    url: str | None = None
    version: str | None = None  # the date it bears, as 2026-03-01


class Transfer(Struct, frozen=True, forbid_unknown_fields=True):
    """Where data goes outside the EEA, and on what ground, GDPR 15(2)."""

    safeguard: Safeguard
    to: str | None = None
    words: Text | None = None


class AiUse(Struct, frozen=True, forbid_unknown_fields=True):
    """What the policy says of models: whether data trains them."""

    training: Literal["never", "with_consent"] | None = None


class Assumption(Struct, frozen=True, forbid_unknown_fields=True):
    """What the policy leaves out and the service cannot do without: what was taken instead, and why."""

    why: str
    law: str  # that would have the policy say it


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole policy. `approval` names the rights whose answer a person approves before it leaves."""

    key: str
    operator: Operator
    regime: Regime  # for everybody whom no entry of `residents` names
    rights: tuple[Right, ...]
    controller_for: tuple[Relation, ...]
    callers: CallersRule
    categories: dict[str, Category]
    processor_for: tuple[Relation, ...] = ()
    policy: Policy | None = None
    residents: dict[str, Residence] = {}  # by where the person lives: ISO 3166, GB or US-CA
    promise: str | None = None
    clock_mode: Literal["strict", "edpb_suspension"] = "strict"
    approval: tuple[Right, ...] = ()
    whom_to_ask: Text | None = None  # how a letter names those whom we work for
    recipients: tuple[Recipient, ...] = ()  # of every category
    transfers: tuple[Transfer, ...] = ()
    security: tuple[Text, ...] = ()  # GDPR 30(1)(g)
    after_contract: Retention | None = None  # what the policy says becomes of all data once the contract ends
    after_expiry: Literal["delete", "delete_or_anonymise"] | None = (
        None  # what becomes of data whose time is over
    )
    proof: ProofRules = field(default_factory=ProofRules)
    ai: AiUse = field(default_factory=AiUse)
    letters: Letters = field(default_factory=Letters)
    alarms: Alarms = field(default_factory=Alarms)
    requests_a_year: Times = 6  # more from one address are flagged, never by themselves refused: GDPR 12(5)
    holds: dict[str, StatutoryHold] = {}
    assist: Assist = field(default_factory=Assist)
    delivery: Delivery = field(default_factory=Delivery)
    review: Review = field(default_factory=Review)
    assumed: dict[str, Assumption] = {}  # by the field that was filled in

    @property
    def relations(self) -> tuple[Relation, ...]:
        """All that the form offers."""
        known = {*self.controller_for, *self.processor_for}
        return tuple(relation for relation in Relation if relation in known)

    @property
    def promised(self) -> Promise | None:
        """The company's own period, if its policy gives one."""
        return Promise.parse(self.promise) if self.promise else None

    @property
    def offered(self) -> tuple[Right, ...]:
        """Every right that somebody may use here."""
        more = [right for residence in self.residents.values() for right in residence.rights]
        return tuple(dict.fromkeys([*self.rights, *more]))

    @property
    def consents(self) -> tuple[str, ...]:
        """The categories whose consent can be withdrawn one by one, GDPR 7(3)."""
        return tuple(
            key
            for key, category in self.categories.items()
            if category.by_consent and category.role is Role.CONTROLLER
        )

    def jurisdiction(self, residence: str = "") -> Jurisdiction:
        """What a person's request is counted by, from where they live; unknown or unsaid, the operator's own."""
        found = self.residents.get(residence)
        if found is None:
            return Jurisdiction(
                residence="",
                regime=self.regime,
                place=self.operator.place,
                rights=self.rights,
                promise=self.promised,
                mode=self.clock_mode,
                authority=self.operator.authority,
            )
        place = self.operator.place
        if found.country is not None:
            place = Place(found.country, found.subdivision, found.timezone or place.timezone)
        elif found.timezone is not None:
            place = structs.replace(place, timezone=found.timezone)
        return Jurisdiction(
            residence=residence,
            regime=found.regime,
            place=place,
            rights=found.rights or self.rights,
            promise=Promise.parse(found.promise) if found.promise else None,
            mode=self.clock_mode,
            authority=found.authority or self._authority_under(found.regime),
        )

    def _authority_under(self, regime: Regime) -> Authority | None:
        # GDPR 77: the operator's own authority hears complaints under its own law, and no others
        return self.operator.authority if regime is self.regime else None

    def recipients_of(self, category: Category) -> tuple[Recipient, ...]:
        """Who gets a category's data: its own recipients and everybody's."""
        return (*category.recipients, *self.recipients)
