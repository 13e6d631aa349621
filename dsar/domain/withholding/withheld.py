"""What stays out of an item, on what ground, by whose word, and how sure."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.place import Place


class Certainty(StrEnum):
    """How sure it is that the place is what the rule takes it for."""

    CERTAIN = "certain"  # the system, or a person, says so
    LIKELY = "likely"  # it has the form, and could be nothing else
    POSSIBLE = "possible"  # it has the form, and could be something else


class Rule(StrEnum):
    """What withholds by itself."""

    OTHERS = "others"  # the connector marked it as another person's
    OTHER_SPEAKER = "other_speaker"  # a turn, or a channel, of another person
    CONTACT = "contact"  # a third person's telephone number or mailbox in what was said
    SECRET = "secret"  # noqa: S105 - a password, a token, a hash of one: named so
    HASH = "hash"  # looks like a kept password
    UNDISCLOSED = "undisclosed"  # 11 CCR 7024(d)
    INFERRED = "inferred"  # no part of what is portable
    BY_HAND = "by_hand"  # a person decided

    @property
    def is_final(self) -> bool:
        """Whether no decision lets go what it finds."""
        return self in _FINAL


_FINAL = frozenset({Rule.SECRET, Rule.HASH, Rule.UNDISCLOSED})


class Withheld(Struct, frozen=True, kw_only=True):
    """One place that does not leave. `decision` is the person's, where it was one."""

    place: Place
    ground: WithholdingGround
    rule: Rule
    certainty: Certainty = Certainty.CERTAIN
    decision: UUID | None = None

    @property
    def law(self) -> str:
        """The provision that letters and manifest cite."""
        # 11 CCR 7024(d): what is never disclosed has a provision of its own
        return "11 CCR 7024(d)" if self.rule is Rule.UNDISCLOSED else self.ground.law
