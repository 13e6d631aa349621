"""The rights a person may use, and what each asks of us."""

from enum import StrEnum


class Right(StrEnum):
    """Right codes, the same in the API, the database and the profiles."""

    ACCESS = "access"  # GDPR 15
    RECTIFICATION = "rectification"  # GDPR 16
    ERASURE = "erasure"  # GDPR 17
    RESTRICTION = "restriction"  # GDPR 18
    PORTABILITY = "portability"  # GDPR 20
    OBJECTION = "objection"  # GDPR 21
    WITHDRAW_CONSENT = "withdraw_consent"  # GDPR 7(3)
    AUTOMATED_DECISION = "automated_decision"  # GDPR 22

    @property
    def article(self) -> str:
        """The provision, as letters and the explanation name it."""
        return _ARTICLE[self]

    @property
    def copies(self) -> bool:
        """Whether the answer holds a copy of the data."""
        return self in {Right.ACCESS, Right.PORTABILITY}

    @property
    def by_hand(self) -> bool:
        """Whether a person's task carries it out."""
        return self not in {Right.ACCESS, Right.PORTABILITY, Right.ERASURE, Right.OBJECTION}


_ARTICLE = {
    Right.ACCESS: "GDPR 15",
    Right.RECTIFICATION: "GDPR 16",
    Right.ERASURE: "GDPR 17",
    Right.RESTRICTION: "GDPR 18",
    Right.PORTABILITY: "GDPR 20",
    Right.OBJECTION: "GDPR 21",
    Right.WITHDRAW_CONSENT: "GDPR 7(3)",
    Right.AUTOMATED_DECISION: "GDPR 22",
}


class Relation(StrEnum):
    """How the person knows the operator; a person may be several at once."""

    VISITOR = "visitor"
    PROSPECT = "prospect"
    ACCOUNT_USER = "account_user"
    CALLER = "caller"  # spoke on the telephone with a business that uses the service
