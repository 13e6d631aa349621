"""Which collections an answer reaches at all, and the provision by which another stays out whole."""

from collections.abc import Iterable, Sequence

from dsar.contract import Role
from dsar.domain.case import Case
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.profile import Profile
from dsar.domain.proof import TOO_WEAK, enough
from dsar.domain.rights import Right

PROOF_TOO_WEAK = "proof_too_weak"
GROUNDS = {
    "not_provided_by_the_person": "GDPR 20(1)",
    "not_on_consent_or_contract": "GDPR 20(1)",
    PROOF_TOO_WEAK: TOO_WEAK,
}


class Reach:
    """What the right and the proof of one case let out."""

    def __init__(
        self, case: Case, profile: Profile, proofs: Iterable[tuple[IdentityKind, ProofKind | None]]
    ) -> None:
        self._right = case.right
        self._profile = profile
        self._weak = weak(case, profile, list(proofs))

    def against(self, category: str, *, portable: bool) -> str | None:
        """Why a collection of that category stays out, one of GROUNDS, or None."""
        if category in self._weak:
            return PROOF_TOO_WEAK
        return reason_against(self._right, self._profile, category, portable=portable)


def weak(
    case: Case, profile: Profile, proofs: Sequence[tuple[IdentityKind, ProofKind | None]]
) -> frozenset[str]:
    """The categories for which the person has not proven enough; a controller answers for its own caller."""
    if case.role is not Role.CONTROLLER:
        return frozenset()
    return frozenset(
        key
        for key, category in profile.categories.items()
        if category.proof is not None and not enough(category.proof, proofs)
    )


def reason_against(right: Right, profile: Profile, category: str, *, portable: bool) -> str | None:
    """Why the right does not reach a collection, or None."""
    if right is not Right.PORTABILITY:
        return None
    # GDPR 20(1): data that the person provided, processed on consent or a contract.
    if not portable:
        return "not_provided_by_the_person"
    known = profile.categories.get(category)
    return "not_on_consent_or_contract" if known is not None and not known.portable else None
