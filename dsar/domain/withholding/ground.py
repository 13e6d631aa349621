"""On what ground something is withheld: a closed list, each with the law that allows it."""

from enum import StrEnum


class WithholdingGround(StrEnum):
    """As `redaction.ground` in schema.sql has it. `law` is what letters and manifest cite."""

    OTHERS = "others"  # the rights of other persons
    TRADE_SECRET = "trade_secret"  # noqa: S105 - a ground, no secret
    LEGAL_OBLIGATION = "legal_obligation"  # a law forbids to tell
    LEGAL_CLAIMS = "legal_claims"
    SECURITY = "security"  # what opens an account: told to nobody, its owner included
    NOT_ABOUT_THE_PERSON = "not_about_the_person"
    NOT_PROVIDED = "not_provided"  # concluded and not provided: no part of what is portable

    @property
    def law(self) -> str:
        """The provision."""
        return _LAW[self]


_LAW = {
    WithholdingGround.OTHERS: "GDPR 15(4)",
    WithholdingGround.TRADE_SECRET: "GDPR 15(4)",
    WithholdingGround.LEGAL_OBLIGATION: "GDPR 17(3)(b)",
    WithholdingGround.LEGAL_CLAIMS: "GDPR 17(3)(e)",
    WithholdingGround.SECURITY: "GDPR 32",
    WithholdingGround.NOT_ABOUT_THE_PERSON: "GDPR 4(1)",
    WithholdingGround.NOT_PROVIDED: "GDPR 20(1)",
}
