"""All recordings of a call store, in a folder and with Asterisk itself, and what was written down of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.ari import Ari, is_ari
from dsar_asterisk.recording import Recording, uniqueid_of
from dsar_asterisk.recordings import FOLDER_NAME, SUFFIX, Recordings
from dsar_asterisk.transcripts import Transcript, Transcripts


class Audio(Struct, frozen=True):
    """What is configured of it."""

    folder: Recordings | None = None
    ari: Ari | None = None
    transcripts: Transcripts | None = None

    @property
    def is_kept(self) -> bool:
        return self.folder is not None or self.ari is not None

    async def probe(self) -> None:
        """Look into the folder, and ask Asterisk."""
        await self.in_folder(())
        await self.written_down(())
        if self.ari:
            await self.ari.probe()

    async def in_folder(self, uniqueids: Sequence[str]) -> list[Recording]:
        """Those of these channels that cost no request."""
        return await asyncio.to_thread(self.folder.found, uniqueids) if self.folder else []

    async def found(self, uniqueids: Sequence[str]) -> list[Recording]:
        """Those of these channels."""
        return await self.in_folder(uniqueids) + (await self.ari.found(uniqueids) if self.ari else [])

    async def written_down(self, uniqueids: Sequence[str]) -> list[str]:
        """Of which of these channels something was."""
        return await asyncio.to_thread(self.transcripts.there, uniqueids) if self.transcripts else []

    async def said(self, uniqueids: Sequence[str]) -> list[Transcript]:
        """What was said on these channels."""
        return await asyncio.to_thread(self.transcripts.found, uniqueids) if self.transcripts else []

    async def forget(self, uniqueids: Sequence[str]) -> int:
        """Remove what was written down of these channels; how many files there were."""
        if not (self.transcripts and uniqueids):
            return 0
        return await asyncio.to_thread(self.transcripts.erase, uniqueids)

    async def pieces(self, recording: Recording) -> AsyncIterator[bytes]:
        """The bytes of one."""
        if self.ari and is_ari(recording.id):
            async for piece in self.ari.pieces(recording.id):
                yield piece
        elif self.folder:
            pieces = self.folder.pieces(recording.name)
            while piece := await asyncio.to_thread(next, pieces, b""):
                yield piece

    async def erase(self, recordings: Sequence[Recording]) -> int:
        """Remove these; how many were still there."""
        gone = 0
        if self.folder:
            names = [each.name for each in recordings if not is_ari(each.id)]
            gone += await asyncio.to_thread(self.folder.erase, names)
        if self.ari:
            gone += await self.ari.erase([each.id for each in recordings if is_ari(each.id)])
        return gone

    def uniqueid_of(self, recording_id: str) -> str:
        """The channel that it was recorded on, by its name."""
        if self.ari and is_ari(recording_id):
            return uniqueid_of(self.ari.name_of(recording_id), self.ari.name)
        if not recording_id.endswith(SUFFIX):
            raise Refused("recordings: the attachment's name is no recording's; export it again")
        return uniqueid_of(recording_id.removesuffix(SUFFIX), FOLDER_NAME)

    async def named(self, recording_id: str, uniqueids: Sequence[str]) -> Recording:
        """That one of these channels' recordings which has the id."""
        for recording in await self.found(uniqueids):
            if recording.id == recording_id:
                return recording
        raise Refused("recordings: it is no longer there, or is no recording of this system; export it again")
