"""What a closed case is remembered by, forgotten when its years are over."""

from datetime import datetime

from dsar.store.database import Connection
from dsar.store.queries import noun

_q = noun("evidence")
BATCH = 100


async def forget(connection: Connection, before: datetime, now: datetime) -> int:
    """Remove what could lead to a person from cases closed before then; how many, a batch at most.

    None, while another worker does it.
    """
    if not await _q["alone"].value(connection):
        return 0
    return await _q["forget"].run(connection, before=before, batch=BATCH, now=now)
