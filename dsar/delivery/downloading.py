"""Archives as they are fetched: by the person within a code's quarter of an hour, by a controller with its key."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.delivery.fetching import PERSON, Fetching, is_there
from dsar.delivery.streaming import Place, Streams
from dsar.domain.case import Case, Decision
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import NotFound
from dsar.domain.history import NewEvent
from dsar.domain.links import Access, NoneLeft, access, access_of_controller
from dsar.store import Connection, Database, cases, deliveries
from dsar.store.deliveries import BundleRow
from dsar.vault import BlobStore, Vault
from dsar.vault.keys import token_digest

DOWNLOADED = "bundle.downloaded"


class Part(Struct, frozen=True):
    """Some bytes of an archive: from `start` to before `stop`."""

    start: int
    stop: int


class Archive(Struct, frozen=True):
    """One archive and its case, as whoever fetches it may know it."""

    row: BundleRow
    case: Case

    @property
    def name(self) -> str:
        """The file's name: of letters, digits and hyphens alone."""
        number = f"-{self.row.number}" if self.row.number > 1 else ""
        return f"{self.case.reference}{number}.zip"


class Downloading:
    """Serves archives, whole or in parts. Whatever the size, nothing is read before the first byte is asked for."""

    def __init__(
        self, db: Database, vault: Vault, blobs: BlobStore, fetching: Fetching, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._fetching = fetching
        self._now = now
        self._streams = Streams(now)

    async def of_link(self, token: str, grant: str, number: int) -> Archive:
        """An archive behind a link that a code has opened; takes none of its downloads."""
        async with self._db.read() as connection:
            row = await self._fetching.granted(connection, token, grant)
            return await self._archive(connection, await cases.one(connection, row.case_id), number)

    async def for_person(
        self, token: str, grant: str, number: int, part: Part | None = None
    ) -> AsyncIterator[bytes]:
        """The archive opened as it streams: one of the link's downloads, unless it goes on with one."""
        now = self._now()
        async with self._db.write() as tx:
            row, case = await self._fetching.granted_held(tx, token, grant)
            assert row.grant_until is not None
            archive = await self._archive(tx, case, number)
            seen = await deliveries.accesses(tx, row.case_id, PERSON, row.id, number)
            kind = access(seen.counted_at, seen.noted_at, row.grant_until, now)
            if kind is Access.DOWNLOAD and not await deliveries.use_download(
                tx, row.id, token_digest(grant), now
            ):
                raise NoneLeft
            await _note(tx, archive, kind, PERSON, now, link=row.id)
            place = self._streams.admit(row.id)
        return self._stream(archive, part, place, download_id=row.id)

    async def of_controller(self, actor: ControllerActor, case_id: UUID, number: int = 1) -> Archive:
        """A controller's own archive; raises NotFound for anybody else's."""
        async with self._db.as_controller(actor.id) as connection:
            return await self._archive(connection, (await cases.one(connection, case_id)).as_shown(), number)

    async def all_of_controller(self, actor: ControllerActor, case_id: UUID) -> list[BundleRow]:
        """Every archive of its case that can be fetched, the answer first."""
        async with self._db.as_controller(actor.id) as connection:
            await cases.one(connection, case_id)  # raises NotFound
            found = await deliveries.bundles_of_case(connection, case_id)
        return [row for row in found if is_there(row, self._now())]

    async def for_controller(
        self, actor: ControllerActor, archive: Archive, part: Part | None = None
    ) -> AsyncIterator[bytes]:
        """Its archive, or a part of it, opened as it streams."""
        now, row = self._now(), archive.row
        async with self._db.write() as tx:
            case = await cases.lock(tx, row.case_id)
            seen = await deliveries.accesses(tx, row.case_id, actor.name, None, row.number)
            kind = access_of_controller(seen.noted_at, whole=part is None, now=now)
            await _note(tx, Archive(row, case), kind, actor.name, now)
            place = self._streams.admit(actor.id)
        return self._stream(archive, part, place, caller=actor.by)

    async def _archive(self, connection: Connection, case: Case, number: int) -> Archive:
        found = await deliveries.bundle_of_case(connection, case.id, number)
        if found is None or not is_there(found, self._now()):
            raise NotFound("there is no bundle, or it has expired")
        return Archive(found, case)

    def _stream(
        self,
        archive: Archive,
        part: Part | None,
        place: Place,
        *,
        download_id: UUID | None = None,
        caller: str | None = None,
    ) -> AsyncIterator[bytes]:
        row, key = archive.row, self._vault.case_key(archive.case.wrapped_key)
        pieces = (
            self._blobs.get_opened(row.blob_key, key, "bundle")
            if part is None
            else self._blobs.get_range(row.blob_key, key, "bundle", row.bytes, part.start, part.stop)
        )

        async def stands() -> bool:
            async with self._db.read() as connection:
                return await deliveries.still_served(
                    connection, row.id, download_id=download_id, caller=caller
                )

        return self._streams.guarded(place, pieces, stands)


async def _note(
    tx: Connection, archive: Archive, kind: Access, actor: str, now: datetime, *, link: UUID | None = None
) -> None:
    """Into the history: which archive, over which link, and whether it goes on with an earlier download."""
    if kind is Access.PART:
        return
    data = {"number": archive.row.number, "resumed": kind is Access.RESUMED}
    named = {"link": str(link)} if link is not None else {}
    event = NewEvent(DOWNLOADED, actor, {**data, **named})
    await cases.apply(tx, archive.case, Decision(events=(event,)), now)
