"""What the supervisor must know of a bundled service, as data."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dsar.embedded.account import Account


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    tag: str
    command: tuple[str, ...]  # absolute path first; the tag stands in it
    account: Account
    log: Path
    stop_signals: tuple[signal.Signals, ...]  # the polite one first; it also comes when the parent dies
    clear: Callable[[], None]  # remove what a killed predecessor left, once no process of it lives
    is_ready: Callable[[int], bool]  # of the process with this pid
