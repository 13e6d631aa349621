"""One attempt at delivering to a controller: packed, posted, and what is to follow from it."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
from msgspec import Struct

from dsar.delivery.parcel import Packer, Parcel, Waiting
from dsar.domain.delivering import Ending, asked_seconds, ending, wait
from dsar.domain.telling import WEBHOOK
from dsar.domain.work import Again, ByHand, Done, End, StepOutcome, after_failure
from dsar.outbound.webhook import Delivered, post
from dsar.store.outbox import Attempt
from dsar.telemetry import log

UNPACKED_ATTEMPTS_MAX = 8
UNPACKED_FIRST_DELAY_SECONDS = 60.0


class Tried(Struct, frozen=True):
    """How an attempt ended. `parcel` and `attempt` are None where nothing was sent."""

    waiting: Waiting
    ending: Ending
    end: End
    at: datetime
    parcel: Parcel | None = None
    attempt: Attempt | None = None
    asked_seconds: float = 0.0  # for how long the receiver wants to be left alone

    @property
    def failed(self) -> bool:
        """Whether it was sent in vain."""
        return self.attempt is not None and self.ending is not Ending.DELIVERED

    @property
    def falls_back(self) -> bool:
        """Whether more is to be written than the end of a step."""
        lost = self.ending in {Ending.GONE, Ending.GAVE_UP, Ending.NOWHERE}
        return lost and self.waiting.message.channel == WEBHOOK


class Attempting:
    """Tries a message once. Many at the same time: nothing is shared but the client."""

    def __init__(
        self, client: httpx.AsyncClient, packers: Mapping[str, Packer], now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._packers = packers
        self._now = now

    async def attempt(self, waiting: Waiting) -> Tried:
        """Pack and post; whatever happens comes back as an end, and is raised by nobody."""
        at = self._now()
        try:
            parcel = await self._packers[waiting.message.channel].pack(waiting)
            if parcel is None:
                return Tried(waiting, Ending.NOWHERE, _lost("no endpoint is set"), at)
            met = await post(self._client, parcel.url, parcel.headers, parcel.body)
            return self._tried(waiting, parcel, met, at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must not be lost
            return self._unpacked(waiting, error, at)

    def _tried(self, waiting: Waiting, parcel: Parcel, met: Delivered, at: datetime) -> Tried:
        attempt = Attempt(met.status, met.error, met.response, met.seconds)
        number = waiting.step.attempt
        became = ending(number, met.status, may_be_gone=waiting.message.channel == WEBHOOK)
        reason = met.error or f"answered {met.status}"
        asked = 0.0
        end: End
        if became is Ending.DELIVERED:
            end = Done(StepOutcome.DONE, {"status": met.status})
        elif became is Ending.AGAIN:
            now = self._now()
            asked = asked_seconds(met.retry_after, now) or 0.0
            end = _again(number, asked, reason, now)
        else:
            end = _lost(reason)
        return Tried(waiting, became, end, at, parcel, attempt, asked)

    def _unpacked(self, waiting: Waiting, error: Exception, at: datetime) -> Tried:
        """A fault of ours is no fault of the endpoint: tried later, and then a person's task."""
        name = type(error).__name__
        log.warning("delivery.not_packed", step=str(waiting.step.id), error=name)
        end = after_failure(
            waiting.step.attempt, UNPACKED_ATTEMPTS_MAX, UNPACKED_FIRST_DELAY_SECONDS, at, name
        )
        return Tried(waiting, Ending.UNPACKED, end or ByHand({"reason": name}), at)


def _again(number: int, asked: float, reason: str, now: datetime) -> Again:
    later = wait(number, random.random(), asked)  # noqa: S311 - it spreads load, and guards nothing
    return Again(now + later, burns_attempt=True, detail={"reason": reason})


def _lost(reason: str) -> Done:
    return Done(StepOutcome.FAILED, {"reason": reason})
