"""Who is meant: the identities of a request, as they are or as hashes of them."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import Claim, IdentityKind, normalise

RAW = "raw"
# The hash is of the normalised value: of an e-mail address in small letters.
HASH_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}
FORMATS = (RAW, *HASH_DIGITS)
TYPES = {"email": IdentityKind.EMAIL, "controller_customer_id": IdentityKind.ACCOUNT_ID}
TELEPHONE = (
    "telephone"  # the protocol knows none: it stands in `extensions`, under the processor's own domain
)
IDENTITIES_MAX = 20
TELEPHONES_MAX = 5
LIST = "subject_identities"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class Hashed(Struct, frozen=True):
    """An identity of which only a hash came: no system can be searched by it."""

    kind: IdentityKind
    format: str
    digest: str

    def __repr__(self) -> str:
        """Keep the digest out of tracebacks and logs: an address can be guessed from it."""
        return f"Hashed({self.kind.value!r}, {self.format!r}, …)"


class Identities(Struct, frozen=True):
    """What came: `ignored` names the types by which nothing here is found."""

    claims: tuple[Claim, ...]
    hashed: tuple[Hashed, ...]
    ignored: tuple[str, ...]


def read_identities(given: Any, telephones: Any, region: str | None, errors: list[FieldError]) -> Identities:
    """Read both places; what cannot be used is added to `errors`, by field and without its value."""
    before = len(errors)
    reading = _Reading(region, errors)
    for field, kind, value, form in _items(given, errors):
        reading.identity(field, kind, value, form)
    for number in _telephones(telephones, errors):
        reading.claim(TELEPHONE, IdentityKind.PHONE, number)
    alone = reading.alone()
    if not reading.claims and not alone and len(errors) == before:
        errors.append(_nobody())
    return Identities(_once(reading.claims), _once(alone), _once(reading.ignored))


class _Reading:
    """Collects identities, and the errors of all."""

    def __init__(self, region: str | None, errors: list[FieldError]) -> None:
        self.claims: list[Claim] = []
        self.ignored: list[str] = []
        self._hashed: list[tuple[str, Hashed]] = []
        self._region = region
        self._errors = errors

    def identity(self, field: str, kind: Any, value: Any, form: Any) -> None:
        """Take one, in whatever format."""
        wrong = _wrong(field, kind, value, form)
        if wrong is not None:
            self._errors.append(wrong)
        elif kind not in TYPES:
            self.ignored.append(kind)
        elif form == RAW:
            self.claim(field, TYPES[kind], value)
        else:
            self._hashed.append((field, Hashed(TYPES[kind], form, value.lower())))

    def claim(self, field: str, kind: IdentityKind, value: str) -> None:
        """Take one as it is."""
        try:
            self.claims.append(normalise(kind, value, self._region))
        except InvalidInput as error:
            self._errors.extend(one.on(field) for one in error.errors)

    def alone(self) -> list[Hashed]:
        """The hashes beside which no identity of the type came; one that contradicts its neighbour is an error."""
        found: list[Hashed] = []
        for field, one in self._hashed:
            plain = [claim.value for claim in self.claims if claim.kind is one.kind]
            if not plain:
                found.append(one)
            elif one.digest not in {digest(one.format, value) for value in plain}:
                self._errors.append(_contradicts(field))
        return found


def digest(form: str, value: str) -> str:
    """A normalised value's hash, as the protocol writes it."""
    return hashlib.new(form, value.encode(), usedforsecurity=False).hexdigest()


def _items(given: Any, errors: list[FieldError]) -> Iterator[tuple[str, Any, Any, Any]]:
    """Field, type, value and format of each: of the protocol's list, or of mParticle's dictionary by type."""
    if given is None:
        return
    if not isinstance(given, list | dict):
        errors.append(FieldError(LIST, "is no list.", "Send a list of identity objects, or leave it out."))
    elif len(given) > IDENTITIES_MAX:
        errors.append(FieldError(LIST, "holds too many.", "Send at most {limit}.", limit=IDENTITIES_MAX))
    else:
        for field, kind, one in _named(given):
            if not isinstance(one, dict):
                errors.append(
                    FieldError(field, "is no identity object.", "Send its type, its value and its format.")
                )
            elif kind is None:
                yield field, one.get("identity_type"), one.get("identity_value"), one.get("identity_format")
            else:
                yield field, kind, one.get("value"), one.get("encoding")


def _named(given: list[Any] | dict[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    if isinstance(given, list):
        yield from ((f"{LIST}[{number}]", None, one) for number, one in enumerate(given))
    else:
        # A type that we do not know may be anything, an address too: it is not repeated.
        yield from ((f"{LIST}.{kind}" if kind in TYPES else LIST, kind, one) for kind, one in given.items())


def _wrong(field: str, kind: Any, value: Any, form: Any) -> FieldError | None:
    """What keeps an identity from being read."""
    if not isinstance(kind, str) or _NAME.fullmatch(kind) is None:
        return FieldError(field, "has no type that can be read.", "Send one of: {choices}.", choices=_types())
    if not isinstance(form, str) or form not in FORMATS:
        return FieldError(
            field, "has no known format.", "Send one of: {choices}.", choices=", ".join(FORMATS)
        )
    if not isinstance(value, str) or not value.strip():
        return FieldError(field, "has no value.", "Send it as text.")
    digits = HASH_DIGITS.get(form)
    if digits is not None and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value) is None:
        return FieldError(
            field, "is no hash of that format.", "Send {digits} hexadecimal digits.", digits=digits
        )
    return None


def _telephones(given: Any, errors: list[FieldError]) -> list[str]:
    """One number, or a short list of them."""
    numbers = given if isinstance(given, list) else [] if given is None else [given]
    if len(numbers) <= TELEPHONES_MAX and all(isinstance(number, str) for number in numbers):
        return numbers
    errors.append(
        FieldError(
            TELEPHONE, "is neither a number nor a short list.", "Send at most {limit}.", limit=TELEPHONES_MAX
        )
    )
    return []


def _once(many: list[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(many))


def _types() -> str:
    return ", ".join(TYPES)


def _contradicts(field: str) -> FieldError:
    return FieldError(
        field,
        "is not the hash of the identity of that type beside it.",
        "Send both of one person, or one of them; hash an e-mail address in small letters.",
    )


def _nobody() -> FieldError:
    return FieldError(
        LIST,
        "names nobody whom we could find.",
        "Send one of: {choices}; or a telephone number in `extensions`, under our domain.",
        choices=_types(),
    )


def note(hashed: tuple[Hashed, ...]) -> str:
    """What a member of staff reads in the case; it is sealed there."""
    return "\n".join(f"Known by a hash alone: {one.kind.value}, {one.format} {one.digest}" for one in hashed)
