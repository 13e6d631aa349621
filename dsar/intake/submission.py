"""A request as it came, and the reading of it: every field that cannot be used is named at once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import Claim, IdentityKind, ProofKind, normalise
from dsar.domain.profile import Profile
from dsar.domain.rights import Relation, Right

MESSAGE_LENGTH_MAX = 4000
NAME_LENGTH_MAX = 200
RESIDENCE_LENGTH_MAX = 6
CHECK_LENGTH_MAX = 2000
RECEIVED_AGO_MAX = timedelta(days=366)


class RawSubmission(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the form and the API send. `received_at` and `channel` are taken from staff alone."""

    rights: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    account_id: str = ""
    business: str = ""
    number_called: str = ""
    message: str = ""
    language: str = ""
    residence: str = ""
    purposes: tuple[str, ...] = ()


class Details(Struct, frozen=True, omit_defaults=True):
    """What the person wrote; kept sealed under the case's key."""

    business: str = ""
    number_called: str | None = None
    message: str = ""
    purposes: tuple[str, ...] = ()  # categories whose consent is withdrawn; none: all


class Check(Struct, frozen=True):
    """A staff member's word: who checked the identity, and how. Never a copy of what was shown, EDPB 01/2022 §79."""

    staff_id: UUID
    how: str


class Submission(Struct, frozen=True, kw_only=True):
    """A request that can be filed. `proof` says who vouches for the identities, None that a code must."""

    rights: tuple[Right, ...]
    relations: tuple[Relation, ...]
    claims: tuple[Claim, ...]
    details: Details
    language: str
    residence: str
    channel: str
    received_at: datetime
    actor: str = "person"
    proof: ProofKind | None = None
    controller_id: UUID | None = None
    tenant: str | None = None
    check: Check | None = None


class _Reading:
    """Collects the errors of all fields, so that the person mends them in one go."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def note(self, field: str, problem: str, remedy: str, **values: object) -> None:
        self.errors.append(FieldError(field, problem, remedy, **values))


def read(
    raw: RawSubmission,
    profile: Profile,
    now: datetime,
    *,
    channel: str,
    received_at: datetime | None = None,
    check: Check | None = None,
    **vouched: Any,
) -> Submission:
    """Read a request, or raise InvalidInput with every field that cannot be used and its remedy."""
    reading = _Reading()
    residence = _residence(reading, raw, profile)
    rights = _chosen(reading, "rights", raw.rights, profile.jurisdiction(residence).rights)
    relations = _chosen(reading, "relations", raw.relations, profile.relations)
    claims = _claims(reading, raw, profile)
    if Relation.CALLER in relations and not raw.phone.strip():
        reading.note(
            "phone",
            "is needed to find telephone calls.",
            "Give the number you called from, or that was called.",
        )
    if check is not None and len(check.how) > CHECK_LENGTH_MAX:
        reading.note("checked", "is too long.", "Use at most {limit} characters.", limit=CHECK_LENGTH_MAX)
    details = _details(reading, raw, profile)
    received = _received_at(reading, received_at or now, now)
    if reading.errors:
        raise InvalidInput(*reading.errors)
    return Submission(
        rights=rights,
        relations=relations,
        claims=claims,
        details=details,
        language=_language(raw.language, profile),
        residence=residence,
        channel=channel,
        received_at=received,
        check=check,
        **vouched,
    )


def _chosen(
    reading: _Reading, field: str, given: tuple[str, ...], allowed: tuple[Any, ...]
) -> tuple[Any, ...]:
    names = {choice.value: choice for choice in allowed}
    if not given:
        reading.note(field, "is empty.", "Choose at least one of: {choices}.", choices=", ".join(names))
    unknown = [value for value in given if value not in names]
    if unknown:
        reading.note(
            field, "names one that is not offered.", "Choose from: {choices}.", choices=", ".join(names)
        )
    return tuple(dict.fromkeys(names[value] for value in given if value in names))


def _claims(reading: _Reading, raw: RawSubmission, profile: Profile) -> tuple[Claim, ...]:
    given = {
        IdentityKind.EMAIL: raw.email,
        IdentityKind.PHONE: raw.phone,
        IdentityKind.ACCOUNT_ID: raw.account_id,
    }
    claims: list[Claim] = []
    for kind, value in given.items():
        if not value.strip():
            continue
        try:
            claims.append(normalise(kind, value, profile.operator.country))
        except InvalidInput as error:
            reading.errors.extend(error.errors)
    if not raw.email.strip() and not raw.phone.strip():
        reading.note(
            "email", "is empty.", "Give an e-mail address or a telephone number, so that we can find you."
        )
    return tuple(claims)


def _details(reading: _Reading, raw: RawSubmission, profile: Profile) -> Details:
    if len(raw.message) > MESSAGE_LENGTH_MAX:
        reading.note("message", "is too long.", "Use at most {limit} characters.", limit=MESSAGE_LENGTH_MAX)
    if len(raw.business) > NAME_LENGTH_MAX:
        reading.note("business", "is too long.", "Use at most {limit} characters.", limit=NAME_LENGTH_MAX)
    called = _number_called(reading, raw, profile)
    return Details(raw.business.strip(), called, raw.message.strip(), _purposes(reading, raw, profile))


def _purposes(reading: _Reading, raw: RawSubmission, profile: Profile) -> tuple[str, ...]:
    # GDPR 7(3): each consent can be withdrawn by itself
    if any(purpose not in profile.consents for purpose in raw.purposes):
        there = ", ".join(profile.consents) or "none, for nothing rests on consent"
        reading.note("purposes", "names one that is not offered.", "Choose from: {choices}.", choices=there)
    return tuple(dict.fromkeys(raw.purposes))


def _residence(reading: _Reading, raw: RawSubmission, profile: Profile) -> str:
    """The jurisdiction's key; a place that the profile does not single out is counted like everybody's."""
    wanted = raw.residence.strip().upper()
    if len(wanted) > RESIDENCE_LENGTH_MAX:
        reading.note("residence", "is no country.", "Use its ISO 3166 code, such as FI, GB or US-CA.")
    return wanted if wanted in profile.residents else ""


def _number_called(reading: _Reading, raw: RawSubmission, profile: Profile) -> str | None:
    if not raw.number_called.strip():
        return None
    try:
        return normalise(IdentityKind.PHONE, raw.number_called, profile.operator.country).value
    except InvalidInput as error:
        reading.errors.append(error.errors[0].on("number_called"))
        return None


def _received_at(reading: _Reading, at: datetime, now: datetime) -> datetime:
    if at.tzinfo is None:
        reading.note("received_at", "has no zone.", "Write it like 2026-03-05T10:00:00+02:00.")
        return now
    if at > now or now - at > RECEIVED_AGO_MAX:
        reading.note(
            "received_at", "is in the future or over a year ago.", "Give the time at which it came in."
        )
        return now  # the year 1 has no other zone to be told in
    return at.astimezone(UTC)


def _language(wanted: str, profile: Profile) -> str:
    # Never an error: a person whose language we lack is answered in the operator's first.
    short = wanted.strip().lower().split("-")[0]
    return short if short in profile.operator.languages else profile.operator.languages[0]
