"""Legal holds set by hand: a dispute needs the data, so nothing of it is erased until somebody lifts the hold."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.history import NewEvent

# GDPR 17(3)(e): needed for the establishment, exercise or defence of legal claims
LEGAL_CLAIMS = "GDPR 17(3)(e)"


class LegalHoldKind(StrEnum):
    """What it holds."""

    PERSON = "person"  # with whatever case of the operator's they come, by an address that they prove
    CASE = "case"
    COLLECTION = "collection"  # of one system, of one tenant or of all


class LegalHold(Struct, frozen=True, kw_only=True):
    """A hold as it stands. `reason` names the matter and nobody; `tenant` None: whoever's rows they are."""

    id: UUID
    kind: LegalHoldKind
    reason: str
    owner: UUID
    review_on: date
    created_at: datetime
    blind_index: bytes | None = None
    case_id: UUID | None = None
    system_key: str | None = None
    collection: str | None = None
    tenant: str | None = None
    lifted_at: datetime | None = None
    lifted_by: UUID | None = None


class Standing(Struct, frozen=True):
    """The holds that an erasure in one system meets."""

    whole: tuple[UUID, ...] = ()  # the person's or the case's: nothing is erased
    collections: tuple[UUID, ...] = ()  # the system's: a person sees to what may go

    def __bool__(self) -> bool:
        return bool(self.whole or self.collections)


def standing(holds: Iterable[LegalHold], tenant: str | None) -> Standing:
    """Sort the holds that concern a case and a system; `tenant` is the case's, None for the operator's own."""
    whole, collections = [], []
    for hold in holds:
        if hold.kind is LegalHoldKind.CASE:
            whole.append(hold.id)
        elif hold.kind is LegalHoldKind.PERSON and tenant is None:
            # GDPR 28(3)(a): our own dispute is no reason not to do what a controller instructs with its data
            whole.append(hold.id)
        elif hold.kind is LegalHoldKind.COLLECTION and hold.tenant in {None, tenant}:
            collections.append(hold.id)
    return Standing(tuple(whole), tuple(collections))


def check_review(review_on: date, today: date) -> None:
    """A hold is looked at again one day: for ever is no period, GDPR 5(1)(e)."""
    if review_on <= today:
        raise InvalidInput(FieldError("review_on", "is not in the future.", "Give a day to come."))


def held(system_key: str, holds: Iterable[UUID], items: int) -> NewEvent:
    """An erasure met a hold, and everything that was found stays."""
    data = {"system": system_key, "holds": [str(hold) for hold in holds], "items": items}
    return NewEvent("erasure.held", data=data)
