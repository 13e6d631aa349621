"""An export page by page: each item checked, a mark after each page, an end that always comes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from dsar.contract import (
    Attachment,
    Channel,
    Maker,
    Mark,
    Origin,
    Record,
    Refused,
    Turn,
    Unreachable,
    resolves,
    value_at,
)
from dsar_webhook import channel
from dsar_webhook.answered import Bytes, ItemGiven, MakerGiven, Page, TurnGiven
from dsar_webhook.asked import Export, Piece, ScopeAsked
from dsar_webhook.depth import deeper
from dsar_webhook.fault import contradiction

PAGES_MAX = 100_000
MARK = "page "  # before the service's own cursor
DEPTH_MAX = 32
PIECE_BYTES = 1024 * 1024
PIECES_MAX = 100_000

Knows = Callable[[str], Awaitable[bool]]


async def export(
    service: channel.Channel, scope: ScopeAsked, subject: str, after: Mark | None, knows: Knows
) -> AsyncIterator[Record | Attachment | Mark]:
    """Stream the subject's items; `knows` says whether a collection is described."""
    async for page in pages(service, scope, subject, _cursor(after)):
        read_at = datetime.now(UTC)
        for place, item in enumerate(page.items):
            if not await knows(item.collection):
                raise contradiction("export", f"items[{place}].collection", "is none that probe describes")
            yield _item(item, place, read_at)
        if page.cursor is not None:
            yield Mark(MARK + page.cursor)


async def pages(
    service: channel.Channel, scope: ScopeAsked, subject: str, cursor: str | None
) -> AsyncIterator[Page]:
    """The service's pages, of which there is a last one."""
    seen: set[int] = set()
    for _ in range(PAGES_MAX):
        seen.add(hash(cursor))
        question = Export(scope=scope, subject=subject, cursor=cursor, limit=service.page_size)
        page = await service.ask(question, Page)
        if len(page.items) > service.page_size:
            raise contradiction("export", "items", "are more than the limit that was asked for")
        if len({(item.collection, item.id) for item in page.items}) < len(page.items):
            raise contradiction("export", "items", "names one twice")
        if page.cursor is not None and hash(page.cursor) in seen:
            raise contradiction("export", "cursor", "comes a second time, so the export would not end")
        yield page
        cursor = page.cursor
        if cursor is None:
            return
    raise contradiction("export", "cursor", f"has come {PAGES_MAX} times")


def _cursor(after: Mark | None) -> str | None:
    if after is None:
        return None
    if not after.cursor.startswith(MARK):
        raise Refused("webhook export: the mark is none of this connector's; begin anew")
    return after.cursor.removeprefix(MARK)


def _item(item: ItemGiven, place: int, read_at: datetime) -> Record | Attachment:
    origin = Origin(item.collection, item.id, read_at, item.obtained_from)
    if item.data is not None and item.attachment is None:
        return _record(item, item.data, place, origin)
    if item.attachment is None or item.data is not None:
        raise contradiction("export", f"items[{place}]", "needs either data or attachment")
    if item.others or item.made_by_ai or item.inferred or item.turns or item.maker:
        raise contradiction("export", f"items[{place}]", "points into data that it has not")
    file = item.attachment
    return Attachment(
        origin,
        file.name,
        file.media_type,
        file.size,
        tuple(Channel(one.name, one.speaker) for one in file.channels),
        (file.record.collection, file.record.id) if file.record else None,
        file.made_by_ai,
        file.inferred,
        _maker(file.maker),
    )


def _record(item: ItemGiven, data: dict[str, Any], place: int, origin: Origin) -> Record:
    if deeper(data, DEPTH_MAX):
        raise contradiction("export", f"items[{place}].data", f"is nested deeper than {DEPTH_MAX}")
    for name, given in (
        ("others", item.others),
        ("made_by_ai", item.made_by_ai),
        ("inferred", item.inferred),
    ):
        if not all(resolves(data, pointer) for pointer in given):
            raise contradiction("export", f"items[{place}].{name}", "points to what is not in data")
    return Record(
        origin,
        data,
        tuple(item.others),
        tuple(item.made_by_ai),
        tuple(item.inferred),
        tuple(_turn(turn, data, f"items[{place}].turns[{number}]") for number, turn in enumerate(item.turns)),
        _maker(item.maker),
    )


def _turn(turn: TurnGiven, data: dict[str, Any], field: str) -> Turn:
    """What another person said is withheld by it: one that leads to no text would withhold nothing."""
    if not isinstance(value_at(data, turn.pointer), str):
        raise contradiction("export", f"{field}.pointer", "leads to no text in data")
    if turn.to_ms is not None and turn.to_ms < (turn.from_ms or 0):
        raise contradiction("export", f"{field}.to_ms", "is before it begins")
    return Turn(turn.pointer, turn.speaker, turn.from_ms, turn.to_ms)


def _maker(given: MakerGiven | None) -> Maker | None:
    return Maker(given.model, given.at) if given is not None else None


async def read(service: channel.Channel, scope: ScopeAsked, attachment: Attachment) -> AsyncIterator[bytes]:
    """The bytes, a signed piece at a time."""
    origin, offset = attachment.origin, 0
    for _ in range(PIECES_MAX):
        question = Piece(
            scope=scope,
            collection=origin.collection,
            id=origin.record_id,
            offset=offset,
            limit=PIECE_BYTES,
        )
        piece = await service.ask(question, Bytes)
        offset += len(piece.bytes)
        if len(piece.bytes) > PIECE_BYTES or (piece.more and not piece.bytes):
            raise contradiction(
                "attachment", "bytes", "are more than the limit, or none although more is said"
            )
        yield piece.bytes
        if not piece.more:
            break
    else:
        raise contradiction("attachment", "more", f"was said {PIECES_MAX} times")
    if attachment.size not in {None, offset}:
        # It may have grown since the export: the next one says its new size.
        raise Unreachable("webhook attachment: the bytes are not as many as size said")
