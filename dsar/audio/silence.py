"""Stretches of time as frames of a recording, widened to whole frames: of what is muted none is left over."""

from collections.abc import Sequence

from msgspec import Struct

from dsar.audio.errors import NoSuchChannel
from dsar.audio.wave import Block
from dsar.domain.withholding import Stretch


class Silence(Struct, frozen=True):
    """Frames from `first` to before `stop`, of one channel or of all; `stop` None: to the end."""

    first: int
    stop: int | None
    channel: int | None

    def lay(self, block: Block, at: int) -> None:
        """Silence its part of a block that begins at frame `at`."""
        first = max(self.first - at, 0)
        stop = len(block) if self.stop is None else min(self.stop - at, len(block))
        if first < stop:
            block[first:stop, slice(None) if self.channel is None else self.channel] = 0


def silences(mutes: Sequence[Stretch], rate: int, channels: int) -> tuple[Silence, ...]:
    """The frames that are silenced; raises NoSuchChannel."""
    return tuple(_silence(mute, rate, channels) for mute in mutes)


def _silence(mute: Stretch, rate: int, channels: int) -> Silence:
    if mute.channel is not None and not 0 <= mute.channel < channels:
        raise NoSuchChannel(f"recording: has {channels} channels and not the one that is to be muted")
    begin, end = mute.from_ms, mute.to_ms
    if end is not None and end < begin:  # the wrong way round: what lies between is meant
        begin, end = end, begin
    return Silence(first_frame(begin, rate), None if end is None else stop_frame(end, rate), mute.channel)


def first_frame(ms: int, rate: int) -> int:
    """The frame that sounds at a time."""
    return max(ms, 0) * rate // 1000


def stop_frame(ms: int, rate: int) -> int:
    """The first frame that begins at a time or after it."""
    return -(-max(ms, 0) * rate // 1000)
