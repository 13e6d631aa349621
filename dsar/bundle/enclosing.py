"""The letters that go with an archive: those written so far, and the answer, which is drafted for it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec import structs

from dsar.bundle.contents import Withheld
from dsar.bundle.dossier import Dossier
from dsar.bundle.letters import Enclosed
from dsar.domain.case import Case, Decision
from dsar.domain.history import NewEvent
from dsar.render import Drafted, Letter
from dsar.store import Connection, Database, deliveries
from dsar.store.deliveries import LetterRow
from dsar.vault import CaseKey

DATED_ANEW_AFTER = timedelta(days=1)


class AnswerLetter(Protocol):
    """Who writes the letter of the answer. `withheld` is what stays out of the archive that it goes with."""

    async def draft(
        self, connection: Connection, case: Case, key: CaseKey, withheld: Sequence[Withheld], at: datetime
    ) -> Drafted:
        """The letter as it would be written at a time."""

    async def keep(
        self, tx: Connection, case: Case, key: CaseKey, drafted: Drafted, now: datetime
    ) -> tuple[UUID, NewEvent]:
        """Keep it; its id, and the entry for the history."""


class Enclosing:
    """The letters of one archive. They bear the time at which it was asked for, so that each try encloses the same."""

    def __init__(
        self,
        db: Database,
        answer: AnswerLetter | None,
        case: Case,
        key: CaseKey,
        asked_at: datetime,
        now: datetime,
    ) -> None:
        self._db = db
        self._answer = answer
        self._case = case
        self._key = key
        self._asked_at = asked_at
        self._at = asked_at
        if now - asked_at > DATED_ANEW_AFTER:
            # It waited for a person; a letter that told of days gone by would be wrong.
            self._at = datetime(now.year, now.month, now.day, tzinfo=UTC)
        self._drafted: Drafted | None = None

    async def letters(self, dossier: Dossier, withheld: Sequence[Withheld]) -> list[Enclosed]:
        """To the person alone: they name the request's reference, which opens the person's own page."""
        if self._case.controller_id is not None:
            return []
        since = dossier.answered_at
        async with self._db.read() as connection:
            rows = await deliveries.letters_of_case(connection, self._case.id)
            earlier = [row for row in rows if row.created_at <= self._asked_at]
            if dossier.number == 1 and self._answer is not None:
                self._drafted = await self._answer.draft(
                    connection, self._case, self._key, withheld, self._at
                )
        new = [self._opened(row) for row in earlier if since is None or row.created_at > since]
        if self._drafted is not None:
            new.append(Enclosed(self._drafted.kind, self._drafted.letter, self._at))
        return new

    async def follow(self, tx: Connection, case: Case, decision: Decision, now: datetime) -> Decision:
        """Keep the answer as it was enclosed, and hand it on to the step that sends it."""
        if self._drafted is None or self._answer is None:
            return decision
        letter_id, written = await self._answer.keep(tx, case, self._key, self._drafted, now)
        payload = {"letter": str(letter_id), "outcome": self._drafted.outcome}
        steps = tuple(structs.replace(step, payload={**step.payload, **payload}) for step in decision.steps)
        return structs.replace(decision, events=(*decision.events, written), steps=steps)

    def _opened(self, row: LetterRow) -> Enclosed:
        plain = self._key.open(row.sealed, "letter")
        return Enclosed(row.kind, msgspec.json.decode(plain, type=Letter), row.created_at)
