"""An erasure: what would go and what stays is decided first, carried out in the same order, and searched again.

Versions and uploads go before delete markers, since a marker hides what a lock may keep; index rows go last, since
only they name their objects. A run that was cut off is finished by the next.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from msgspec import Struct

from dsar.contract import Changed, Erase, Kept, Origin, Plan, Proof, Receipt, Refused, Unreachable, digest
from dsar_s3 import deleting, locks
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.export import Mine
from dsar_s3.index import ByIndex
from dsar_s3.items import files_of, is_file
from dsar_s3.locks import Lock
from dsar_s3.ordered import batches, markers_last, side_by_side
from dsar_s3.persons import Person
from dsar_s3.places import Place
from dsar_s3.pruning import Pruning

_ROUNDS_MAX = 4  # objects may be written while we erase
_NOTHING = frozenset({("", "")})  # what an order names that is about no item at all

Pairs = tuple[tuple[str, str], ...]


class Decided(Struct, frozen=True):
    """One entry: the items that it is in an export, and what keeps it, if anything does."""

    place: str
    entry: Entry
    items: Pairs
    lock: Lock | None


class Erasure(Struct, frozen=True):
    """One subject in the places of a case. `named` limits it to these items; none: all of the subject's."""

    api: Api
    person: Person
    mine: Mine
    named: frozenset[tuple[str, str]]

    async def foresee(self) -> Plan:
        """What would go and what would stay, as things stand now."""
        return (await self._planned())[0]

    async def _planned(self) -> tuple[Plan, frozenset[tuple[str, str]]]:
        """The plan, and the items that it is about."""
        erased: list[tuple[str, str]] = []
        kept: list[Kept] = []
        async for decided in self._decisions():
            for each in decided:
                if each.lock is None:
                    erased += each.items
                else:
                    kept += _kept(each)
        of_kept = [(one.origin.collection, one.origin.record_id, one.ground) for one in kept]
        counts = Counter(collection for collection, _ in erased)
        plan = Plan(dict(counts), tuple(kept), digest(erased, of_kept))
        return plan, frozenset(erased) | {(collection, record_id) for collection, record_id, _ in of_kept}

    async def approved(self, approved: str) -> Receipt:
        """Erase what the plan is about and nothing that came since; refuse where it is no longer so."""
        plan, items = await self._planned()
        if plan.erased and plan.digest != approved:
            raise Changed("s3: the objects are not those of the plan any more; look at it and approve again")
        return await msgspec.structs.replace(self, named=items or _NOTHING).carry_out()

    async def carry_out(self) -> Receipt:
        """Erase until a search shows nothing but what is kept; only then is it verified."""
        changed = 0
        gone: set[tuple[str, str]] = set()
        for _ in range(_ROUNDS_MAX):
            changed += await self._round(gone)
            kept, left = await self._remaining()
            if not left:
                # Older versions of an index that stay hold the person on, where no search finds them.
                proof = Proof.VERIFIED if await self._prune(gone) else Proof.UNVERIFIABLE
                return Receipt(changed=changed, proof=proof, kept=kept)
        raise Unreachable("s3: new objects arrive while they are erased; it is tried again")

    async def _round(self, gone: set[tuple[str, str]]) -> int:
        """Delete what is free; `gone` takes the objects whose index rows are now without one."""
        changed = 0
        async for decided in self._decisions():
            free = [each for each in decided if each.lock is None]
            forbidden = await deleting.delete(
                self.api, [each.entry for each in free if not _hides(each.entry)]
            )
            await self._explain(forbidden)
            stays = {entry.key for entry in forbidden}
            done = [each for each in free if each.entry.key not in stays]
            await self._explain(
                await deleting.delete(self.api, [each.entry for each in done if _hides(each.entry)])
            )
            gone |= {(each.place, each.entry.key) for each in done if each.entry.row is not None}
            changed += sum(len(each.items) for each in done)
        return changed

    async def _prune(self, gone: set[tuple[str, str]]) -> bool:
        clean = True
        for source, tenants in self.mine:
            if isinstance(source, ByIndex):
                keys = frozenset(key for place, key in gone if place == source.place.key)
                clean &= await Pruning(self.api, source, self.person, tenants, keys).prune()
        return clean

    async def _explain(self, forbidden: Sequence[Entry]) -> None:
        """A lock that was set since we looked keeps the version. Anything else is a right that is missing."""
        now = datetime.now(UTC)
        for entry in forbidden:
            if not await locks.is_on(self.api, entry.bucket) or not await locks.lock_of(self.api, entry, now):
                raise Refused(
                    f"S3 {deleting.DELETE}: AccessDenied; grant it, s3:GetObjectLegalHold and s3:GetObjectRetention "
                    "to the user of access_key_id, and see that no policy of the bucket forbids it"
                )

    async def _remaining(self) -> tuple[tuple[Kept, ...], int]:
        """What a search still finds: what is kept, and how much there is that should be gone."""
        kept: list[Kept] = []
        left = 0
        async for decided in self._decisions():
            for each in decided:
                if each.lock is not None:
                    kept += _kept(each)
                else:
                    left += each.entry.sort is not Sort.ROW
        return tuple(kept), left

    async def _decisions(self) -> AsyncIterator[list[Decided]]:
        """Place by place in batches: versions, uploads and rows, then the delete markers above what stays."""
        for source, tenants in self.mine:
            kept: dict[str, Lock] = {}
            locked = await locks.is_on(self.api, source.place.bucket)
            listed = partial(source.entries, self.person, tenants)
            async for batch in batches(listed, order=markers_last):
                found = await self._locks(batch) if locked else [None] * len(batch)
                kept |= {
                    entry.key: lock for entry, lock in zip(batch, found, strict=True) if lock is not None
                }
                # Without its newest marker a version that is kept would be served again.
                over = [
                    lock or (kept.get(entry.key) if _hides(entry) else None)
                    for entry, lock in zip(batch, found, strict=True)
                ]
                yield await self._named(source.place, batch, over)

    async def _locks(self, batch: Sequence[Entry]) -> list[Lock | None]:
        now = datetime.now(UTC)
        return await side_by_side(lambda entry: locks.lock_of(self.api, entry, now), batch)

    async def _named(
        self, place: Place, batch: Sequence[Entry], found: Sequence[Lock | None]
    ) -> list[Decided]:
        files = await side_by_side(lambda entry: is_file(self.api, entry), batch)
        decided = []
        for entry, lock, file in zip(batch, found, files, strict=True):
            items: Pairs = ((place.key, entry.id), *(((files_of(place), entry.id),) if file else ()))
            about = self.named.intersection(items)
            if about and len(about) < len(items):
                raise Refused("s3: a file and the record of it go together; let the order name both")
            if about or not self.named:
                decided.append(Decided(place.key, entry, items, lock))
        return decided


def erasure(api: Api, person: Person, mine: Mine, order: Erase) -> Erasure:
    """The erasure of one subject that an order is about."""
    return Erasure(api, person, mine, order.named)


def _hides(entry: Entry) -> bool:
    return entry.sort is Sort.MARKER and entry.latest


def _kept(decided: Decided) -> list[Kept]:
    assert decided.lock is not None
    read_at, dated = datetime.now(UTC), decided.entry.at.date()
    return [
        Kept(Origin(*item, read_at), decided.lock.ground, until=decided.lock.until, dated=dated)
        for item in decided.items
    ]
