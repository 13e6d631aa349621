"""Signatures against the worked examples of Amazon's "Signature Calculations for the Authorization Header"."""

import logging
import sys
from datetime import UTC, datetime

import pytest

from dsar.contract import Refused
from dsar_s3 import Place, S3Settings
from dsar_s3.address import QuietURL, target, url
from dsar_s3.signing import signer

# The published example's, which open nothing.
KEYS = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
PLACE = Place(key="x", bucket="examplebucket", category="c", description="d", pattern="{phone}")
FRIDAY = datetime(2013, 5, 24, tzinfo=UTC)
ORIGIN = "https://s3.amazonaws.com"


def settings(**more):
    return S3Settings(region="us-east-1", endpoint_url=ORIGIN, places=(PLACE,), **KEYS, **more)


@pytest.mark.parametrize(
    ("method", "key", "query", "headers", "body", "signature"),
    [
        (
            "GET",
            "test.txt",
            {},
            {"range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "test$file.text",
            {},
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            None,
            {"lifecycle": ""},
            {},
            b"",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            None,
            {"prefix": "J", "max-keys": "2"},
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["object-with-range", "put-object", "bucket-lifecycle", "list-objects"],
)
def test_a_request_is_signed_as_amazon_shows_it(method, key, query, headers, body, signature):
    address = url(ORIGIN, "virtual", "examplebucket", key, query)
    signed = signer(settings())(method, address, headers, body, FRIDAY)
    names = sorted(["host", "x-amz-content-sha256", "x-amz-date", *headers])

    assert signed["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )


def test_a_session_token_is_sent_and_signed():
    signed = signer(settings(session_token="token"))("GET", f"{ORIGIN}/", {}, b"", FRIDAY)

    assert signed["x-amz-security-token"] == "token"
    assert "x-amz-security-token" in signed["Authorization"].split("SignedHeaders=")[1]


def test_nothing_that_is_signed_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        signer(settings())("GET", f"{ORIGIN}/+358401234567", {}, b"", FRIDAY)
    assert caplog.records == []


def test_without_botocore_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(Refused, match=r"dsar-service\[s3\]"):
        signer(settings())


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a b+c", b"/b/a%20b%2Bc"),
        ("a%2Fb", b"/b/a%252Fb"),
        ("ä/€", b"/b/%C3%A4/%E2%82%AC"),
        ("a//b/../c/./d", b"/b/a//b/../c/./d"),
        ("/a", b"/b//a"),
        ("a?b#c&d=e", b"/b/a%3Fb%23c%26d%3De"),
        ("~_-.", b"/b/~_-."),
    ],
)
def test_a_key_goes_over_the_wire_as_it_is_signed(key, path):
    assert target(url("https://s3.example.com", "path", "b", key)) == path


def test_a_bucket_stands_in_the_host_or_in_the_path():
    assert url("https://s3.example.com:9000", "virtual", "b", "k") == "https://b.s3.example.com:9000/k"
    assert url("https://s3.example.com:9000", "path", "b", "k") == "https://s3.example.com:9000/b/k"
    assert url("https://s3.example.com", "virtual", "b") == "https://b.s3.example.com/"
    assert url("https://s3.example.com", "path", "b") == "https://s3.example.com/b"


def test_an_address_prints_neither_key_nor_query():
    assert str(QuietURL("https://b.example.com/+358401234567?prefix=anna")) == "https://b.example.com/"
