"""One request, read from the bytes that a controller sent: every field that cannot be used is named at once."""

import re
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import Claim
from dsar.domain.opendsr.identities import TELEPHONE, Hashed, read_identities
from dsar.domain.opendsr.offer import Regulation, RequestType, offered
from dsar.domain.opendsr.version import Version
from dsar.domain.profile import Profile
from dsar.domain.rights import Right

CALLBACKS_MAX = 5
CALLBACKS = "status_callback_urls"
CLOCKS_APART_MAX = timedelta(minutes=5)  # theirs may run before ours
YEAR_MIN = 2000
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)

Choice = TypeVar("Choice", Regulation, RequestType)


class Asked(Struct, frozen=True, kw_only=True):
    """A request that can be filed. Its identities are proven by the controller's word, GDPR 28(3)(a)."""

    version: Version
    regulation: Regulation
    request_type: RequestType
    right: Right
    subject_request_id: UUID
    submitted_time: datetime
    callback_urls: tuple[str, ...]
    claims: tuple[Claim, ...]
    hashed: tuple[Hashed, ...]
    ignored: tuple[str, ...]


def read(body: bytes, version: Version, profile: Profile, domain: str, now: datetime) -> Asked:
    """Read a body, or raise InvalidInput. Fields that we do not know are another edition's: they are left alone.

    Whether the callbacks' addresses may be reached is for the one to say who knows the network.
    """
    sent = _object(body)
    errors: list[FieldError] = []
    regulation, kind, right = _what(sent, version, profile, errors)
    asked_id = _id(sent.get("subject_request_id"), errors)
    submitted = _submitted(sent.get("submitted_time"), now, errors)
    _wish(sent.get("api_version"), version, errors)
    urls = _callbacks(sent.get(CALLBACKS), errors)
    telephones = _telephones(sent.get("extensions"), domain, errors)
    who = read_identities(sent.get("subject_identities"), telephones, profile.operator.country, errors)
    if errors or regulation is None or kind is None or right is None or asked_id is None or submitted is None:
        raise InvalidInput(*errors)
    return Asked(
        version=version,
        regulation=regulation,
        request_type=kind,
        right=right,
        subject_request_id=asked_id,
        submitted_time=submitted,
        callback_urls=urls,
        claims=who.claims,
        hashed=who.hashed,
        ignored=who.ignored,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput(
            FieldError("body", "is not JSON.", "Look for a comma too many, and send it as UTF-8.")
        ) from None
    if not isinstance(sent, dict):
        raise InvalidInput(
            FieldError("body", "is no JSON object.", "Send one object with the request's fields.")
        )
    return sent


def _what(
    sent: dict[str, Any], version: Version, profile: Profile, errors: list[FieldError]
) -> tuple[Regulation | None, RequestType | None, Right | None]:
    """The law, the type of request, and the right that the two mean here."""
    offer = offered(profile)
    law = sent.get("regulation")
    if law is None and version is Version.OPENGDPR:
        law = Regulation.GDPR.value
    regulation = _chosen("regulation", law, list(offer), errors)
    types = offer[regulation] if regulation else {kind: None for kinds in offer.values() for kind in kinds}
    kind = _chosen("subject_request_type", sent.get("subject_request_type"), list(types), errors)
    return regulation, kind, types[kind] if kind else None


def _chosen(field: str, value: Any, choices: list[Choice], errors: list[FieldError]) -> Choice | None:
    found = next((choice for choice in choices if choice.value == value), None)
    if found is None:
        problem = "is missing." if value is None else "is not one that is taken here."
        names = ", ".join(choice.value for choice in choices)
        errors.append(FieldError(field, problem, "Send one of: {choices}.", choices=names))
    return found


def _id(value: Any, errors: list[FieldError]) -> UUID | None:
    if isinstance(value, str) and _UUID4.fullmatch(value):
        return UUID(value)
    problem = "is missing." if value is None else "is no UUID of version 4 in small letters."
    errors.append(FieldError("subject_request_id", problem, "Make a fresh one for each request."))
    return None


def _submitted(value: Any, now: datetime, errors: list[FieldError]) -> datetime | None:
    try:
        at = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        at = None
    if at is not None and at.tzinfo is not None and at.year >= YEAR_MIN and at <= now + CLOCKS_APART_MAX:
        return at
    problem = "is missing." if value is None else "is no time of the past as RFC 3339 writes it."
    errors.append(FieldError("submitted_time", problem, "Write it like 2026-03-05T10:00:00Z."))
    return None


def _wish(value: Any, version: Version, errors: list[FieldError]) -> None:
    if value is None or (isinstance(value, str) and value.partition(".")[0] in version.wishes):
        return
    errors.append(
        FieldError("api_version", "is not spoken at this address.", "Send {version}.", version=version.value)
    )


def _callbacks(given: Any, errors: list[FieldError]) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, list) and len(given) <= CALLBACKS_MAX and all(isinstance(url, str) for url in given):
        return tuple(dict.fromkeys(given))
    errors.append(
        FieldError(
            CALLBACKS, "is no list of addresses, or too long.", "Send at most {limit}.", limit=CALLBACKS_MAX
        )
    )
    return ()


def _telephones(given: Any, domain: str, errors: list[FieldError]) -> Any:
    """What our own extension holds; other processors' are theirs."""
    if given is None:
        return None
    own = given.get(domain) if isinstance(given, dict) else given
    if own is None:
        return None
    if not isinstance(given, dict) or not isinstance(own, dict):
        errors.append(FieldError("extensions", "is no object.", "Send an object by processors' domains."))
        return None
    if own.keys() - {TELEPHONE}:
        # A slip of the pen would leave the person unfound.
        remedy = "Send {name} alone under our domain."
        errors.append(FieldError("extensions", "holds a field that we do not know.", remedy, name=TELEPHONE))
    return own.get(TELEPHONE)
