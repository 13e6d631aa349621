"""Identities: what a person says they are called, made comparable."""

from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput

VALUE_LENGTH_MAX = 254  # RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets


class IdentityKind(StrEnum):
    """What kind of identifier it is."""

    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT_ID = "account_id"


# How a person is reached by it; an account id reaches nobody.
CHANNEL_OF = {IdentityKind.EMAIL: "mail", IdentityKind.PHONE: "sms"}


class ProofKind(StrEnum):
    """How an identity was proven."""

    CODE = "code"  # a code sent to it came back
    CONTROLLER = "controller"  # the controller's word for its own caller
    STAFF = "staff"  # a staff member's recorded check


class Claim(Struct, frozen=True):
    """A normalised identity that was claimed: lower-case e-mail, E.164 telephone number, trimmed account id."""

    kind: IdentityKind
    value: str

    def __repr__(self) -> str:
        """Keep the value out of tracebacks and logs."""
        return f"Claim({self.kind.value!r}, …)"


def normalise(kind: IdentityKind, value: str, region: str | None) -> Claim:
    """Make a claim comparable. `region` (ISO 3166, from the profile) reads numbers in national form, if it is set."""
    if len(value) > VALUE_LENGTH_MAX:
        raise InvalidInput(
            FieldError(kind.value, "is too long.", "Use at most {limit} characters.", limit=VALUE_LENGTH_MAX)
        )
    if kind is IdentityKind.EMAIL:
        return Claim(kind, _email(value))
    if kind is IdentityKind.PHONE:
        return Claim(kind, _phone(value, region))
    return Claim(kind, _account_id(value))


def _email(value: str) -> str:
    try:
        checked = validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidInput(
            FieldError("email", "is not an e-mail address.", "Write it as name@example.com.")
        ) from None
    # Mail providers ignore case in practice; a strict reading would let one person be two.
    return checked.normalized.lower()


def _phone(value: str, region: str | None) -> str:
    # A withheld number ("anonymous", "private", …) is no number, so it identifies nobody.
    try:
        parsed = phonenumbers.parse(value.strip(), region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed) or not _dialable(parsed):
        raise InvalidInput(
            FieldError(
                "phone",
                "is not a telephone number that can be called.",
                "Write it with its country code, for example +358 40 123 4567.",
            )
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _dialable(parsed: phonenumbers.PhoneNumber) -> bool:
    national = str(parsed.national_number)
    return len(national) >= 5 and len(set(national)) > 1


def _account_id(value: str) -> str:
    trimmed = value.strip()
    if not trimmed or not trimmed.isprintable():
        raise InvalidInput(
            FieldError(
                "account_id", "is empty or cannot be read.", "Copy it from your account's settings page."
            )
        )
    return trimmed


def masked(claim: Claim) -> str:
    """Enough for the person to know which one is meant, too little for anyone else."""
    if claim.kind is IdentityKind.EMAIL:
        name, _, host = claim.value.partition("@")
        return f"{name[:1]}…@{host[:1]}…"
    return f"…{claim.value[-2:]}"
