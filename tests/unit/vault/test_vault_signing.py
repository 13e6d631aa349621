"""The key that signs for our domain: what is given must fit, what is made of itself does."""

import base64
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from dsar.vault import VaultError
from dsar.vault.signing import CERTIFICATE, PRIVATE_KEY, Signer, new_pair

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOMAIN = "opendsr.company.example"
NAMED = (x509.DNSName(DOMAIN),)
BODY = b'{"request_status":"pending"}'


@pytest.fixture(scope="module")
def pair():
    key, certificate = new_pair(DOMAIN, NOW)
    return key.decode(), certificate


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def pem_of(key, password=None):
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


def issued(key, common=DOMAIN, san=NAMED, begins=NOW, ends=NOW + timedelta(days=90)):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An issuer")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName(san), critical=False)
    return builder.sign(key, SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def names_of(certificate):
    loaded = x509.load_pem_x509_certificate(certificate.encode())
    common = [one.value for one in loaded.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return common, list(loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def test_a_pair_of_our_own_names_the_domain_twice_signs_only_and_is_valid_for_years(pair):
    private, certificate = pair
    assert names_of(certificate) == ([DOMAIN], [x509.DNSName(DOMAIN)])
    loaded = x509.load_pem_x509_certificate(certificate.encode())
    assert loaded.public_key().key_size == 3072
    assert loaded.not_valid_after_utc > NOW + timedelta(days=5 * 365)
    usage = loaded.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert not loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert Signer.of(DOMAIN, certificate, private, NOW).certificate == certificate


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_domain_that_is_an_address_stands_as_one_in_the_alternative_names(address):
    private, certificate = new_pair(address, NOW)
    assert names_of(certificate) == ([address], [x509.IPAddress(ipaddress.ip_address(address))])
    assert Signer.of(address, certificate, private.decode(), NOW).domain == address


def test_a_domain_too_long_for_a_common_name_stands_in_the_alternative_names_alone():
    domain = f"{'a' * 60}.company.example"
    private, certificate = new_pair(domain, NOW)
    assert names_of(certificate) == ([], [x509.DNSName(domain)])
    assert Signer.of(domain, certificate, private.decode(), NOW).domain == domain


@pytest.mark.parametrize("scheme", ["pkcs1v15", "pss"])
def test_a_signature_is_of_these_bytes_in_the_scheme_that_was_chosen_and_of_no_others(pair, scheme):
    private, certificate = pair
    signature = Signer.of(DOMAIN, certificate, private, NOW).sign(BODY, scheme)
    assert "\n" not in signature
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    right, wrong = (pss, padding.PKCS1v15()) if scheme == "pss" else (padding.PKCS1v15(), pss)
    raw = base64.b64decode(signature, validate=True)
    public.verify(raw, BODY, right, SHA256())
    for body, how in ((BODY + b" ", right), (BODY, wrong)):
        with pytest.raises(InvalidSignature):
            public.verify(raw, body, how, SHA256())


def test_a_pair_that_was_issued_for_the_domain_is_taken_with_its_issuers_after_it(key, pair):
    chain = issued(key) + pair[1]
    assert Signer.of(DOMAIN, chain, pem_of(key), NOW).certificate == chain


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"common": "company.example"}, "common name"),
        ({"common": None}, "common name"),
        ({"common": DOMAIN.upper(), "san": (x509.DNSName("company.example"),)}, "alternative names"),
        ({"san": (x509.DNSName("*.company.example"),)}, "exactly that"),
        ({"san": ()}, "alternative names"),
        ({"begins": NOW + timedelta(days=1)}, "not valid today"),
        ({"begins": NOW - timedelta(days=90), "ends": NOW - timedelta(seconds=1)}, "renewed"),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused_by_its_setting(key, wrong, says):
    with pytest.raises(VaultError, match=f"{CERTIFICATE}.*{says}"):
        Signer.of(DOMAIN, issued(key, **wrong), pem_of(key), NOW)


def test_what_is_no_certificate_is_refused(key):
    for text in (
        "",
        "nonsense",
        pem_of(key),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ):
        with pytest.raises(VaultError, match=CERTIFICATE):
            Signer.of(DOMAIN, text, pem_of(key), NOW)


def test_a_key_that_is_none_or_another_or_locked_or_short_or_of_another_kind_is_refused(key, pair):
    for private in (
        "nonsense",
        pair[0],
        pem_of(key, b"password"),
        pem_of(rsa.generate_private_key(65537, 1024)),
        pem_of(ec.generate_private_key(ec.SECP256R1())),
    ):
        with pytest.raises(VaultError, match=PRIVATE_KEY):
            Signer.of(DOMAIN, issued(key), private, NOW)


def test_no_key_shows_in_a_traceback(pair):
    assert repr(Signer.of(DOMAIN, pair[1], pair[0], NOW)) == f"Signer({DOMAIN!r})"
