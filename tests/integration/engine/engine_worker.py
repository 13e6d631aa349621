"""A real worker in a process of its own, whose only connector is the folder's: `python engine_worker.py`."""

import asyncio
from types import SimpleNamespace

from engine_files import FolderConnector

from dsar.fanout import collecting
from dsar.outbound import systems
from dsar.settings import load
from dsar.worker import work

systems.entry_points = lambda group: [SimpleNamespace(load=FolderConnector, value="folder")]

collecting.FLUSH_BYTES = 256 * 1024  # so that a kill falls between two marks

if __name__ == "__main__":
    asyncio.run(work(load()))
