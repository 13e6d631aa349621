"""The answer to a business's question, as staff got it from the person, goes to the business."""

from datetime import datetime
from uuid import UUID

from dsar.domain import information
from dsar.domain.work import StepOutcome
from dsar.review.acting import Actor
from dsar.store import Connection, cases
from dsar.vault import Vault

ANSWER = "answer"  # the purpose that it is sealed for


async def answer_came(
    tx: Connection,
    vault: Vault,
    case_id: UUID,
    number: int,
    outcome: StepOutcome,
    answer: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the answer sealed in the history, where its controller reads it, and tell the controller."""
    case = await cases.lock(tx, case_id)
    sealed = vault.case_key(case.wrapped_key).seal(answer.encode(), ANSWER).hex()
    await cases.apply(tx, case, information.came(case, number, outcome, sealed, actor.name), now)
