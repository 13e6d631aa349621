"""An erasure that lasts: what is remembered of it, so that it can be repeated after a backup was restored."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.contract import Ref, Role, Scope
from dsar.domain.errors import InvalidInput
from dsar.domain.history import NewEvent
from dsar.domain.identity import IdentityKind, normalise

_ERASE = "erase"
_RELEASE = "release"
_KINDS = frozenset(IdentityKind)
_PUNYCODE = "xn--"


def erasure_key(step_id: UUID) -> str:
    """The order that a tombstone remembers: all of the person there."""
    return f"{_ERASE}:{step_id}"


def release_key(step_id: UUID) -> str:
    """The order that a tombstone remembers: what an earlier erasure had kept, and nothing else."""
    return f"{_RELEASE}:{step_id}"


class Tombstone(Struct, frozen=True):
    """What was erased where, without saying of whom: an identity as a blind index alone."""

    id: UUID
    case_id: UUID | None
    blind_index: bytes
    tenant: str | None
    order_key: str
    at: datetime
    erased_again_at: datetime | None

    @property
    def is_release(self) -> bool:
        """Whether it is of what an erasure had kept: whoever came back meanwhile has more there."""
        return self.order_key.startswith(f"{_RELEASE}:")

    @property
    def gone_at(self) -> datetime:
        """When nothing of it was there, as far as is known."""
        return self.erased_again_at or self.at

    def key(self, subject: str) -> str:
        """The key of its repetition: the same until that is done, and another after the next restored backup."""
        return f"again:{self.id}:{self.gone_at.timestamp()}:{subject}"

    def may_be_undone(self, restored_at: datetime | None) -> bool:
        """Whether a restored backup explains what is found; if not, the person has come back since.

        Erased once more already, it is for the operator to say that a backup was restored again after that.
        """
        return self.erased_again_at is None or (
            restored_at is not None and self.erased_again_at < restored_at
        )


def scope_of(tenant: str | None) -> Scope:
    """What the repetition may touch."""
    return Scope(Role.CONTROLLER if tenant is None else Role.PROCESSOR, tenant)


def as_proven(ref: Ref, region: str | None) -> Ref | None:
    """An identity as a case would have it, so that their blind indexes meet; None where it can be no one's.

    A system may write an address in capitals, or a number as it is dialled at home.
    """
    if ref.kind not in _KINDS:
        return None
    if ref.kind == IdentityKind.EMAIL and ref.value.isascii() and _PUNYCODE not in ref.value.lower():
        # There may be millions of them, and nothing but the case of the letters is to be made the same in such a one.
        return Ref(ref.kind, ref.value.strip().lower())
    try:
        claim = normalise(IdentityKind(ref.kind), ref.value, region)
    except InvalidInput:
        return None
    return Ref(claim.kind.value, claim.value)


def repeated(system_key: str, changed: int, kept: int, left: int, proof: str) -> NewEvent:
    """A restored backup had brought it back."""
    data = {"system": system_key, "changed": changed, "kept": kept, "unexpected": left, "proof": proof}
    return NewEvent("erasure.repeated", data=data)
