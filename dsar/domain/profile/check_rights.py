"""Whether every right that the law gives here can be used: none can be signed away."""

from collections.abc import Iterator

from dsar.contract import Role
from dsar.domain.clock import Regime
from dsar.domain.profile.category import Category
from dsar.domain.profile.finding import Finding, gap, note
from dsar.domain.profile.model import Profile
from dsar.domain.rights import Right

_GDPR = {Regime.EU_GDPR: "GDPR", Regime.UK_GDPR: "UK GDPR"}
_ALWAYS = (Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION)
# Civ. 1798.105, 1798.106, 1798.110: whatever a business does with the data
_IN_CALIFORNIA = (Right.KNOW, Right.DELETE, Right.CORRECT)


def rights(profile: Profile) -> Iterator[Finding]:
    """What each jurisdiction gives and the profile does not offer there."""
    own = [category for category in profile.categories.values() if category.role is Role.CONTROLLER]
    for residence in ("", *profile.residents):
        where = profile.jurisdiction(residence)
        field = f"residents.{residence}.rights" if residence else "rights"
        for right, why in _given(where.regime, own):
            if right not in where.rights:
                yield gap(
                    field, f"does not offer {right}: {why}", _law(right, where.regime), f"Offer {right}."
                )
    if Right.WITHDRAW_CONSENT in profile.rights and not profile.consents:
        yield note(
            "rights",
            "offers withdraw_consent, and no category rests on consent: what is withdrawn is a person's task",
            "GDPR 7(3), 13(1)(c)",
            "Say which processing rests on consent.",
        )


def _given(regime: Regime, own: list[Category]) -> Iterator[tuple[Right, str]]:
    if regime is Regime.CCPA:
        yield from ((right, "the law gives it") for right in _IN_CALIFORNIA)
    if regime not in _GDPR:
        return
    yield from ((right, "the law gives it") for right in _ALWAYS)
    articles = {basis.article for category in own for basis in category.legal_basis}
    if articles & {"GDPR 6(1)(a)", "GDPR 9(2)(a)"}:
        yield (
            Right.WITHDRAW_CONSENT,
            "a category rests on consent, which must be as easy to withdraw as to give",
        )
    if articles & {"GDPR 6(1)(a)", "GDPR 6(1)(b)", "GDPR 9(2)(a)"}:
        yield Right.PORTABILITY, "a category rests on consent or a contract"
    if articles & {"GDPR 6(1)(e)", "GDPR 6(1)(f)"}:
        yield Right.OBJECTION, "a category rests on a legitimate interest or a public task"
    if any(category.automated is not None for category in own):
        yield Right.AUTOMATED_DECISION, "a category describes a decision by machine"


def _law(right: Right, regime: Regime) -> str:
    if regime is Regime.CCPA:
        return right.article
    # GDPR 12(2): the controller facilitates the exercise of every right
    own = right.article.removeprefix("GDPR ")
    return f"{_GDPR[regime]} 12(2), {own}"
