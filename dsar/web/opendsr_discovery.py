"""What a controller's program may learn of us before it has a key: what is spoken here, and the certificate."""

from typing import Any

from litestar import Request, get

from dsar.domain.opendsr import FORMATS, TELEPHONE, TYPES, offered
from dsar.web.given import GivenService
from dsar.web.opendsr_signed import version_of

CERTIFICATE = "/opendsr/certificate.pem"


@get(["/opendsr/v2/discovery", "/opendsr/v1/discovery"])
async def discovery(request: Request[Any, Any, Any], service: GivenService) -> dict[str, Any]:
    """What is spoken here, by whom anybody may be found, and where the certificate is."""
    offer = offered(service.profile.profile)
    return {
        "api_version": version_of(request.url.path).value,
        "supported_identities": [
            {"identity_type": kind, "identity_format": form} for kind in TYPES for form in FORMATS
        ],
        "supported_subject_request_types": list(
            dict.fromkeys(kind for kinds in offer.values() for kind in kinds)
        ),
        "processor_certificate": f"{service.settings.public_url}{CERTIFICATE}",
        "extensions": {
            service.processor.domain: {
                "supported_regulations": list(offer),
                "supported_identities": [{"identity_type": TELEPHONE, "identity_format": "raw"}],
                # No system finds anybody by a hash: a person looks, and the answer names what stayed unsearched.
                "searched_by_a_person": [form for form in FORMATS if form != "raw"],
            }
        },
    }


@get(CERTIFICATE, media_type="application/pem-certificate-chain")
async def certificate(service: GivenService) -> str:
    """The certificate of the key that signs."""
    return (await service.signing.signer()).certificate


HANDLERS = [discovery, certificate]
