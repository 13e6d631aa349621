"""What a probe found, as it is kept and shown: whether the system answers, what it covers, what nobody has decided."""

from typing import Any

from dsar.contract import ConnectorError, Coverage
from dsar.domain.guarding import Lock, drift, tally

SHOWN_MAX = 200  # fields and sentences that are kept; the counts are of all
TEXT_MAX = 300


def answered(coverage: Coverage, lock: Lock | None) -> dict[str, Any]:
    """It answers: what is covered, by collection, and where the lock and the system part."""
    parted = drift(lock, coverage)
    return {
        "ok": True,
        "covers": {
            name: {use.value: count for use, count in sorted(counts.items())}
            for name, counts in list(tally(coverage).items())[:SHOWN_MAX]
        },
        "not_covered": [text[:TEXT_MAX] for text in coverage.not_covered[:SHOWN_MAX]],
        "guarded": lock is not None,
        "drifted": len(parted),
        "drift": [
            {
                "collection": one.collection,
                "field": one.field,
                "kind": one.kind.value,
                "now": one.now,
                "locked": one.locked,
            }
            for one in parted[:SHOWN_MAX]
        ],
    }


def failed(error: Exception) -> dict[str, Any]:
    """It does not. A connector's own text holds no personal data; that of anything else is nobody's to show."""
    known = isinstance(error, ConnectorError)
    text = (
        str(error)[:TEXT_MAX] if known else "a fault of the connector's own; the worker's log names the place"
    )
    return {"ok": False, "error": type(error).__name__, "text": text}
