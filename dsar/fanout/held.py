"""Kept items opened again, and grouped into one order for each subject and scope."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from dsar.contract import Mark, Ref, Scope, Session
from dsar.domain.releasing import KeptItem
from dsar.fanout.keeping import ITEM
from dsar.store.holds import HeldRow
from dsar.vault import Vault

Pair = tuple[str, str]


class Held(Struct, frozen=True):
    """One item with the row that remembers it."""

    row: HeldRow
    item: KeptItem

    @property
    def pair(self) -> Pair:
        """As an order names it."""
        return self.row.collection, self.item.record_id


class Group(Struct, frozen=True):
    """The items of one subject in one scope: one order."""

    ref: Ref
    scope: Scope
    held: list[Held]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """As an order names them."""
        return tuple(held.pair for held in self.held)


def grouped(vault: Vault, rows: Sequence[HeldRow]) -> Iterator[Group]:
    """Opened with the operator's key: the case's may have been destroyed years ago."""
    found: dict[tuple[Ref, Scope], Group] = {}
    for row in rows:
        item = msgspec.json.decode(vault.open(row.sealed_item, ITEM), type=KeptItem)
        group = found.setdefault((item.ref, item.scope), Group(item.ref, item.scope, []))
        group.held.append(Held(row, item))
    yield from found.values()


async def left(session: Session, group: Group, kept: set[Pair]) -> int:
    """How many of a group a search still finds, but for those that are kept on."""
    wanted = set(group.pairs) - kept
    count = 0
    async for item in session.export(group.ref, group.scope, None):
        count += not isinstance(item, Mark) and (item.origin.collection, item.origin.record_id) in wanted
    return count
