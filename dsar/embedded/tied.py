"""A command whose process ends with its parent's, however the parent ends."""

import os
import signal
import sys
from collections.abc import Sequence

from dsar.embedded.child import SHIM


def tied(command: Sequence[str]) -> list[str]:
    """The command line to spawn, from the main thread; `command[0]` is a path. SIGTERM comes when the parent ends."""
    who = (str(os.getpid()), str(os.geteuid()), str(os.getegid()), str(int(signal.SIGTERM)))
    return [sys.executable, "-I", "-S", str(SHIM), *who, *command]
