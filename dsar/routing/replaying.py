"""Sends a controller what it has missed: webhooks go again under their ids, so that it knows those it had."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.store import Connection, Database, courier, endpoints, webhooks

SINCE_AGO_MAX = timedelta(days=31)


class Replaying:
    """Makes messages due again, with all their attempts."""

    def __init__(self, db: Database, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._db = db
        self._now = now
        self._wake = wake

    async def one(self, controller_id: UUID, message_id: UUID) -> None:
        """One message; raises NotFound, or NotNow while it is on its way."""
        async with self._db.write() as tx:
            if not await webhooks.exists(tx, controller_id, message_id):
                raise NotFound("no such delivery")
            await _require_endpoint(tx, controller_id)
            if not await courier.replay(tx, controller_id, self._now(), message_ids=[message_id]):
                raise NotNow("id", "is on its way just now.", "Wait for its attempt to end.")
        self._wake()

    async def since(self, controller_id: UUID, since: datetime) -> int:
        """All messages from then on; how many."""
        now = self._now()
        if since.tzinfo is None or not now - SINCE_AGO_MAX <= since <= now:
            raise InvalidInput(
                FieldError(
                    "since",
                    "is no time of the last {days} days.",
                    "Write it with its offset, as 2026-03-02T10:00:00Z.",
                    days=SINCE_AGO_MAX.days,
                )
            )
        async with self._db.write() as tx:
            await _require_endpoint(tx, controller_id)
            count = await courier.replay(tx, controller_id, now, since=since)
        self._wake()
        return count


async def _require_endpoint(tx: Connection, controller_id: UUID) -> None:
    """Without one each message would go out by mail, again."""
    endpoint = await endpoints.one(tx, controller_id)
    if endpoint is None or endpoint.disabled_at is not None:
        raise NotNow("endpoint", "is not set, or is switched off.", "Set it or switch it on, then replay.")
