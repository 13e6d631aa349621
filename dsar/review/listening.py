"""Recordings played to staff: a stretch as it was collected, and beside it as it would leave."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from dsar.audio import AudioError, Muted, stretch
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.withholding import Stretch, has_voices
from dsar.review.acting import Actor
from dsar.review.hearing import heard_in, how_it_leaves
from dsar.review.item import Item
from dsar.review.looking import Look, Looking
from dsar.review.opening import row_of
from dsar.store.findings import SegmentRow
from dsar.vault import BlobStore, Vault
from dsar.vault.bridge import Bridge
from dsar.vault.reading import SealedFile
from dsar.vault.segments import StoredAttachment

T = TypeVar("T")

HEARD = "recording.heard"
MINUTES_MAX = 10  # of one call; the next one goes on
PLAYED_MS_MAX = MINUTES_MAX * 60 * 1000
# Threads of our own: the loop's default ones resolve names for the very connections that ours wait for.
PLAYED_AT_ONCE = 4


class Version(StrEnum):
    """What is played."""

    COLLECTED = "collected"
    RELEASED = "released"


class Played(Struct, frozen=True):
    """A WAV of so many bytes, decoded as it is taken."""

    pieces: AsyncIterator[bytes]
    bytes: int


class Listening:
    """Plays recordings, block by block, to whoever reviews."""

    def __init__(self, looking: Looking, vault: Vault, blobs: BlobStore) -> None:
        self._looking = looking
        self._vault = vault
        self._blobs = blobs
        self._threads = ThreadPoolExecutor(PLAYED_AT_ONCE, thread_name_prefix="listening")

    async def played(
        self, actor: Actor, case_id: UUID, item: Item, version: Version, from_ms: int, to_ms: int | None
    ) -> Played:
        """A stretch of a recording. The history says who listened, once an hour and recording.

        Raises NotFound, InvalidInput and NotNow, and VaultError where it is gone or damaged from the start.
        """
        end = _checked(from_ms, to_ms)
        look = await self._looking.at(case_id)
        row = row_of(look.rows, item)
        stored = await self._recording(look, row, item)
        mutes = await _mutes(look, row, stored) if version is Version.RELEASED else ()
        bridge = Bridge()
        source = SealedFile(
            bridge, self._blobs, stored.blob_key, self._vault.case_key(look.case.wrapped_key), stored.size
        )
        made = await self._made(
            partial(stretch, source, from_ms, end, mutes, len(stored.attachment.channels))
        )
        await self._looking.noted(actor, case_id, HEARD, item=str(item))
        return Played(self._streamed(bridge, made.pieces), made.bytes)

    async def is_heard_at(self, look: Look, stored: StoredAttachment, ms: int) -> bool:
        """Whether a recording lasts until then; of one that cannot be read nobody can say, and it counts as long."""
        key = self._vault.case_key(look.case.wrapped_key)
        bridge = Bridge()
        source = SealedFile(bridge, self._blobs, stored.blob_key, key, stored.size)
        try:
            return (await self._run(partial(stretch, source, ms - 1, ms, ()))).frames > 0
        except AudioError:
            return True
        finally:
            bridge.stop()

    async def _recording(self, look: Look, row: SegmentRow, item: Item) -> StoredAttachment:
        found = await look.sealed.looked_at(row, lambda items: items[item.line])
        if not isinstance(found, StoredAttachment) or not has_voices(found.attachment):
            raise NotFound("no such recording")
        return found

    async def _made(self, make: Callable[[], Muted]) -> Muted:
        try:
            made = await self._run(make)
        except AudioError as error:
            raise InvalidInput(
                FieldError(
                    "recording",
                    "is of a form that cannot be played here.",
                    "Take it as it is, or withheld whole: nothing in it can be muted.",
                )
            ) from error
        if not made.frames:
            raise InvalidInput(FieldError("from_ms", "lies beyond the end.", "Begin earlier."))
        return made

    async def _streamed(self, bridge: Bridge, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        try:
            while (piece := await self._run(partial(next, pieces, None))) is not None:
                yield piece
        finally:
            bridge.stop()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _checked(from_ms: int, to_ms: int | None) -> int:
    """Where the stretch ends."""
    end = from_ms + PLAYED_MS_MAX if to_ms is None else to_ms
    if end <= from_ms:
        raise InvalidInput(FieldError("to_ms", "is not after from_ms.", "Name a later time."))
    if end - from_ms > PLAYED_MS_MAX:
        remedy = "Ask for at most {limit} minutes, and then for the next."
        raise InvalidInput(FieldError("to_ms", "is too far from from_ms.", remedy, limit=MINUTES_MAX))
    return end


async def _mutes(look: Look, row: SegmentRow, stored: StoredAttachment) -> tuple[Stretch, ...]:
    """What would be silent; raises NotNow where nothing of it would leave."""
    sound = how_it_leaves(look, row, stored, await heard_in(look, row))
    if sound.whole_withheld or look.left_out(row) is not None:
        raise NotNow("recording", "stays out whole.", "Play it as it was collected.")
    return sound.mutes
