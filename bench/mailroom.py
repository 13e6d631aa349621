"""A hundred controllers with their endpoints, and messages to them, committed as the service's own decisions are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from dsar.domain.case import Notice
from dsar.domain.identity import ProofKind
from dsar.engine import Service, open_service
from dsar.engine.opening import utc_now
from dsar.intake import RawSubmission, read
from dsar.outbound.webhook import new_secret
from dsar.settings import Settings
from dsar.store import controllers, endpoints, outbox, steps
from dsar.store.controllers import ControllerRow
from dsar.store.endpoints import SECRET_PURPOSE
from dsar.store.rows import new_id
from dsar.worker import Waker, waking

ENDPOINTS = 100
NOBODY_PORT = 1
POLL_SECONDS = 0.02


class Mailroom:
    """Tells the controllers by turns. One in ten is slow and one in ten dead, if it is mixed."""

    def __init__(self, service: Service, wake: Waker, *, mixed: bool) -> None:
        self._service = service
        self._wake = wake
        self._mixed = mixed
        self._controllers: list[UUID] = []
        self._case = UUID(int=0)
        self._told = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, port: int, *, mixed: bool) -> AsyncIterator["Mailroom"]:
        """On an empty database."""
        async with waking(settings.redis_url) as wake, open_service(settings, wake=wake) as service:
            room = cls(service, wake, mixed=mixed)
            await room._build(port)
            yield room

    async def _build(self, port: int) -> None:
        """Controllers, and a case for the messages to be about: nothing else is to be done."""
        service, now = self._service, utc_now()
        raw = RawSubmission(rights=("access",), relations=("prospect",), email="webhooks@bench.example")
        options = {"channel": "telephone", "proof": ProofKind.STAFF}
        filed = await service.desk.take(read(raw, service.profile.profile, now, **options))  # type: ignore[arg-type]
        self._case = filed.cases[0].id
        async with service.db.write() as tx:
            await tx.execute("DELETE FROM step")
            for number in range(ENDPOINTS):
                row = ControllerRow(id=new_id(), name=f"Business {number}", tenant=f"t{number}")
                await controllers.add(tx, row, now)
                sealed = service.vault.seal(new_secret().encode(), SECRET_PURPOSE)
                await endpoints.put(tx, row.id, self._url(number, port), sealed, "thin", now)
                self._controllers.append(row.id)

    def _url(self, number: int, port: int) -> str:
        if not self._mixed or number % 10 > 1:
            return f"http://127.0.0.1:{port}/quick/{number}"
        if number % 10 == 0:
            return f"http://127.0.0.1:{port}/slow/{number}"
        # Of the dead ones half hang, and at half of them nobody listens.
        return f"http://127.0.0.1:{port if number % 20 == 1 else NOBODY_PORT}/dead/{number}"

    def healthy_of(self, messages: int) -> int:
        """How many of so many messages go to healthy endpoints."""
        return messages * 8 // 10 if self._mixed else messages

    async def tell(self, messages: int) -> list[UUID]:
        """Commit messages to the next controllers, and wake the workers; their ids."""
        chosen = [self._controllers[(self._told + n) % ENDPOINTS] for n in range(messages)]
        self._told += messages
        facts: dict[str, str | int | None] = {"alarm": "soon", "clock": "assist", "days": 3}
        notices = [
            (self._case, Notice("webhook", "case.due_soon", controller_id=one, facts=facts)) for one in chosen
        ]
        async with self._service.db.write() as tx:
            new = await outbox.insert(tx, notices, utc_now())
            await steps.insert(tx, new, utc_now())
        self._wake()
        return [UUID(step.key) for _, step in new]

    async def all_settled(self, seconds_max: float) -> None:
        """Return when every message is on record as delivered."""
        left = "SELECT count(*) FROM outbox WHERE channel = 'webhook' AND sent_at IS NULL"
        async with asyncio.timeout(seconds_max), self._service.db.read() as connection:
            while await connection.fetchval(left):  # noqa: ASYNC110 - another process delivers them
                await asyncio.sleep(POLL_SECONDS)
