"""A case as its controller sees it: both of its dates, who asks, what was said, what was asked and what is there."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.delivery import who_asks
from dsar.delivery.fetching import is_there
from dsar.domain.case import Case, State
from dsar.domain.history import Event
from dsar.domain.information import Question, questions
from dsar.domain.routing import INSTRUCTED
from dsar.store import Connection, deliveries, findings, identities
from dsar.store.cases import CaseRow
from dsar.store.deliveries import BundleRow
from dsar.vault import CaseKey, Vault


class ControllerCase(Struct, frozen=True, kw_only=True):
    """A case as lists show it. `statutory_due_date` is the controller's own clock, counted from our receipt."""

    id: UUID
    reference: str
    right: str
    state: str
    outcome: str | None
    received_at: datetime
    assist_due_date: date | None
    statutory_due_date: date | None
    closed_at: datetime | None


class SaidInstruction(Struct, frozen=True, kw_only=True):
    """What was instructed, by whom and when. `standing` names the standing instruction that it follows from."""

    at: datetime
    by: str
    instruction: str
    answer_to: str | None
    ground: str | None
    standing: str | None


class Information(Struct, frozen=True, kw_only=True):
    """A question that was put to the person, and what came back. `state`: waiting, answered, no_answer."""

    asked_at: datetime
    question: str | None
    state: str
    answered_at: datetime | None
    answer: str | None


class BundleThere(Struct, frozen=True):
    """The answer's archive, while it can be fetched; `supplements` counts those that came after it."""

    bytes: int
    sha256: str
    expires_at: datetime
    supplements: int


class ControllerCaseDetail(ControllerCase, frozen=True, kw_only=True):
    """With who asks, so that the controller can find the person, and what was collected.

    Once the case's key is destroyed nobody is named any more, and no words can be read.
    """

    identities: list[dict[str, Any]]
    counts: list[dict[str, Any]]
    answer_to: str | None
    instructions: list[SaidInstruction]
    information: list[Information]
    bundle: BundleThere | None


def shown(row: CaseRow | Case) -> ControllerCase:
    """A case as lists show it."""
    return ControllerCase(**_common(row))


def _common(row: CaseRow | Case) -> dict[str, Any]:
    return {
        "id": row.id,
        "reference": row.shown_reference,
        "right": row.right.value,
        "state": row.state.value,
        "outcome": row.outcome.value if row.outcome else None,
        "received_at": row.received_at,
        "assist_due_date": row.assist_due_date,
        "statutory_due_date": row.statutory_due_date,
        "closed_at": row.closed_at,
    }


async def detail(
    connection: Connection, vault: Vault, case: Case, history: Sequence[Event], now: datetime
) -> ControllerCaseDetail:
    """One case with all that its controller may see; on a connection that sees no other controller's."""
    rows = await identities.of_case(connection, case.id)
    found = await deliveries.bundles_of_case(connection, case.id)
    key = vault.case_key(case.wrapped_key) if case.wrapped_key is not None else None
    return ControllerCaseDetail(
        **_common(case),
        identities=who_asks(key, rows)
        if key is not None and case.state is not State.AWAITING_IDENTITY
        else [],
        counts=await findings.counts_for_controller(connection, case),
        answer_to=case.answer_to.value if case.answer_to else None,
        instructions=[_said(event, key) for event in history if event.type == INSTRUCTED],
        information=[_information(question, key) for question in questions(history)],
        bundle=_there(found, now),
    )


def _said(event: Event, key: CaseKey | None) -> SaidInstruction:
    data = event.data
    return SaidInstruction(
        at=event.at,
        by=data.get("given_by") or event.actor,
        instruction=data["instruction"],
        answer_to=data.get("answer_to"),
        ground=_opened(key, data.get("sealed_ground"), "ground"),
        standing=data.get("standing"),
    )


def _information(question: Question, key: CaseKey | None) -> Information:
    return Information(
        asked_at=question.asked_at,
        question=_opened(key, question.sealed_question, "ground"),
        state=question.state.value,
        answered_at=question.answered_at,
        answer=_opened(key, question.sealed_answer, "answer"),
    )


def _opened(key: CaseKey | None, sealed: str | None, purpose: str) -> str | None:
    if key is None or not sealed:
        return None
    return key.open(bytes.fromhex(sealed), purpose).decode()


def _there(found: Sequence[BundleRow], now: datetime) -> BundleThere | None:
    there = [row for row in found if is_there(row, now)]
    answer = next((row for row in there if row.number == 1), None)
    if answer is None:
        return None
    return BundleThere(answer.bytes, answer.sha256.hex(), answer.expires_at, len(there) - 1)
