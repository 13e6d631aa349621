"""What an operator configures for one store."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from dsar_s3.places import Place


class S3Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One store and the places in it. Without `endpoint_url` it is Amazon's own in `region`."""

    region: Annotated[
        str, Meta(pattern="^[a-z0-9-]{2,40}$", description="E.g. eu-north-1; what the vendor says")
    ]
    access_key_id: Annotated[str, Meta(min_length=1, description="Of a user with the rights of the page")]
    secret_access_key: Annotated[str, Meta(min_length=1, description="Its secret")]
    session_token: Annotated[str | None, Meta(description="Of temporary credentials")] = None
    endpoint_url: Annotated[
        str | None,
        Meta(description="Origin of another store, e.g. https://s3.example.com; http only to loopback"),
    ] = None
    addressing: Annotated[
        Literal["virtual", "path"], Meta(description="Whether the bucket stands in the host or in the path")
    ] = "virtual"
    places: Annotated[
        tuple[Place, ...],
        Meta(min_length=1, max_length=100, description="Where objects lie, and how they name whose they are"),
    ]
    excluded: Annotated[
        dict[str, str], Meta(description="bucket/prefix of what holds no personal data, with the reason")
    ] = {}
    operator_tenants: Annotated[
        tuple[str, ...], Meta(description="Values of {tenant} that are the operator's own")
    ] = ()
    versions: Annotated[
        bool, Meta(description="False only for a store that cannot list versions, such as R2")
    ] = True
    export_versions: Annotated[
        bool, Meta(description="Hand over the bytes of older versions too, not only that they are there")
    ] = True
    page_size: Annotated[int, Meta(ge=1, le=1_000, description="Entries a listing")] = 1_000
    mark_every_objects: Annotated[int, Meta(ge=1, le=1_000, description="Objects between two marks")] = 20

    def __post_init__(self) -> None:
        if self.endpoint_url is not None and not _is_origin(self.endpoint_url):
            raise ValueError(
                "endpoint_url: give https://… without a path (plain http only for a loopback address)"
            )
        for name in ("access_key_id", "secret_access_key", "session_token"):
            value = getattr(self, name) or ""
            if not (value.isascii() and value.isprintable() and " " not in value):
                raise ValueError(f"{name}: give it without spaces or line ends")
        keys = [place.key for place in self.places]
        if len(set(keys)) != len(keys):
            raise ValueError("places: two have one key; each names a collection of its own")
        if clash := {f"{key}_files" for key in keys} & set(keys):
            raise ValueError(
                f"places: {min(clash)} is what the files of another are called; name it otherwise"
            )
        if not all(tenant.strip() for tenant in self.operator_tenants):
            raise ValueError("operator_tenants: holds an empty one; take it out")

    def __repr__(self) -> str:
        """Keep the secret out of tracebacks and logs."""
        return f"S3Settings(endpoint_url={self.endpoint_url!r}, region={self.region!r}, …)"

    @property
    def origin(self) -> str:
        """Scheme and host of the store."""
        return self.endpoint_url or f"https://s3.{self.region}.amazonaws.com"


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    if not parts.hostname or url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"
