"""Requests with all that they consist of, written in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from dsar.domain.case import Notice
from dsar.domain.history import Event
from dsar.domain.work import NewStep
from dsar.store import cases, challenges, events, identities, outbox, requests, steps
from dsar.store.cases import NewCase
from dsar.store.challenges import NewChallenge
from dsar.store.database import Connection
from dsar.store.identities import IdentityRow
from dsar.store.queries import noun
from dsar.store.requests import RequestRow
from dsar.store.rows import new_id

_q = noun("arrival")


class Arrival(Protocol):
    """All rows of one request."""

    @property
    def request(self) -> RequestRow:
        """The request itself."""

    @property
    def cases(self) -> list[NewCase]:
        """Its cases."""

    @property
    def events(self) -> list[Event]:
        """How their histories begin."""

    @property
    def identities(self) -> list[IdentityRow]:
        """Who the person says to be."""

    @property
    def challenges(self) -> list[NewChallenge]:
        """Codes that are about to be sent."""

    @property
    def notices(self) -> list[tuple[UUID, Notice]]:
        """Messages, with their cases."""

    @property
    def steps(self) -> list[tuple[UUID, NewStep]]:
        """Work beside that of sending, with its cases."""


async def insert(connection: Connection, new: Sequence[Arrival], profile_hash: bytes, now: datetime) -> None:
    """Add requests, their cases, histories, identities, codes, messages and steps."""
    notices = [notice for one in new for notice in one.notices]
    message_ids = [new_id() for _ in notices]
    work = [step for one in new for step in one.steps] + outbox.sending(message_ids, notices)
    await _q["insert"].run(
        connection,
        **_of("request", requests.columns([one.request for one in new])),
        **_of("case", cases.columns([case for one in new for case in one.cases])),
        **_of("event", events.columns([event for one in new for event in one.events])),
        **_of("identity", identities.columns([row for one in new for row in one.identities])),
        **_of("challenge", challenges.columns([row for one in new for row in one.challenges])),
        **_of("outbox", outbox.columns(message_ids, notices)),
        **_of("step", steps.columns(work, now)),
        profile_hash=profile_hash,
        now=now,
    )


def _of(table: str, columns: dict[str, Any]) -> dict[str, Any]:
    return {f"{table}_{name}": values for name, values in columns.items()}
