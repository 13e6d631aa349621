"""What California never lets an answer disclose, 11 CCR 7024(d): found by the names that such fields bear."""

import re
from typing import Any

# Social security, driver's licence and other government numbers, financial accounts, medical and health insurance
# numbers, passwords, security questions and answers, unique biometric data.
_NAMES = re.compile(
    r"(^|_)(ssn|social_security(_\w+)?|drivers?_licen[cs]e(_\w+)?|passport(_(no|number))?|tax_id|national_id"
    r"|(bank_|financial_)?account_number|iban|card_number|pan|cvv|health_insurance(_\w+)?|medical_id(_\w+)?"
    r"|passw(or)?d(_\w+)?|pin(_code)?|security_(question|answer)s?|biometrics?|voice_?print|face_?print|fingerprint)$"
)
SHOWN = "held, not disclosed"


def close(data: Any) -> int:
    """Put words in place of such values, in place; how many there were."""
    if isinstance(data, list):
        return sum(close(item) for item in data)
    if not isinstance(data, dict):
        return 0
    count = 0
    for name, value in data.items():
        if _NAMES.search(_snake(name)) and value not in (None, ""):
            data[name] = SHOWN
            count += 1
        else:
            count += close(value)
    return count


def _snake(name: str) -> str:
    """A field's name in one spelling: `securityAnswer`, `Security-Answer` and `security_answer` are the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower())
