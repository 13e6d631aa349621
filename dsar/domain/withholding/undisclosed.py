"""What California never lets an answer disclose, 11 CCR 7024(d): found by the names that such fields bear."""

import re

from dsar.domain.withholding.named import snake

# Each with or without the underscores: a column is as often called `accountnumber`.
_SECRETS = (
    # Social security and other numbers that a government gives
    "ssn", "social_security", "social_insurance_number", "national_insurance", "national_id", "nino", "tax_id",
    "tax_number", "taxpayer_id", "tin", "itin", "personal_identity_code", "personal_identification", "personnummer",
    "henkilotunnus", "hetu", "pesel", "drivers?_licen[cs]e", "driving_licen[cs]e", "dl_number", "passport",
    "identity_card", "id_card", "military_id", "visa_number", "alien_number",
    # Accounts and what opens them
    "(?:bank_|financial_)?account_(?:number|no)", "acct_(?:number|no)", "bank_account", "iban", "(?:credit|debit)_card",
    "card_(?:number|no|pan)", "cc_(?:number|no)", "pan", "cvv", "cvc", "cvv2", "cvc2", "card_security_code",
    "passw(?:or)?d", "pwd", "pass_?phrase", "pass_?code", "pin", "pin_code", "security_(?:question|answer)s?",
    "secret_(?:question|answer)s?", "mothers_maiden_name", "recovery_codes?", "backup_codes?",
    "(?:otp|totp|mfa)_secret",
    # Health insurance and medical identification
    "health_insurance", "medical_id", "medical_record", "mrn", "medicare", "medicaid",
    # The body
    "biometrics?", "voice_print", "face_print", "face_(?:template|embedding|geometry)", "fingerprints?",
    "(?:iris|retina)_(?:scan|template)",
)  # fmt: skip
# What may follow and still be the thing itself, never something about it: `password_changed_at` is a time.
_FORMS = (
    "numbers?", "no", "nr", "num", "id", "ids", "code", "codes", "value", "text", "data", "raw", "hash", "hashed",
    "encrypted", "enc", "salt", "digest", "plain", "old", "new", "last_?4", "last_?four", "template", "templates",
    "sample", "samples", "signature", "scan", "copy", "image", "photo", "answer", "answers", "questions?", "identifier",
    "confirmation",
)  # fmt: skip
_SECRET = "|".join(secret.replace("_", "_?") for secret in _SECRETS)
_NAME = re.compile(rf"(?:^|_)(?:{_SECRET})(?:_?(?:{'|'.join(_FORMS)}))*(?:_?\d{{1,2}})?$")
# The same words for other things: of machines and their keys, of places on a map.
_OTHER = re.compile(r"(?:^|_)(?:(?:device|browser|key|cert|certificate|file|public)_?fingerprint|map_?pin)$")


def undisclosed(name: str) -> bool:
    """Whether what stands under this name is among what may never be disclosed."""
    plain = snake(name)
    return bool(_NAME.search(plain)) and not _OTHER.search(plain)
