"""What an operator configures for one PostHog project."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct


class PostHogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One project. `host` has no default: the region decides where the data lies."""

    host: Annotated[
        str, Meta(description="Origin of the API, e.g. https://eu.posthog.com; not the ingestion host")
    ]
    project_id: Annotated[str, Meta(description="Number of the project, from its settings page")]
    api_key: Annotated[
        str, Meta(description="Personal API key with person:read, person:write and query:read")
    ]
    event_page_size: Annotated[
        int, Meta(ge=1, le=50_000, description="Events a query; the vendor's top is 50,000")
    ] = 1_000
    person_page_size: Annotated[int, Meta(ge=1, le=1_000, description="Persons a page")] = 100
    any_case: Annotated[bool, Meta(description="Also find Name@Example.com for name@example.com")] = True
    distinct_ids_are_accounts: Annotated[
        bool, Meta(description="Whether the product identifies people by their account id: find by it too")
    ] = False
    deletion_poll_seconds: Annotated[
        int, Meta(ge=1, le=604_800, description="Pause between looks at a deletion")
    ] = 21_600

    def __post_init__(self) -> None:
        if not _is_origin(self.host):
            raise ValueError("host: give https://… without a path (plain http only for a loopback address)")
        if not (self.project_id.isascii() and self.project_id.isdigit()):
            raise ValueError("project_id: give the project's number")
        if not (
            self.api_key and self.api_key.isascii() and self.api_key.isprintable() and " " not in self.api_key
        ):
            raise ValueError("api_key: give the personal API key, without spaces or line ends")

    def __repr__(self) -> str:
        """Keep the key out of tracebacks and logs."""
        return f"PostHogSettings(host={self.host!r}, project_id={self.project_id!r}, …)"


def _is_origin(host: str) -> bool:
    parts = urlsplit(host)
    if not parts.hostname or host != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"
