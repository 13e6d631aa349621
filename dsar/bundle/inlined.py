"""The page's style and script, which stand within it, and the policy that lets these two through and nothing else."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from markupsafe import Markup
from msgspec import Struct

# A page from the disk is its own origin under no two browsers' rules alike: `file:` says it for all of them.
_POLICY = (
    "default-src 'none'; style-src {style}; script-src {script}; media-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)


class Inlined(Struct, frozen=True):
    """Text that goes into the page as it stands. It ends no element and opens no comment."""

    style: Markup
    script: Markup
    policy: str


def inlined(read: Callable[[str], str]) -> Inlined:
    """`read` gives a template's own text by its path; the policy names each by its hash as it is read."""
    style, script = (_plain(read(f"bundle/page.{kind}")) for kind in ("css", "js"))
    return Inlined(
        style=Markup(style),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704
        policy=_POLICY.format(style=_hashed(style), script=_hashed(script)),
    )


def _plain(text: str) -> str:
    if "</" in text or "<!" in text:
        raise ValueError("page.css and page.js: must hold neither `</` nor `<!`, which would end them early")
    return text


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
