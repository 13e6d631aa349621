"""Why a request may be refused: a closed list, each with its law."""

from enum import StrEnum


class Ground(StrEnum):
    """Grounds of refusal, whole or in part, GDPR 12(4)."""

    NOT_IDENTIFIED = "not_identified"
    UNFOUNDED = "manifestly_unfounded"
    EXCESSIVE = "excessive"
    OTHERS_RIGHTS = "rights_of_others"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGAL_CLAIMS = "legal_claims"
    EXPRESSION = "freedom_of_expression"
    PUBLIC_INTEREST = "public_interest"
    COMPELLING = "compelling_grounds"
    NOT_PORTABLE = "not_portable"

    @property
    def law(self) -> str:
        """The provision."""
        return _LAW[self]


_LAW = {
    Ground.NOT_IDENTIFIED: "GDPR 12(2)",
    Ground.UNFOUNDED: "GDPR 12(5)",
    Ground.EXCESSIVE: "GDPR 12(5)",
    Ground.OTHERS_RIGHTS: "GDPR 15(4)",
    Ground.LEGAL_OBLIGATION: "GDPR 17(3)(b)",
    Ground.LEGAL_CLAIMS: "GDPR 17(3)(e)",
    Ground.EXPRESSION: "GDPR 17(3)(a)",
    Ground.PUBLIC_INTEREST: "GDPR 17(3)(d)",
    Ground.COMPELLING: "GDPR 21(1)",
    Ground.NOT_PORTABLE: "GDPR 20(1)",
}
