"""How requests are handled: what proof they need, who signs, who is alarmed, what was agreed, how answers leave."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dsar.domain.profile.category import Strength
from dsar.domain.profile.words import Text
from dsar.domain.rights import Right

WorkingDays = Annotated[int, Meta(ge=1, le=250)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Hours = Annotated[int, Meta(ge=1, le=744)]
# 11 CCR 7101(a): records of requests stay for at least 24 months
Years = Annotated[int, Meta(ge=2, le=30)]
Minutes = Annotated[int, Meta(ge=1, le=10_080)]
Times = Annotated[int, Meta(ge=1, le=1000)]


class ProofRules(Struct, frozen=True, forbid_unknown_fields=True):
    """How well a person must prove who they are, for each right."""

    default: Strength = Strength.ONE
    rights: dict[Right, Strength] = {}

    def of(self, right: Right) -> Strength:
        """What the right needs."""
        return self.rights.get(right, self.default)


class Letters(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs."""

    sender: str | None = None
    signature: Text | None = None


class Alarms(Struct, frozen=True, forbid_unknown_fields=True):
    """Where staff is told of dates that come near, beside the case's own assignee."""

    mail: str | None = None


class Assist(Struct, frozen=True, forbid_unknown_fields=True):
    """The processor's clocks, as the data-processing agreement says: working days, and hours for a breach.

    `cancellable_minutes` is how long a request by OpenDSR waits, so that its controller may take it back.
    """

    forward_working_days: WorkingDays = 5
    fulfil_working_days: WorkingDays = 10
    breach_hours: Hours | None = None
    cancellable_minutes: Minutes = 60


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """When two different people approve what leaves, and whose addresses are no third person's.

    `two_people` names what wants the second: recordings, sensitive categories, a proof of identity that is weaker than
    staff's own check or two codes. `known_contacts` are the business's own numbers and mailboxes, which callers read
    out to each other in transcripts all day: E.164, addresses, or a domain as `@example.com`.
    """

    two_people: tuple[Literal["audio", "sensitive", "weak_proof"], ...] = ()
    known_contacts: tuple[str, ...] = ()


class Delivery(Struct, frozen=True, forbid_unknown_fields=True):
    """How long an answer can be fetched, and how often; how long the case's own copy stays.

    `unproven_days` is how long a request stays whose sender never proved who they are; `evidence_years`, how long
    what shows how a closed case was answered.
    """

    link_days: Days = 14
    downloads: Times = 5
    close_after_days: Days = 30
    unproven_days: Days = 60
    evidence_years: Years = 3
    vcon: bool = False  # each call as a vCon as well, for machines that read those
