"""How a request stands, in a body that its controller reads: asked for, or called back with."""

from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Outcome
from dsar.domain.opendsr.status import Status, completion_time
from dsar.domain.opendsr.version import Version

# GDPR 28(3)(a): where the controller itself refused, its instruction is our ground
INSTRUCTED = "GDPR 28(3)(a)"


class Report(Struct, frozen=True, kw_only=True):
    """As of one moment; a callback that arrives late tells of its own."""

    case_id: UUID
    controller_id: UUID
    subject_request_id: UUID
    version: Version
    status: Status
    assist_due_date: date
    outcome: Outcome | None
    ground: str | None
    results_count: int | None
    has_bundle: bool


class Processor(Struct, frozen=True):
    """We, as the protocol sees us: `domain` is the one that our certificate names."""

    domain: str
    public_url: str
    timezone: str


def reported(report: Report, processor: Processor) -> dict[str, Any]:
    """The body. What it has nothing to say of stays out."""
    body: dict[str, Any] = {
        "controller_id": str(report.controller_id),
        "expected_completion_time": completion_time(report.assist_due_date, processor.timezone),
        "subject_request_id": str(report.subject_request_id),
        "request_status": report.status.value,
        "api_version": report.version.value,
    }
    if report.status is not Status.COMPLETED:
        return body
    if report.has_bundle:
        body["results_url"] = f"{processor.public_url}/api/v1/controller/cases/{report.case_id}/bundle"
    return body | {
        "results_count": report.results_count or 0,
        "extensions": {processor.domain: _ending(report)},
    }


def _ending(report: Report) -> dict[str, str]:
    """How it ended: the protocol has no word for a refusal, nor for a part."""
    ending = {"outcome": report.outcome.value} if report.outcome else {}
    if report.outcome is Outcome.REFUSED:
        ending["ground"] = report.ground or INSTRUCTED
    return ending
