"""What staff hands in to set a legal hold, and the hold that comes of it."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import Claim, IdentityKind, normalise
from dsar.domain.legal_holds import LegalHold, LegalHoldKind


class HeldPerson(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="person"):
    """A person, by one address; it is kept as a blind index alone."""

    reason: str
    review_on: date
    email: str = ""
    phone: str = ""


class HeldCase(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="case"):
    """One case, with all that it found."""

    reason: str
    review_on: date
    case_id: UUID


class HeldCollection(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="collection"):
    """One collection of a system: of one tenant, or whoever's rows they are."""

    reason: str
    review_on: date
    system: str
    collection: str
    tenant: str | None = None


NewLegalHold = HeldPerson | HeldCase | HeldCollection


class Placed(Struct, frozen=True):
    """Who sets it and when."""

    id: UUID
    owner: UUID
    at: datetime


def hold_of(
    new: NewLegalHold, placed: Placed, region: str | None, blind: Callable[[str, str], bytes]
) -> LegalHold:
    """The hold; `blind` makes an identity comparable and unreadable."""
    hold = partial(
        LegalHold,
        id=placed.id,
        owner=placed.owner,
        created_at=placed.at,
        reason=new.reason.strip(),
        review_on=new.review_on,
    )
    match new:
        case HeldPerson():
            claim = _claim(new, region)
            _check_reason(new, claim)
            return hold(kind=LegalHoldKind.PERSON, blind_index=blind(claim.kind.value, claim.value))
        case HeldCase():
            return hold(kind=LegalHoldKind.CASE, case_id=new.case_id)
        case HeldCollection():
            return hold(
                kind=LegalHoldKind.COLLECTION,
                system_key=new.system,
                collection=new.collection,
                tenant=new.tenant,
            )


def _claim(new: HeldPerson, region: str | None) -> Claim:
    given = [
        (kind, text)
        for kind, text in ((IdentityKind.EMAIL, new.email), (IdentityKind.PHONE, new.phone))
        if text
    ]
    if len(given) != 1:
        raise InvalidInput(
            FieldError(
                "email",
                "or phone is given once.",
                "Name the person by one of the two; set two holds for both.",
            )
        )
    return normalise(*given[0], region)


def _check_reason(new: HeldPerson, claim: Claim) -> None:
    """The reason lies open and stays for ever: it names the matter, not the person."""
    said = new.reason.casefold()
    if any(
        value.casefold() in said for value in (claim.value, new.email.strip(), new.phone.strip()) if value
    ):
        raise InvalidInput(FieldError("reason", "names the person.", "Name the matter, by its file number."))
