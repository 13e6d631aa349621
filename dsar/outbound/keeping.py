"""What all workers know of a system together: how often it was called, asked to wait and failed."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from dsar.contract import Throttled
from dsar.domain.health import Pace


class Withheld(Throttled):
    """We did not ask: no place was free, its limit is used up, or it failed too often. Burns no attempt.

    `silent` says that it failed too often, and a probe has yet to find that it answers again.
    """

    def __init__(self, text: str, *, until: datetime, silent: bool = False) -> None:
        super().__init__(text, until=until)
        self.silent = silent


class Turn(Struct, frozen=True):
    """Whether a call may go, after so many seconds; or, where it may not, how long until it is worth asking again."""

    taken: bool
    seconds: float


class Keeper(Protocol):
    """Where it is kept, over all workers. `version` is of the settings that were used: a newer one is not concerned."""

    async def turn(self, key: str, pace: Pace, wait_seconds: float) -> Turn:
        """Take a place for one call, if it comes within the time that the caller would wait."""

    async def hold(self, key: str, until: datetime) -> None:
        """The vendor asks to wait."""

    async def failed(self, key: str, version: int) -> None:
        """It could not be reached, or did not answer as it should."""

    async def answered(self, key: str, version: int) -> None:
        """It answered, after it had failed."""

    async def refused_us(self, key: str, version: int, reason: str) -> bool:
        """Its credentials do not work; False where it has others by now."""


class Alone:
    """Keeps nothing: for a command that opens a system once, whoever else may be using it."""

    async def turn(self, key: str, pace: Pace, wait_seconds: float) -> Turn:  # noqa: ARG002
        """At once."""
        return Turn(taken=True, seconds=0.0)

    async def hold(self, key: str, until: datetime) -> None:
        """Not remembered."""

    async def failed(self, key: str, version: int) -> None:
        """Not remembered."""

    async def answered(self, key: str, version: int) -> None:
        """Not remembered."""

    async def refused_us(self, key: str, version: int, reason: str) -> bool:  # noqa: ARG002
        """Not remembered."""
        return True
