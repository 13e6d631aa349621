"""The RSA key that signs OpenDSR's answers and callbacks, and the certificate that names our domain."""

import base64
import ipaddress
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from dsar.vault.keys import VaultError

CERTIFICATE = "DSAR_OPENDSR_CERTIFICATE"
PRIVATE_KEY = "DSAR_OPENDSR_PRIVATE_KEY"
OWN_BITS = 3072
BITS_MIN = 2048
OWN_LIFETIME = timedelta(days=3650)
COMMON_NAME_MAX = 64  # X.520's; a longer domain stands in the SAN alone
PSS = "pss"
SIGNATURES_KEPT = 64


class Signer:
    """Signs bytes for a domain. `certificate` is PEM, the issuers' after ours where there are any."""

    def __init__(self, domain: str, certificate: str, key: rsa.RSAPrivateKey) -> None:
        self.domain = domain
        self.certificate = certificate
        self._key = key
        # What anybody may ask for, discovery and refusals, costs a signature once and not each time.
        self._signed = lru_cache(SIGNATURES_KEPT)(self._sign)

    @classmethod
    def of(cls, domain: str, certificate: str, private_key: str, now: datetime) -> "Signer":
        """From PEM; raises VaultError naming the setting that does not fit."""
        key, issued = _private(private_key), _issued(certificate)
        if issued.public_key() != key.public_key():
            raise VaultError(
                f"{PRIVATE_KEY}: is not the key of {CERTIFICATE}; give the pair that was made together"
            )
        if not issued.not_valid_before_utc <= now <= issued.not_valid_after_utc:
            raise VaultError(f"{CERTIFICATE}: is not valid today; have it renewed")
        if not _names(issued, domain):
            raise VaultError(
                f"{CERTIFICATE}: its common name and its alternative names are not {domain}, the host of "
                "DSAR_PUBLIC_URL; have one issued for exactly that"
            )
        return cls(domain, certificate, key)

    def sign(self, body: bytes, scheme: str) -> str:
        """RSA over SHA-256 in base64 without line breaks: PKCS#1 v1.5, or PSS where the scheme is that."""
        return self._signed(sha256(body).digest(), scheme)

    def _sign(self, digest: bytes, scheme: str) -> str:
        if scheme == PSS:
            how: padding.AsymmetricPadding = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        else:
            how = padding.PKCS1v15()
        return base64.b64encode(self._key.sign(digest, how, Prehashed(SHA256()))).decode()

    def __repr__(self) -> str:
        """Keep the key out of tracebacks and logs."""
        return f"Signer({self.domain!r})"


def new_pair(domain: str, now: datetime) -> tuple[bytes, str]:
    """A private key and its self-signed certificate, both PEM; takes a good part of a second."""
    key = rsa.generate_private_key(65537, OWN_BITS)
    names = [x509.NameAttribute(NameOID.COMMON_NAME, domain)] if len(domain) <= COMMON_NAME_MAX else []
    name = x509.Name(names)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + OWN_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(domain)]), critical=not names)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signs_only(), critical=True)
        .sign(key, SHA256())
    )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, form, plain)
    return pem, built.public_bytes(serialization.Encoding.PEM).decode()


def _private(pem: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise VaultError(
            f"{PRIVATE_KEY}: is no private key as PEM without a password; give it as such"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < BITS_MIN:
        raise VaultError(
            f"{PRIVATE_KEY}: is no RSA key of {BITS_MIN} bits or more; the protocol signs with RSA"
        )
    return key


def _issued(pem: str) -> x509.Certificate:
    """Ours, which stands first; issuers may follow."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())[0]
    except ValueError as error:
        raise VaultError(
            f"{CERTIFICATE}: is no certificate as PEM; give ours first, its issuers after it"
        ) from error


def _names(issued: x509.Certificate, domain: str) -> bool:
    """Whether common name and alternative names are the domain, letter by letter: no wildcard stands for it."""
    common = [str(one.value).lower() for one in issued.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        found = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    # What stands in the SAN alone is too long for the common name.
    fits = common == [domain] or (not common and len(domain) > COMMON_NAME_MAX)
    return fits and _general_name(domain) in list(found)


def _general_name(domain: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(domain))
    except ValueError:
        return x509.DNSName(domain)


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
