"""What a controller may ask by the protocol: three types of request under each regulation, as far as a profile goes."""

from collections.abc import Mapping
from enum import StrEnum

from dsar.domain.profile import Profile
from dsar.domain.rights import Right

CALIFORNIA = "US-CA"


class Regulation(StrEnum):
    """The laws that the protocol names."""

    GDPR = "gdpr"
    CCPA = "ccpa"

    @property
    def residence(self) -> str:
        """The jurisdiction that a request under it is counted by, as a key of the profile's residents."""
        return CALIFORNIA if self is Regulation.CCPA else ""


class RequestType(StrEnum):
    """What may be asked."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"


_RIGHTS: Mapping[Regulation, Mapping[RequestType, Right]] = {
    Regulation.GDPR: {
        RequestType.ACCESS: Right.ACCESS,
        RequestType.PORTABILITY: Right.PORTABILITY,
        RequestType.ERASURE: Right.ERASURE,
    },
    # Civ. 1798.110: what is known comes in a portable form, so the two are one right there
    Regulation.CCPA: {
        RequestType.ACCESS: Right.KNOW,
        RequestType.PORTABILITY: Right.KNOW,
        RequestType.ERASURE: Right.DELETE,
    },
}


def offered(profile: Profile) -> dict[Regulation, dict[RequestType, Right]]:
    """Regulations that the profile can count by, each with its types and the rights they mean."""
    found = {
        regulation: {
            kind: right
            for kind, right in rights.items()
            if right in profile.jurisdiction(regulation.residence).rights
        }
        for regulation, rights in _RIGHTS.items()
        if regulation is Regulation.GDPR or CALIFORNIA in profile.residents
    }
    return {regulation: types for regulation, types in found.items() if types}
