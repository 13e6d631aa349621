"""Claims steps, runs their handlers, sweeps. The table of handlers is the whole of what a worker can do."""

from dsar.engine.loop import Engine
from dsar.engine.service import Service, open_service
from dsar.engine.signing import Signing
from dsar.engine.watching import watch_systems

__all__ = ["Engine", "Service", "Signing", "open_service", "watch_systems"]
