"""A person's identity, and the forms in which a key, an index or a label may write it."""

import re

from msgspec import Struct

from dsar.contract import Ref

KINDS = frozenset({"email", "phone", "account_id"})

_DIGITS = re.compile(r"[1-9]\d{4,14}", re.ASCII)
_BETWEEN_DIGITS = str.maketrans("", "", " -().\u00a0")
_EMAIL = re.compile(r"[^\s@/]+@[^\s@/]+")


class Person(Struct, frozen=True):
    """One identity that is searched by; `value` is its one true form."""

    kind: str
    value: str
    ref: Ref

    def __repr__(self) -> str:
        """Keep the value out of tracebacks and logs."""
        return f"Person({self.kind!r}, …)"

    @property
    def forms(self) -> tuple[str, ...]:
        """The texts that a key may begin its part with; the prefix of a listing has to be one of them."""
        if self.kind != "phone":
            return (self.value,)
        digits = self.value[1:]
        return self.value, digits, f"00{digits}"

    def is_said_by(self, text: str) -> bool:
        """Whether a stored text is this identity: equal as a whole, never as the beginning of another's."""
        return said(self.kind, text) == self.value


def person(ref: Ref) -> Person | None:
    """The identity to search by; None for a kind that is not searched, or for a value that can be nobody's."""
    value = said(ref.kind, ref.value) if ref.kind in KINDS else None
    return None if value is None else Person(ref.kind, value, Ref(ref.kind, value))


def said(kind: str, text: str) -> str | None:
    """The true form of what is stored: E.164, a lower-case address, or the text itself; None if it names nobody."""
    if kind == "phone":
        return _number(text)
    if kind == "email":
        address = text.strip().lower()
        return address if _EMAIL.fullmatch(address) else None
    return text if text.strip() else None


def _number(text: str) -> str | None:
    digits = text.strip().translate(_BETWEEN_DIGITS)
    digits = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    return f"+{digits}" if _DIGITS.fullmatch(digits) else None
