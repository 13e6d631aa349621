"""What was said in recorded calls, as software wrote it down: a JSON file beside each recording, turn by turn."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from dsar.contract import Refused
from dsar_asterisk.folder import Opened, opened
from dsar_asterisk.recordings import FOLDER_NAME

SUFFIX = ".json"
BYTES_MAX = 32 * 1024 * 1024
TURNS_MAX = 20_000
SECONDS_MAX = 7 * 24 * 3600
Seconds = Annotated[float, Meta(ge=0, le=SECONDS_MAX)]


class Said(Struct, frozen=True):
    """One turn: its text, who speaks by the software's label, and from when to when, in seconds of the recording."""

    text: str
    speaker: str | None = None
    channel: str | int | None = None
    begin: Seconds | None = field(default=None, name="from")
    end: Seconds | None = field(default=None, name="to")

    @property
    def label(self) -> str:
        """What the settings say whose it is: the speaker's, else the channel's."""
        return str(self.speaker if self.speaker is not None else self.channel)


class Written(Struct, frozen=True):
    """A file with its maker's name; one may also hold the turns alone."""

    turns: Annotated[list[Said], Meta(max_length=TURNS_MAX)]
    model: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    made_at: Annotated[datetime, Meta(tz=True)] | None = None


class Transcript(Struct, frozen=True):
    """What was said on one channel's recording."""

    uniqueid: str
    written: Written


_decoder = msgspec.json.Decoder(Written | Annotated[list[Said], Meta(max_length=TURNS_MAX)])


class Transcripts(Struct, frozen=True):
    """The folder of `call-<uniqueid>.json`."""

    path: Path
    setting: str = "transcripts_dir"

    def there(self, uniqueids: Iterable[str]) -> list[str]:
        """The channels that have one."""
        with opened(self.path, self.setting) as folder:
            return [uniqueid for uniqueid in uniqueids if folder.size(_name(uniqueid)) is not None]

    def found(self, uniqueids: Iterable[str]) -> list[Transcript]:
        """Those of these channels."""
        with opened(self.path, self.setting) as folder:
            sizes = [(uniqueid, folder.size(_name(uniqueid))) for uniqueid in uniqueids]
            return [
                Transcript(uniqueid, self._read(folder, _name(uniqueid), size))
                for uniqueid, size in sizes
                if size is not None
            ]

    def erase(self, uniqueids: Sequence[str]) -> int:
        """Remove those of these channels; how many there were."""
        with opened(self.path, self.setting) as folder:
            return folder.erase([_name(uniqueid) for uniqueid in uniqueids])

    def _read(self, folder: Opened, name: str, size: int) -> Written:
        if size > BYTES_MAX:
            raise Refused(f"{self.setting}: {name} is larger than {BYTES_MAX} bytes; split it")
        with os.fdopen(folder.file(name), "rb") as stream:
            raw = stream.read(BYTES_MAX)
        try:
            written = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Not chained: the decoder's words may quote what was said.
            raise Refused(
                f"{self.setting}: {name} is no list of turns with text, speaker, from and to; mend or move it"
            ) from None
        return written if isinstance(written, Written) else Written(written)


def _name(uniqueid: str) -> str:
    return f"{FOLDER_NAME.format(uniqueid=uniqueid)}{SUFFIX}"
