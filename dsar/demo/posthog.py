"""PostHog's stand-in: a real HTTP service with a memory, real delays and a strict eye on each request."""

import asyncio
import hmac
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from dsar.demo.exchange import Answer, Call, problem
from dsar.demo.posthog_double import checks
from dsar.demo.posthog_double.mischief import Mischief
from dsar.demo.posthog_double.operations import Operations
from dsar.demo.posthog_double.project import Event, Project
from dsar.demo.posthog_double.sample import fill
from dsar.demo.posthog_double.vendor import VendorContract
from dsar.demo.server import Server

__all__ = ["PostHogDouble", "fill"]


class PostHogDouble:
    """One project. With `contract`, every request and every answer is judged by the vendor's file too.

    `violations` lists what was wrong, in words without values; such a request is answered 400. `calls` lists
    what was asked, as (method, path within the project).
    """

    def __init__(
        self, *, project_id: str, api_key: str, deletion_seconds: float = 2.0, contract: Path | None = None
    ) -> None:
        self.violations: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self._base = f"/api/projects/{project_id}/"
        self._bearer = f"Bearer {api_key}".encode()
        self._project = Project(project_id, timedelta(seconds=deletion_seconds))
        self._operations = Operations(self._project)
        self._contract = VendorContract(contract) if contract else None
        self._mischief: deque[Mischief] = deque()
        self._numbers = count()
        self._ahead = timedelta()
        self._stopping = asyncio.Event()
        self._server = Server(self._answer)

    async def start(self) -> str:
        """Serve on a free loopback port; the base URL."""
        self._stopping.clear()
        return await self._server.start()

    async def stop(self) -> None:
        self._stopping.set()
        await self._server.stop()

    def forward(self, by: timedelta) -> None:
        """Let so much time have passed."""
        self._ahead += max(by, timedelta())

    def add_person(
        self,
        email: str,
        properties: dict[str, Any],
        events: Sequence[dict[str, Any]] = (),
        *,
        distinct_id: str = "",
    ) -> str:
        """Add a person with events (`event`, `timestamp`, `properties`); the person's uuid."""
        since = min((event["timestamp"] for event in events), default=datetime.now(UTC))
        named = distinct_id or _distinct_id(email)
        person = self._project.identify(named, {"email": email, **properties}, since)
        for event in events:
            self._capture(named, person.uuid, event, event["timestamp"])
        return str(person.uuid)

    def capture(self, email: str, event: str = "$pageview") -> None:
        """Let the person do something now; one that was deleted comes back with the same uuid."""
        now = self._now()
        person = self._project.identify(f"user|{email}", {"email": email}, now)
        self._capture(
            person.distinct_ids[0], person.uuid, {"event": event, "timestamp": now, "properties": {}}, now
        )

    def remaining(self, email: str) -> int:
        """How many persons and events of the address are still there, deleted persons' events included."""
        self._project.settle(self._now())
        return self._project.remaining(email)

    def events_of(self, uuids: Iterable[str]) -> list[Event]:
        """The events of these persons, deleted or not."""
        wanted = {UUID(uuid) for uuid in uuids}
        return [event for event in self._project.events if event.person_id in wanted]

    def misbehave(self, mischief: Mischief, times: int = 1) -> None:
        """Do it for the next calls (to the path that it names)."""
        self._mischief.extend([mischief] * times)

    def behave(self) -> None:
        """Forget what was told to be done wrong."""
        self._mischief.clear()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _capture(
        self, distinct_id: str, person_id: UUID, event: dict[str, Any], created_at: datetime
    ) -> None:
        uuid = uuid5(NAMESPACE_URL, f"{person_id}:{next(self._numbers)}")
        kept = Event(
            uuid, person_id, distinct_id, event["event"], event["timestamp"], created_at, event["properties"]
        )
        self._project.capture(distinct_id, kept)

    async def _answer(self, call: Call) -> Answer:
        tail = call.path.removeprefix(self._base) if call.path.startswith(self._base) else call.path
        self.calls.append((call.method, tail))
        sound = self._note(self._request_flaws(call, tail))
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), self._bearer):
            return problem(401, "authentication_error", "Invalid personal API key.")
        if not sound:
            return problem(400, "validation_error", "The request does not fit the contract.")
        mischief = self._taken(tail)
        if mischief.silent_seconds:
            await self._silence(mischief.silent_seconds)
        if mischief.status:
            return Answer(mischief.status, mischief.body, mischief.headers)
        return self._true_answer(call, tail, mischief)

    def _true_answer(self, call: Call, tail: str, mischief: Mischief) -> Answer:
        now = self._now()
        self._project.settle(now)
        answer = self._operations.run(tail, call, now)
        if mischief.rewrite:
            body = msgspec.json.encode(mischief.rewrite(msgspec.json.decode(answer.body)))
            answer = msgspec.structs.replace(answer, body=body)
        if (
            self._contract
            and answer.status < 300
            and not self._note(self._contract.answer_flaws(call, answer))
        ):
            return problem(400, "validation_error", "The answer does not fit the contract.")
        return msgspec.structs.replace(answer, cut=mischief.cut)

    def _request_flaws(self, call: Call, tail: str) -> list[str]:
        flaws = list(checks.flaws(call, tail))
        return flaws + list(self._contract.request_flaws(call) if self._contract else ())

    def _note(self, flaws: Iterable[str]) -> bool:
        before = len(self.violations)
        self.violations.extend(flaws)
        return len(self.violations) == before

    def _taken(self, tail: str) -> Mischief:
        for index, mischief in enumerate(self._mischief):
            if mischief.on in {"", tail}:
                del self._mischief[index]
                return mischief
        return Mischief()

    async def _silence(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _distinct_id(email: str) -> str:
    return f"user|{email}"
