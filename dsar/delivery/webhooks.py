"""Delivers one webhook to its controller's endpoint, with a row for every attempt."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from dsar.domain.case import Case
from dsar.domain.work import Again, Done, End, Step, StepOutcome
from dsar.outbound import sign, webhook_body
from dsar.outbound.webhook import RETRY_SECONDS, post
from dsar.settings import Settings
from dsar.store import Database, cases, endpoints, outbox
from dsar.store.endpoints import SECRET_PURPOSE
from dsar.store.outbox import Attempt, Message
from dsar.telemetry import messages_sent
from dsar.vault import Vault


class Delivering:
    """Handler of `delivery.webhook`. The message's id stays the same over all attempts."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        client: httpx.AsyncClient,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._client = client
        self._settings = settings
        self._now = now

    async def deliver(self, step: Step) -> None:
        """Try once; then sent, later, or given up."""
        async with self._db.read() as connection:
            message = await outbox.one(connection, UUID(str(step.payload["message"])))
            case = await cases.one(connection, message.case_id)
        if message.sent_at is not None:
            async with self._db.settle(step, Done(), self._now()):
                return
        attempt = await self._attempt(message, case)
        await self._settle(step, message, attempt, _after(step, attempt, self._now()))

    async def _attempt(self, message: Message, case: Case) -> Attempt:
        assert message.controller_id is not None
        async with self._db.read() as connection:
            endpoint = await endpoints.one(connection, message.controller_id)
        if endpoint is None or endpoint.disabled_at is not None:
            return Attempt(None, "no endpoint is set", None, 0.0)
        secret = self._vault.open(endpoint.sealed_secret, SECRET_PURPOSE).decode()
        body = webhook_body(
            message.template, message.created_at, _data(case, message, self._settings.public_url)
        )
        headers = sign(secret, str(message.id), self._now(), body)
        met = await post(self._client, endpoint.url, headers, body)
        return Attempt(met.status, met.error, met.response, met.seconds)

    async def _settle(self, step: Step, message: Message, attempt: Attempt, end: End) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            await outbox.attempted(tx, message.id, attempt, now)
            if isinstance(end, Done) and end.outcome is StepOutcome.DONE:
                await outbox.sent(tx, message.id, now)
            elif isinstance(end, Done):
                await outbox.failed(tx, message.id, now)
        messages_sent.labels(message.channel, type(end).__name__).inc()


def _data(case: Case, message: Message, public_url: str) -> dict[str, Any]:
    """Thin: which case and when it is due. What it holds is fetched with the controller's key."""
    return {
        "case_id": str(case.id),
        "reference": case.reference,
        "right": case.right.value,
        "state": case.state.value,
        "received_at": case.received_at.isoformat(),
        "assist_due_date": case.assist_due_date.isoformat() if case.assist_due_date else None,
        # The controller's own clock, counted from our receipt: it is its statutory date, not ours.
        "statutory_due_date": case.statutory_due_date.isoformat() if case.statutory_due_date else None,
        "url": f"{public_url}/api/v1/controller/cases/{case.id}",
        **message.facts,
    }


def _after(step: Step, attempt: Attempt, now: datetime) -> End:
    if attempt.status is not None and 200 <= attempt.status < 300:
        return Done(StepOutcome.DONE, {"status": attempt.status})
    reason = attempt.error or f"answered {attempt.status}"
    if step.attempt > len(RETRY_SECONDS):
        return Done(StepOutcome.FAILED, {"reason": reason})
    wait = timedelta(seconds=RETRY_SECONDS[step.attempt - 1])
    return Again(now + wait, burns_attempt=True, detail={"reason": reason})
