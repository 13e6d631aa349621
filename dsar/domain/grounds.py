"""Why a request may be refused, whole or in part: a closed list, each with its law."""

from enum import StrEnum


class Ground(StrEnum):
    """Grounds of refusal, GDPR 12(4)."""

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
    NOT_WRONG = "not_wrong"
    NO_GROUND_TO_RESTRICT = "no_ground_to_restrict"
    NO_AUTOMATED_DECISION = "no_automated_decision"
    CCPA_EXCEPTION = "ccpa_exception"
    CCPA_NOT_VERIFIED = "ccpa_not_verified"

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
    Ground.NOT_WRONG: "GDPR 16",
    Ground.NO_GROUND_TO_RESTRICT: "GDPR 18(1)",
    Ground.NO_AUTOMATED_DECISION: "GDPR 22(1)",
    Ground.CCPA_EXCEPTION: "Civ. 1798.145",
    Ground.CCPA_NOT_VERIFIED: "11 CCR 7024(a)",
}
