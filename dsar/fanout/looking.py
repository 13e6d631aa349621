"""What a search still finds of a person whose data was erased."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

from dsar.contract import Attachment, Mark, Match, Record, Ref, Scope, Session

Pair = tuple[str, str]


def pair_of(item: Record | Attachment) -> Pair:
    """As an order names it."""
    return item.origin.collection, item.origin.record_id


async def remaining(
    session: Session, refs: Sequence[Ref], scope: Scope, is_theirs: Callable[[Match], bool]
) -> AsyncIterator[tuple[Ref, Record | Attachment]]:
    """Each item with its subject, but for the list of those who want no marketing: an erasure never empties it."""
    async for match in session.find(refs, scope):
        if is_theirs(match):
            async for item in items_of(session, match.ref, scope):
                yield match.ref, item


async def items_of(session: Session, ref: Ref, scope: Scope) -> AsyncGenerator[Record | Attachment, None]:
    """Those of one subject."""
    lists = {name for name, collection in session.collections.items() if collection.suppression}
    items = session.export(ref, scope, None)
    try:
        async for item in items:
            if not isinstance(item, Mark) and item.origin.collection not in lists:
                yield item
    finally:
        # Whoever has seen enough leaves nothing of the system's open.
        if (close := getattr(items, "aclose", None)) is not None:
            await close()
