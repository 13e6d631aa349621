"""Where in a call's sound other persons are heard, by what the call's turns say."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from dsar.domain.withholding import (
    Collected,
    Heard,
    Sound,
    Withholding,
    call_of,
    has_voices,
    heard,
    record_id_of,
)
from dsar.review.looking import Look
from dsar.review.opening import Sealed, where_of
from dsar.store.findings import SegmentRow
from dsar.vault.segments import Collectable, StoredAttachment

ByRecord = Mapping[str, tuple[Heard, ...]]


def how_it_leaves(look: Look, row: SegmentRow, stored: StoredAttachment, heard_: ByRecord) -> Sound:
    """What of a file would be muted or stay out, with what is known of the call that it belongs to."""
    others = heard_.get(call_of(stored.attachment), ())
    return look.withholding.of_file(where_of(row), stored.attachment, others)


async def heard_in(look: Look, row: SegmentRow) -> ByRecord:
    """Other persons' stretches in the recordings of a segment; raises VaultError."""
    if not row.attachments:
        return {}
    wanted = await look.sealed.looked_at(row, _of_records)
    return await heard_of(look.sealed, look.rows, look.withholding, row.system_key, wanted)


def _of_records(items: list[Collectable]) -> frozenset[str]:
    return frozenset(
        call_of(item.attachment)
        for item in items
        if isinstance(item, StoredAttachment) and has_voices(item.attachment)
    )


async def heard_of(
    sealed: Sealed,
    rows: Sequence[SegmentRow],
    withholding: Withholding,
    system_key: str,
    record_ids: Collection[str],
) -> ByRecord:
    """The stretches by record: a recording belongs to every conversation of its system that bears its record's id.

    Raises VaultError: where a conversation cannot be read, nobody can say what of its sound may be heard.
    """
    found: dict[str, list[Heard]] = {}
    for row in rows:
        if row.calls and row.system_key == system_key and record_ids:
            look = partial(_heard, where=where_of(row), withholding=withholding, record_ids=record_ids)
            for record_id, stretches in await sealed.looked_at(row, look):
                found.setdefault(record_id, []).extend(stretches)
    return {record_id: tuple(stretches) for record_id, stretches in found.items()}


def _heard(
    items: list[Collectable], where: Collected, withholding: Withholding, record_ids: Collection[str]
) -> list[tuple[str, tuple[Heard, ...]]]:
    found = []
    for line in items:
        if isinstance(line, StoredAttachment) or not line.turns:
            continue
        record_id = record_id_of(line)
        if record_id in record_ids:
            found.append((record_id, heard(withholding.of(where, line), line)))
    return found
