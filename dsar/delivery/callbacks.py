"""Packs OpenDSR's callbacks: how a request stood when its status changed, signed for our domain."""

from collections.abc import Awaitable, Callable

import msgspec

from dsar.delivery.parcel import Parcel, Waiting
from dsar.domain.opendsr import Processor, Report, reported
from dsar.store import Database, controllers
from dsar.vault.signing import Signer


class CallbackPacker:
    """Packs the channel `opendsr`. Its addresses are the request's own; the controller's endpoint is another thing."""

    def __init__(self, db: Database, signer: Callable[[], Awaitable[Signer]], processor: Processor) -> None:
        self._db = db
        self._signer = signer
        self._processor = processor

    async def pack(self, waiting: Waiting) -> Parcel | None:
        """The parcel. The body stays the same over all attempts, the signature is the key's of the moment."""
        facts = waiting.message.facts
        url = str(facts["url"])
        report = msgspec.convert(facts, Report)
        body = msgspec.json.encode(reported(report, self._processor) | {"status_callback_url": url})
        async with self._db.read() as connection:
            controller = await controllers.one(connection, report.controller_id)
        signer = await self._signer()
        signature = signer.sign(body, controller.opendsr_padding)
        headers = report.version.headers(signer.domain, signature)
        return Parcel(url, headers | {"content-type": "application/json"}, body)
