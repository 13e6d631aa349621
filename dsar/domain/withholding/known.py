"""Whose telephone numbers and mailboxes are no third person's: the person's own and the business's."""

from msgspec import Struct

NATIONAL_DIGITS_MIN = 7  # fewer are the ending of too many numbers


class Known(Struct, frozen=True):
    """Lower-case `emails` and `domains`, `phones` in E.164; `region` (ISO 3166) reads numbers in national form."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    region: str | None = None

    def has_email(self, address: str) -> bool:
        """Whether a mailbox is known, by itself or by its domain."""
        plain = address.lower()
        return plain in self.emails or plain.rpartition("@")[2] in self.domains

    def has_phone(self, e164: str, written: str) -> bool:
        """Whether a number is known. One in national form may be of another country than the region."""
        if e164 in self.phones:
            return True
        if written.lstrip("( ").startswith(("+", "00")):
            return False
        national = "".join(filter(str.isdecimal, written)).lstrip("0")
        return len(national) >= NATIONAL_DIGITS_MIN and any(phone.endswith(national) for phone in self.phones)
