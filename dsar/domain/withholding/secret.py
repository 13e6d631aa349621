"""What opens an account or a system, found by the names that such fields bear: it leaves to nobody, its owner included.

Words that are also said of harmless things (`token`, `key`, `session_id`) count only where the value has the form of a
secret: a number of tokens, a key of a call or the id of a conversation stays.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dsar.domain.withholding.named import is_something, snake

Holds = Callable[[Any], bool]

# Nothing else bears these names.
_SURE = (
    "[a-z0-9]*passw(?:or)?ds?", "[a-z0-9]*passwd", "salasana", "l_?senord", "losenord", "passwort", "kennwort",
    "mot_de_passe", "contrase_?a", "contrasena", "wachtwoord",
    "[a-z0-9]*pwd", "pass_?phrase", "pass_?code", "pin", "pin_?code",
    "(?:user|login|db|database|sip|smtp|imap|ftp|mail|account|admin)_?pass", "(?:recovery|backup|scratch)_?codes?",
    "(?:recovery|seed)_?phrase", "(?:h|t)?otp", "one_?time_?codes?", "(?:h?otp|totp|[mt]fa|2fa)_?(?:seed|key|secret)",
    "two_?factor_?(?:seed|key|secret|code)", "(?:verification|reset|login|sms|otp)_?code",
    "(?:security|secret)_?answers?", "private_?key", "ha1b?", "md5_?secret", "php_?sess_?id", "j_?session_?id",
    "connect_sid",
)  # fmt: skip
# Others bear these too: the value has to look like a secret.
_UNSURE = (
    "api_?keys?", "(?:secret|auth|encryption|signing|hmac|shared|master|webhook|ssh)_?key", "(?:secret_)?access_?key",
    "[a-z0-9]*token", "(?:access|refresh|auth|oauth|api|session|bearer|reset|push|id)_?tokens", "jwt", "bearer",
    "secret", "[a-z0-9]*secret", "salt", "(?:key|auth|login|credentials?)_hash", "credentials?",
    "session_?(?:key|cookie|hash)",
)  # fmt: skip
_SESSIONS = ("session_?ids?", "asp_?net_?session_?id", "sess_?id")
_HEADERS = ("(?:proxy_)?authori[sz]ation", "(?:set_)?cookies?")
# What may follow and still be the thing itself, never something about it: `password_changed_at` is a time.
_FORMS = (
    "hash", "hashed", "hashes", "encrypted", "enc", "salt", "digest", "plain", "clear", "raw", "old", "new", "value",
    "text", "confirmation", "number", "no", "b64", "base64", "hex",
)  # fmt: skip
_TAIL = rf"(?:_?(?:{'|'.join(_FORMS)}))*(?:_?\d{{1,2}})?$"
# A question about it, not it: `has_password`.
_ASKED = re.compile(r"^(?:has|is|needs?|must|requires?|allows?|uses?|can|show|no|with|without)_")
# The same words for other things: places on a map, what machines call their own parts.
_OTHER = re.compile(
    r"(?:^|_)(?:map_?pin|(?:next|prev|previous|continuation|page|sync|cursor|public)_?(?:page_?)?token)$"
)


def _named(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{'|'.join(words)}){_TAIL}")


_OPAQUE_MIN = 8
_OPAQUE = re.compile(r"\S+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# In an object that is named a secret: what of it is the secret, and not told about it.
_ITSELF = frozenset({"value", "text", "raw", "plain", "hash", "key", "secret", "token", "data", "encrypted"})
_SESSION_MIN = 16
_HEADER = re.compile(r"(?:basic|bearer|digest|token|negotiate|apikey)\s+\S|[^\s=;]+=\S", re.IGNORECASE)


def _is_opaque(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_opaque(item) for item in value)
    if isinstance(value, dict):
        return any(snake(name) in _ITSELF and _is_opaque(item) for name, item in value.items())
    return isinstance(value, str) and len(value) >= _OPAQUE_MIN and bool(_OPAQUE.fullmatch(value))


def _opens_session(value: Any) -> bool:
    """Systems count visits and conversations by UUIDs and numbers; what a browser shows to be let in is neither."""
    if not isinstance(value, str) or len(value) < _SESSION_MIN or value.isdecimal():
        return False
    return bool(_OPAQUE.fullmatch(value)) and not _UUID.fullmatch(value)


def _opens_door(value: Any) -> bool:
    return isinstance(value, str) and bool(_HEADER.match(value.strip()))


_KINDS: tuple[tuple[re.Pattern[str], Holds], ...] = (
    (_named(_SURE), is_something),
    (_named(_UNSURE), lambda value: is_something(value) and _is_opaque(value)),
    (_named(_SESSIONS), _opens_session),
    (_named(_HEADERS), _opens_door),
)


@lru_cache(maxsize=4096)
def secret(name: str) -> Holds | None:
    """What tells whether a value under this name is a secret; None where none can be."""
    plain = snake(name)
    if _ASKED.match(plain) or _OTHER.search(plain):
        return None
    return next((holds for pattern, holds in _KINDS if pattern.search(plain)), None)
