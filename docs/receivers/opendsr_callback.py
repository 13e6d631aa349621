"""Checks an OpenDSR callback, or any other signed answer, before its body is read; needs `cryptography`.

    python opendsr_callback.py CERTIFICATE.pem DOMAIN SIGNATURE [pss] < body

CERTIFICATE.pem is what discovery's processor_certificate leads to; DOMAIN and SIGNATURE are the headers
X-OpenDSR-Processor-Domain and X-OpenDSR-Signature. Ends with 0 where all is well, with 1 and the reason where not.
"""

import base64
import ipaddress
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID


def reason_to_refuse(pem: bytes, domain: str, signature: str, body: bytes, scheme: str) -> str | None:
    """What is wrong, or None."""
    certificate = x509.load_pem_x509_certificate(pem)
    if _name(domain) not in list(
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ):
        return "the certificate's alternative names are not the domain"
    if [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [domain]:
        return "the certificate's common name is not the domain"
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        return "the certificate is not valid today"
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    how = pss if scheme == "pss" else padding.PKCS1v15()
    try:
        certificate.public_key().verify(base64.b64decode(signature, validate=True), body, how, SHA256())
    except (InvalidSignature, ValueError):
        return "the signature is not of this body"
    return None


def _name(domain: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(domain))
    except ValueError:
        return x509.DNSName(domain)


if __name__ == "__main__":
    path, domain, signature, *scheme = sys.argv[1:]
    sent = sys.stdin.buffer.read()
    sys.exit(reason_to_refuse(Path(path).read_bytes(), domain, signature, sent, *(scheme or ["pkcs1v15"])))
