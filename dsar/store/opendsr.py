"""Requests by OpenDSR in Postgres, what their controllers are called back with, and the key that signs it all."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, Decision, Notice, Outcome, State
from dsar.domain.opendsr import Asked, Report, Status, Version, counted, status_of
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("opendsr")

CHANNEL = "opendsr"
STATUS = "opendsr.status"
KEY_PURPOSE = "opendsr signing key"


class TakenAlready(Exception):
    """Another call filed a request of this id just now; whatever this one did is rolled back."""


class OpendsrRow(Struct, frozen=True, kw_only=True):
    """A request with its case as it stands."""

    controller_id: UUID
    subject_request_id: UUID
    case_id: UUID
    version: Version
    callback_urls: tuple[str, ...]
    body_blind: bytes
    received_time: datetime
    results_count: int | None
    state: State
    outcome: Outcome | None
    assist_due_date: date
    ground: str | None
    has_bundle: bool

    @property
    def report(self) -> Report:
        """As its controller is told."""
        return Report(
            case_id=self.case_id,
            controller_id=self.controller_id,
            subject_request_id=self.subject_request_id,
            version=self.version,
            status=status_of(self.state, self.outcome),
            assist_due_date=self.assist_due_date,
            outcome=self.outcome,
            ground=self.ground,
            results_count=self.results_count,
            has_bundle=self.has_bundle,
        )


async def add(
    connection: Connection, controller_id: UUID, case_id: UUID, asked: Asked, body_blind: bytes, now: datetime
) -> None:
    """Keep a request beside its case; raises TakenAlready. Of its body no more is kept than a keyed hash."""
    changed = await _q["insert"].run(
        connection,
        controller_id=controller_id,
        subject_request_id=asked.subject_request_id,
        case_id=case_id,
        version=asked.version.value,
        regulation=asked.regulation.value,
        subject_request_type=asked.request_type.value,
        callback_urls=list(asked.callback_urls),
        body_blind=body_blind,
        submitted_time=asked.submitted_time,
        received_time=now,
    )
    if changed != 1:
        raise TakenAlready("the id was used just now")


async def one(
    connection: Connection, controller_id: UUID, subject_request_id: UUID, now: datetime
) -> OpendsrRow | None:
    """A controller's request by the controller's own id."""
    row = await _q["one"].row(
        connection, controller_id=controller_id, subject_request_id=subject_request_id, now=now
    )
    return as_struct(row, OpendsrRow) if row else None


async def of_case(connection: Connection, case_id: UUID, now: datetime) -> OpendsrRow | None:
    """The request that a case came of, where it came by the protocol."""
    row = await _q["of_case"].row(connection, case_id=case_id, now=now)
    return as_struct(row, OpendsrRow) if row else None


async def callbacks(
    connection: Connection, case: Case, decision: Decision, now: datetime
) -> tuple[Notice, ...]:
    """What a decision on a locked case has its controller called back with: nothing unless the status changes."""
    outcome = decision.outcome or case.outcome
    status = status_of(decision.state or case.state, outcome)
    if case.controller_id is None or status is status_of(case.state, case.outcome):
        return ()
    row = await of_case(connection, case.id, now)
    if row is None:
        return ()
    count = counted(status, outcome, int(await _q["found"].value(connection, case_id=case.id)))
    if status is Status.COMPLETED:
        await _q["completed"].run(connection, case_id=case.id, results_count=count)
    report = msgspec.structs.replace(row.report, status=status, outcome=outcome, results_count=count)
    return notices(report, row.callback_urls)


def notices(report: Report, urls: Iterable[str]) -> tuple[Notice, ...]:
    """One message for each address; each has its own id and its own attempts."""
    facts: dict[str, Any] = msgspec.to_builtins(report)
    return tuple(
        Notice(CHANNEL, STATUS, controller_id=report.controller_id, facts={**facts, "url": url})
        for url in urls
    )


async def keep_key(
    connection: Connection, domain: str, sealed_private_key: bytes, certificate: str, now: datetime
) -> None:
    """Keep a key for a domain that has none yet."""
    await _q["keep_key"].run(
        connection, domain=domain, sealed_private_key=sealed_private_key, certificate=certificate, now=now
    )


async def signing_key(connection: Connection, domain: str) -> tuple[bytes, str] | None:
    """A domain's sealed private key, and its certificate."""
    row = await _q["signing_key"].row(connection, domain=domain)
    return (row["sealed_private_key"], row["certificate"]) if row else None
