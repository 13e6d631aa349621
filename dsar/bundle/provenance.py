"""Where a collection's records come from, and what of them a machine made, as the manifest lists it."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from dsar.domain.withholding import Collected, Line

KINDS_MAX = 100  # of a collection's sources, and of its models: more are no kinds but data


class Provenance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one collection: GDPR 15(1)(g) for what was not collected from the person."""

    category: str
    system: str
    collection: str
    obtained_from: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()  # fields
    inferred: tuple[str, ...] = ()  # fields


class _Source(Struct, frozen=True, gc=False):
    """What of an origin says where a record was had from."""

    obtained_from: str | None = None


_sources = msgspec.json.Decoder(_Source)


class Provenances:
    """Learns one collection's."""

    def __init__(self) -> None:
        self._sources: set[str] = set()
        self._models: set[str] = set()

    def learn(self, lines: Sequence[Line]) -> None:
        """Take in some records."""
        origins = b"\n".join([line.origin for line in lines])
        if b"obtained_from" in origins:  # most systems say so of none
            sources = _sources.decode_lines(origins)
            self._sources.update({one.obtained_from for one in sources if one.obtained_from})
        self._models.update({line.maker.model for line in lines if line.maker})

    def of(self, where: Collected, made_by_ai: Sequence[str], inferred: Sequence[str]) -> Provenance:
        """What was learnt."""
        return Provenance(
            category=where.category,
            system=where.system,
            collection=where.collection,
            obtained_from=tuple(sorted(self._sources)[:KINDS_MAX]),
            models=tuple(sorted(self._models)[:KINDS_MAX]),
            made_by_ai=tuple(made_by_ai),
            inferred=tuple(inferred),
        )
