"""Signatures of version 4, by botocore: the vendor's own code, and the only part of it that is used."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from dsar.contract import Refused
from dsar_s3.settings import S3Settings

Sign = Callable[[str, str, Mapping[str, str], bytes, datetime], dict[str, str]]


def signer(settings: S3Settings) -> Sign:
    """What turns a method, an address, headers, a body and the moment into headers with a signature."""
    try:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise Refused("s3: botocore is missing, which signs; pip install 'dsar-service[s3]'") from None
    keys = Credentials(settings.access_key_id, settings.secret_access_key, settings.session_token)
    auth = S3SigV4Auth(keys, "s3", settings.region)

    def sign(method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
        stamp = f"{now:%Y%m%dT%H%M%SZ}"
        dated = {"x-amz-content-sha256": sha256(body).hexdigest(), "x-amz-date": stamp}
        token = {"x-amz-security-token": settings.session_token} if settings.session_token else {}
        request = AWSRequest(method=method, url=url, data=body, headers={**headers, **dated, **token})
        request.context["timestamp"] = stamp
        # Its `add_auth` would do, but writes what it signs, a person's number in the key too, into the log.
        said = auth.string_to_sign(request, auth.canonical_request(request))
        names = auth.signed_headers(auth.headers_to_sign(request))
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, "
            f"Signature={auth.signature(said, request)}"
        )
        return dict(request.headers.items())

    return sign
