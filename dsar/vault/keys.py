"""The operator's key, the keys of the cases, blind indexes and digests of codes and tokens."""

import base64
import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class VaultError(Exception):
    """A key is missing, of the wrong size, or not the one that sealed. The text names the remedy."""


class CaseKey:
    """One case's key, opened. Each sealing is bound to a purpose, so that sealed values cannot change places."""

    __slots__ = ("_aead", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._aead = AESGCM(raw)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The plain bytes; raises VaultError when key or purpose is not the one that sealed."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise VaultError(f"{purpose}: was not sealed with this key, or was changed since") from error

    def __repr__(self) -> str:
        """Keep the key out of tracebacks and logs."""
        return "CaseKey(…)"


class Vault:
    """What hangs on the operator's key."""

    def __init__(self, operator_key: bytes) -> None:
        if len(operator_key) != KEY_BYTES:
            raise VaultError(
                "DSAR_OPERATOR_KEY: is not 32 bytes in base64; make one with `openssl rand -base64 32`"
            )
        self._wrap = CaseKey(_derive(operator_key, "wrap"))
        self._index = _derive(operator_key, "blind index")
        self._codes = _derive(operator_key, "codes")

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """From the key in base64, as the environment has it."""
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except ValueError as error:
            raise VaultError(
                "DSAR_OPERATOR_KEY: is not base64; make one with `openssl rand -base64 32`"
            ) from error

    def new_case_key(self) -> tuple[CaseKey, bytes]:
        """A fresh key, open and wrapped."""
        raw = secrets.token_bytes(KEY_BYTES)
        return CaseKey(raw), self._wrap.seal(raw, "case key")

    def case_key(self, wrapped: bytes | None) -> CaseKey:
        """The case's key; raises VaultError once it was destroyed."""
        if wrapped is None:
            raise VaultError("the case's key was destroyed: what it sealed is gone for good")
        return CaseKey(self._wrap.open(wrapped, "case key"))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal what belongs to the operator and to no case: credentials and settings."""
        return self._wrap.seal(plain, purpose)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Open what `seal` sealed."""
        return self._wrap.open(sealed, purpose)

    def blind_index(self, kind: str, value: str) -> bytes:
        """The same for the same normalised identity, and of no use without the operator's key."""
        return hmac.digest(self._index, f"{kind}\x00{value}".encode(), "sha256")

    def new_code(self, digits: int) -> str:
        """A random number of that many digits."""
        return f"{secrets.randbelow(10**digits):0{digits}d}"

    def code_digest(self, challenge: str, code: str) -> bytes:
        """Six digits alone could be guessed from a plain hash; keyed and bound to the challenge they cannot."""
        return hmac.digest(self._codes, f"{challenge}\x00{code}".encode(), "sha256")


def _derive(key: bytes, label: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"dsar {label}".encode()).derive(key)


def token_digest(token: str) -> bytes:
    """How a random 256-bit token or key is kept: no salt is needed for what cannot be guessed."""
    return sha256(token.encode()).digest()


def new_token(prefix: str = "") -> str:
    """256 random bits, safe in a URL and in a header."""
    return prefix + secrets.token_urlsafe(32)


def keep_operator_key(path: Path) -> str:
    """The operator's key of the embedded mode: read from its file, or made and written there, mode 0600."""
    if not path.exists():
        # Whole or not at all: a key cut short by a crash would lock the folder for good.
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(), encoding="ascii")
        fresh.replace(path)
    return path.read_text(encoding="ascii")
