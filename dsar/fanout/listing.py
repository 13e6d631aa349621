"""All that a system holds, looked through for those whose erasure a restored backup has undone."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from msgspec import Struct, field

from dsar.contract import Held, Ref, Scope, Session
from dsar.domain.lasting import Tombstone, as_proven, scope_of
from dsar.store import Database, identities, tombstones
from dsar.vault import Vault

T = TypeVar("T")
Progress = Callable[[int], None]

# One question to the index of tombstones: the memory that it takes does not depend on how many there are.
BATCH = 1_000


class Back(Struct):
    """Somebody who is there although erased: by which identities, and what is remembered of it, the oldest first."""

    tenant: str | None
    refs: dict[Ref, bytes] = field(default_factory=dict)  # with its blind index
    tombstones: dict[UUID, Tombstone] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """What a repetition may touch."""
        return scope_of(self.tenant)

    @property
    def newest(self) -> Tombstone:
        """The erasure that is repeated."""
        return max(self.tombstones.values(), key=lambda stone: (stone.at, stone.id))

    @property
    def case_ids(self) -> list[UUID]:
        """The cases whose erasures were undone, in the order in which they are locked."""
        return sorted({stone.case_id for stone in self.tombstones.values() if stone.case_id is not None})


class Listing:
    """One system's list, met with the tombstones since the backup and the marketing stops since then."""

    def __init__(
        self, db: Database, vault: Vault, region: str | None, system_key: str, since: datetime
    ) -> None:
        self._db = db
        self._vault = vault
        self._region = region
        self._system_key = system_key
        self._since = since
        self._back: dict[tuple[UUID, str | None], Back] = {}
        self.stopped: set[Ref] = set()
        self.looked_through = 0

    @property
    def back(self) -> list[Back]:
        """Each person once, however many identities lead to them."""
        return list(self._back.values())

    async def look(self, session: Session, progress: Progress) -> None:
        """Go through all of it; the list holds no more than those who are back."""
        async for batch in _batches(session.everyone(), BATCH):
            await self._meet(batch)
            self.looked_through += len(batch)
            progress(self.looked_through)

    async def _meet(self, batch: Sequence[Held]) -> None:
        read = ((as_proven(one.identity, self._region), one.tenant) for one in batch)
        held = dict.fromkeys((ref, tenant) for ref, tenant in read if ref is not None)
        index_of = {ref: self._vault.blind_index(ref.kind, ref.value) for ref, _ in held}
        if not held:
            return
        indexes = list(index_of.values())
        async with self._db.read() as connection:
            stones = await tombstones.of_identities(connection, self._system_key, indexes, self._since)
            stopped = await identities.stopped(connection, indexes, self._since)
        of_index: dict[tuple[bytes, str | None], list[Tombstone]] = {}
        for stone in stones:
            of_index.setdefault((stone.blind_index, stone.tenant), []).append(stone)
        for ref, tenant in held:
            if found := of_index.get((index_of[ref], tenant)):
                self._add(ref, index_of[ref], tenant, found)
            elif tenant is None and index_of[ref] in stopped:
                self.stopped.add(ref)

    def _add(self, ref: Ref, index: bytes, tenant: str | None, found: list[Tombstone]) -> None:
        newest = found[-1]
        back = self._back.setdefault((newest.case_id or newest.id, tenant), Back(tenant))
        back.refs[ref] = index
        back.tombstones.update((stone.id, stone) for stone in found)


async def _batches(stream: AsyncIterator[T], size: int) -> AsyncIterator[list[T]]:
    batch: list[T] = []
    async for one in stream:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
