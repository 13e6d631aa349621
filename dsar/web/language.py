"""In which language a page answers: the one chosen by `?lang=`, else the request's own, else the browser's first."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

HEADER_LENGTH_MAX = 300


class Asked(Struct, frozen=True):
    """What one HTTP request says of languages, of those that the profile offers."""

    chosen: str | None  # by ?lang=
    accepted: str | None  # by Accept-Language

    def among(self, offered: Sequence[str], own: str | None = None) -> str:
        """The language to answer in; `own` is the one that the person's request is filed in."""
        return self.chosen or (own if own in offered else None) or self.accepted or offered[0]


def asked(offered: Sequence[str], query: str | None, header: str) -> Asked:
    """Read a request; what is not offered is not asked for."""
    chosen = (query or "").lower()
    accepted = next((tag for tag in _accepted(header[:HEADER_LENGTH_MAX]) if tag in offered), None)
    return Asked(chosen if chosen in offered else None, accepted)


def _accepted(header: str) -> Iterator[str]:
    """RFC 9110 12.5.4: the languages of the header, the dearest first; `sv-FI` counts as `sv`."""
    weighed = [_weighed(part) for part in header.split(",")]
    yield from (tag for tag, weight in sorted(weighed, key=lambda one: -one[1]) if weight > 0)


def _weighed(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    try:
        weight = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return tag.strip().lower().split("-")[0], weight
