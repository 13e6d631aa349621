"""The rights a person may use, and what each asks of us."""

from enum import StrEnum

from dsar.domain.clock import Kind


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
    KNOW = "know"  # Civ. 1798.110
    DELETE = "delete"  # Civ. 1798.105
    CORRECT = "correct"  # Civ. 1798.106
    OPT_OUT_SALE = "opt_out_sale"  # Civ. 1798.120
    LIMIT_SENSITIVE = "limit_sensitive"  # Civ. 1798.121

    @property
    def article(self) -> str:
        """The provision, as letters and the explanation name it."""
        return _ARTICLE[self]

    @property
    def copies(self) -> bool:
        """Whether the answer holds a copy of the data."""
        return self in {Right.ACCESS, Right.PORTABILITY, Right.KNOW}

    @property
    def erases(self) -> bool:
        """Whether what was found is erased."""
        return self in {Right.ERASURE, Right.DELETE}

    @property
    def stops(self) -> bool:
        """Whether it takes effect at once, without search or approval."""
        return self in _STOPS

    @property
    def by_hand(self) -> bool:
        """Whether a person decides what is done about what was found."""
        return self in {Right.RECTIFICATION, Right.RESTRICTION, Right.AUTOMATED_DECISION, Right.CORRECT}

    @property
    def needs_proof(self) -> bool:
        """Whether the person proves who they are first."""
        # 11 CCR 7026(d), 7027(e): an opt-out and a limit need no verification
        return self not in {Right.OPT_OUT_SALE, Right.LIMIT_SENSITIVE}

    @property
    def clock_kind(self) -> Kind:
        """Which duty's period it has."""
        return _KIND.get(self, Kind.DSAR_RESPONSE)


_STOPS = frozenset({Right.OBJECTION, Right.WITHDRAW_CONSENT, Right.OPT_OUT_SALE, Right.LIMIT_SENSITIVE})
_KIND = {Right.OPT_OUT_SALE: Kind.OPT_OUT_SALE_SHARING, Right.LIMIT_SENSITIVE: Kind.LIMIT_SENSITIVE}
_ARTICLE = {
    Right.ACCESS: "GDPR 15",
    Right.RECTIFICATION: "GDPR 16",
    Right.ERASURE: "GDPR 17",
    Right.RESTRICTION: "GDPR 18",
    Right.PORTABILITY: "GDPR 20",
    Right.OBJECTION: "GDPR 21",
    Right.WITHDRAW_CONSENT: "GDPR 7(3)",
    Right.AUTOMATED_DECISION: "GDPR 22",
    Right.KNOW: "Civ. 1798.110",
    Right.DELETE: "Civ. 1798.105",
    Right.CORRECT: "Civ. 1798.106",
    Right.OPT_OUT_SALE: "Civ. 1798.120",
    Right.LIMIT_SENSITIVE: "Civ. 1798.121",
}


class Relation(StrEnum):
    """How the person knows the operator; a person may be several at once."""

    VISITOR = "visitor"
    PROSPECT = "prospect"
    ACCOUNT_USER = "account_user"
    EMPLOYEE = "employee"  # works for a customer, and so comes into its use of the service
    CALLER = "caller"  # spoke on the telephone with a business that uses the service
