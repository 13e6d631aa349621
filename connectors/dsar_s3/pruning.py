"""Taking an erased person's rows out of an index, so that no other writer's rows are lost."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from hashlib import md5

from msgspec import Struct

from dsar.contract import Refused, Unreachable
from dsar_s3 import deleting, heads, listing, reading
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.fault import Absent, Overtaken
from dsar_s3.index import ByIndex, lines, read
from dsar_s3.persons import Person
from dsar_s3.sources import Tenants

INDEX_BYTES_MAX = 64 * 1024 * 1024  # it is written back whole, from memory
WRITE = "s3:PutObject"

_ATTEMPTS_MAX = 5  # so often another writer may come between
_LOOKED_AT_MAX = 10
_CARRIED = ("content-type", "content-encoding", "cache-control", "x-amz-storage-class")


class Pruning(Struct, frozen=True):
    """One index, and one person in it. `gone` are the keys of which something was erased."""

    api: Api
    source: ByIndex
    person: Person
    tenants: Tenants
    gone: frozenset[str]

    async def prune(self) -> bool:
        """Take out the rows of objects of which nothing is left; whether no older version holds the person on."""
        doomed = {key for key in self.gone if not await self._is_there(key)}
        clean = True
        for tenant, key in await self.source.objects(self.tenants):
            for one in self.tenants if self.source.index.tenant else {tenant}:
                if doomed:
                    await self._rewrite(key, one, doomed)
                clean &= await self._without_history(key, one)
        return clean

    async def _is_there(self, key: str) -> bool:
        async for _ in listing.everything(self.api, self.source.place.bucket, key, exactly=True):
            return True
        return False

    async def _rewrite(self, key: str, tenant: str | None, doomed: set[str]) -> None:
        mine = self.source.of_person(self.person, tenant)
        for _ in range(_ATTEMPTS_MAX):
            try:
                body, headers = await reading.fetched(
                    self.api, self.source.place.bucket, key, INDEX_BYTES_MAX
                )
                kept = [
                    line
                    async for line, row in read(lines(reading.at_once(body)), self.source.index)
                    if row is None or not mine(row) or self.source.key_of(row) not in doomed
                ]
                left = b"".join(kept)
                if left != body:
                    await self._write(key, left, headers)
            except Absent:
                return  # a customer without an index
            except Overtaken:
                continue
            return
        raise Unreachable("s3: the index changes faster than rows can be taken out of it; it is tried again")

    async def _write(self, key: str, body: bytes, read_as: Mapping[str, str]) -> None:
        """Write only over what was read, and with what it said of itself."""
        carried = {
            name: value
            for name, value in read_as.items()
            if name in _CARRIED or name.startswith("x-amz-meta-")
        }
        checksum = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        headers = {**carried, "if-match": read_as["etag"], "content-md5": checksum}
        if int(read_as.get("x-amz-tagging-count", "0") or 0):
            raise Refused(
                "s3: the index has tags, which writing it anew would lose; take the rows out by hand"
            )
        await self.api.send("PUT", self.source.place.bucket, key, call=WRITE, headers=headers, body=body)

    async def _without_history(self, key: str, tenant: str | None) -> bool:
        """Remove the older versions of the index where one of the newest holds the person still."""
        older = [
            entry
            async for entry in listing.versions(self.api, self.source.place.bucket, key, exactly=True)
            if not entry.latest
        ]
        if not await self._hold(older[:_LOOKED_AT_MAX], tenant):
            return True
        if self.source.index.keep_versions:
            return False
        return not await deleting.delete(self.api, older)

    async def _hold(self, older: Sequence[Entry], tenant: str | None) -> bool:
        """Whether one has a row of the person's whose object is gone, by this order or by one that was cut off."""
        mine = self.source.of_person(self.person, tenant)
        for entry in older:
            if entry.sort is not Sort.VERSION:
                continue
            query = heads.version(self.api, entry)
            wanted = reading.Object(entry.bucket, entry.key, query, entry.etag, entry.size)
            async with aclosing(reading.whole(self.api, wanted)) as pieces:
                async for _, row in read(lines(pieces), self.source.index):
                    if row is not None and mine(row) and not await self._is_there(self.source.key_of(row)):
                        return True
        return False
