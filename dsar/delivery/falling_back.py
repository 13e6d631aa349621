"""What cannot be delivered goes by mail: to each of the controller's people, in the transaction that gives it up."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dsar.delivery.attempting import Tried
from dsar.domain.case import Notice
from dsar.domain.delivering import Ending, wait
from dsar.domain.telling import BUNDLE_READY, DUE_SOON, FORWARDED, REFERRED, RESTRICTION_ENDS, WITHDRAWN
from dsar.domain.work import Again, ByHand, End
from dsar.store import Connection, Database, courier, members, outbox, steps
from dsar.store.database import end_step
from dsar.store.members import MemberRow

# By event type, the letter in its place. A change of state alone is not mailed: the page and the API show it.
MAILED = {
    FORWARDED: "business_forwarded",
    REFERRED: "business_referred",
    DUE_SOON: "business_due_soon",
    BUNDLE_READY: "business_ready",
    WITHDRAWN: "business_withdrawn",
    RESTRICTION_ENDS: "business_restriction_ends",
}
ENDPOINT_OFF = "business_endpoint_off"
NOBODY = "neither an endpoint nor anybody to mail"


class FallingBack:
    """Settles the attempts after which a webhook will not arrive."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def settle(self, tried: Tried) -> None:
        """One transaction: step, attempt, endpoint and the mails. Raises LeaseLost when the step is another's now."""
        message = tried.waiting.message
        controller_id = message.controller_id
        assert controller_id is not None
        now = self._now()
        async with self._db.write() as tx:
            url = await courier.lock_endpoint(tx, controller_id)
            if url is not None and (tried.parcel is None or url != tried.parcel.url):
                # It was switched on, or moved, while this attempt was under way: what was met there counts no more.
                await self._end(tx, tried, Again(now + wait(1, 0.0), burns_attempt=False), now)
                return
            told = await members.of_controller(tx, controller_id)
            await self._end(tx, tried, await self._lost(tx, tried, told), now)
            await outbox.failed(tx, message.id, now)
            notices = [*await self._switched_off(tx, tried, url, told, now), *_by_mail(tried, told)]
            case_id = tried.waiting.case.id
            letters = await outbox.insert(tx, [(case_id, notice) for notice in notices], now)
            await steps.insert(tx, letters, now)

    async def _end(self, tx: Connection, tried: Tried, end: End, now: datetime) -> None:
        await end_step(tx, tried.waiting.step, end, now)
        if tried.attempt is not None:
            await outbox.attempted(tx, tried.waiting.message.id, tried.attempt, tried.at)

    async def _lost(self, tx: Connection, tried: Tried, told: list[MemberRow]) -> End:
        """A person's task where nobody else would hear of it: once a case."""
        waiting = tried.waiting
        if told or waiting.message.template not in MAILED or await courier.staff_knows(tx, waiting.case.id):
            return tried.end
        return ByHand({"reason": NOBODY})

    async def _switched_off(
        self, tx: Connection, tried: Tried, url: str | None, told: list[MemberRow], now: datetime
    ) -> list[Notice]:
        """The endpoint is switched off when it is gone or dead, and its owner hears of it once."""
        message = tried.waiting.message
        if url is None or message.controller_id is None:
            return []
        if tried.ending is Ending.GAVE_UP and await courier.arrived_since(
            tx, message.controller_id, message.id
        ):
            return []  # it lives: it was this message alone that it would not take
        await courier.switch_off(tx, message.controller_id, tried.ending.value, now)
        return [_mail(member.id, ENDPOINT_OFF, {"reason": tried.ending.value}) for member in told]


def _by_mail(tried: Tried, told: list[MemberRow]) -> list[Notice]:
    message = tried.waiting.message
    template = MAILED.get(message.template)
    return [_mail(member.id, template, message.facts) for member in told] if template else []


def _mail(member_id: UUID, template: str, facts: dict[str, str | int | None]) -> Notice:
    return Notice("mail", template, member_id=member_id, facts=facts)
