"""What an operator configures."""

from typing import Annotated

from msgspec import Meta, Struct


class SampleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One system. The descriptions are what `dsar connector settings sample` and the settings form show."""

    url: Annotated[str, Meta(description="Origin of the API, e.g. https://api.example.com")]
    token: Annotated[str, Meta(description="A token that may read and delete people", min_length=1)]
    page_size: Annotated[int, Meta(ge=1, le=1_000, description="Items a page")] = 100

    def __post_init__(self) -> None:
        """Refuse what the types let through: the text names the field and the remedy, and repeats no value."""
        if not self.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("url: give https://… (plain http only for this machine)")

    def __repr__(self) -> str:
        """Keep the token out of tracebacks and logs."""
        return f"SampleSettings(url={self.url!r}, …)"
