"""Whom a task is about, in clear, for the one who does it: each look is an entry in the case's history."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Ref
from dsar.domain.case import Decision
from dsar.domain.errors import NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.work import FINISHED_BY_HAND, StepKind, StepState
from dsar.review.acting import Actor
from dsar.store import Database, cases, findings, identities, steps
from dsar.vault import Vault

_MESSAGES = frozenset({StepKind.SEND, StepKind.DELIVER})


class Whom(Struct, frozen=True):
    """The identities that may lead to an answer, and the subjects that the task's system knows."""

    identities: list[Ref]
    subjects: list[Ref]


class Showing:
    """Opens what a search by hand needs. Elsewhere staff sees identities masked."""

    def __init__(self, db: Database, vault: Vault, now: Callable[[], datetime]) -> None:
        self._db = db
        self._vault = vault
        self._now = now

    async def whom(self, actor: Actor, case_id: UUID, step_id: UUID) -> Whom:
        """Of a task that waits for a person; the history says who looked."""
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            step = await steps.one(tx, step_id, case_id)
            if step is None:
                raise NotFound("no such step")
            if step.state is not StepState.MANUAL or step.kind not in FINISHED_BY_HAND - _MESSAGES:
                raise NotNow("step", "is no task of a person's.", "Look at a step in the state manual.")
            key = self._vault.case_key(case.wrapped_key)
            rows = await identities.leading(tx, case)
            system_key = str(step.payload.get("system", step.key))
            matches = [
                row
                for row in await findings.matches_of_case(tx, case_id)
                if row.system_key == system_key and row.found.counts and not row.found.by_hand
            ]
            event = NewEvent("identities.shown", actor.name, {"step": str(step_id)})
            await cases.apply(tx, case, Decision(events=(event,)), self._now())
        return Whom(
            [Ref(row.kind.value, key.open(row.sealed, "identity").decode()) for row in rows],
            [msgspec.json.decode(key.open(row.sealed_ref, "ref"), type=Ref) for row in matches],
        )
