"""Staff's triage: cases by due date, one case with all that happened, requests entered by hand."""

import base64
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from dsar.contract import Ref, Role
from dsar.domain.case import Case, State
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.history import Event
from dsar.domain.identity import Claim, IdentityKind, ProofKind, masked
from dsar.domain.rights import Right
from dsar.engine import Service
from dsar.intake import Check, Filed, RawSubmission, read
from dsar.review.tasks import LATE_NOTE
from dsar.store import (
    Connection,
    cases,
    decisions,
    deliveries,
    events,
    findings,
    identities,
    legal_holds,
    steps,
    systems,
)
from dsar.store.cases import CaseRow, Filter
from dsar.vault import Vault, VaultError
from dsar.vault.keys import CaseKey
from dsar.web.api_holds import shown as shown_hold
from dsar.web.edge import REFERENCE
from dsar.web.given import GivenService, GivenStaff
from dsar.web.once import TAKEN, file_once

PAGE_SIZE_MAX = 200
CHANNELS = ("telephone", "letter", "email")


class ListedCase(CaseRow, frozen=True, kw_only=True):
    """`number` is what the case's controller knows it by; None for the operator's own."""

    number: str | None


class CasePage(Struct, frozen=True):
    """A page of cases by due date; `next` is the cursor of the following one."""

    cases: list[ListedCase]
    next: str | None


class StaffRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request that came by telephone, letter or mail. `checked` says how the identity was checked, if it was.

    The check is recorded, never a copy of what was shown: EDPB 01/2022 §79.
    """

    rights: tuple[str, ...]
    relations: tuple[str, ...]
    channel: str
    received_at: datetime
    email: str = ""
    phone: str = ""
    account_id: str = ""
    business: str = ""
    number_called: str = ""
    message: str = ""
    language: str = ""
    residence: str = ""
    purposes: tuple[str, ...] = ()
    checked: str = ""


class Entered(Struct, frozen=True):
    """The new request and its cases."""

    reference: str
    cases: list[UUID]


def cursor_of(row: CaseRow) -> str:
    """Where the next page begins."""
    return base64.urlsafe_b64encode(f"{row.due_date.isoformat()}|{row.id}".encode()).decode()


def after_cursor(text: str | None) -> tuple[date, UUID] | None:
    """What a cursor says; raises InvalidInput for one that is not ours."""
    if text is None:
        return None
    try:
        due, _, case_id = base64.urlsafe_b64decode(text).decode().partition("|")
        return date.fromisoformat(due), UUID(case_id)
    except ValueError as error:
        raise InvalidInput(FieldError("after", "is no cursor of ours.", "Take it from `next`.")) from error


@get("/api/v1/cases", tags=["staff"])
async def list_cases(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    service: GivenService,
    case_state: Annotated[State | None, QueryParameter(name="state")] = None,
    right: FromQuery[Right | None] = None,
    role: FromQuery[Role | None] = None,
    due_until: FromQuery[date | None] = None,
    assignee: FromQuery[UUID | None] = None,
    reference: FromQuery[str | None] = None,
    overdue: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> CasePage:
    """Cases by due date."""
    if reference is not None and not REFERENCE.fullmatch(reference):
        raise InvalidInput(
            FieldError("reference", "is none of ours.", "Write it as in R-7K2M-9Q4T-XW3D-5HPA.")
        )
    wanted = Filter(
        state=case_state,
        role=role,
        right=right,
        due_until=due_until,
        assignee=assignee,
        reference=reference,
        overdue_on=_today(service) if overdue else None,
    )
    async with service.db.read() as connection:
        rows = await cases.page(connection, wanted, after_cursor(after), limit)
    shown = [ListedCase(**msgspec.structs.asdict(row), number=_number(row)) for row in rows]
    return CasePage(shown, cursor_of(rows[-1]) if len(rows) == limit else None)


def _number(case: Case | CaseRow) -> str | None:
    return case.shown_reference if case.controller_id is not None else None


def _today(service: Service) -> date:
    """A due date is a local day of the operator's."""
    return service.now().astimezone(ZoneInfo(service.profile.profile.operator.timezone)).date()


@get("/api/v1/cases/{case_id:uuid}", tags=["staff"])
async def one_case(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> dict[str, Any]:
    """One case with its clock, history, steps, systems, matches, holds and notes."""
    async with service.db.read() as connection:
        case = await cases.one(connection, case_id)
        key = service.vault.case_key(case.wrapped_key) if case.wrapped_key else None
        shown = msgspec.to_builtins(case)
        for hidden in ("wrapped_key", "event_head", "event_count"):
            shown.pop(hidden)
        return {
            **shown,
            "number": _number(case),
            "clock": await cases.clock(connection, case_id),
            "events": [_event(e, key) for e in await events.of_case(connection, case_id)],
            "steps": await steps.of_case(connection, case_id),
            "systems": [_system(row) for row in await systems.enabled(connection)],
            "counts": await findings.counts_of_case(connection, case_id),
            "holds": await findings.holds_of_case(connection, case_id),
            "legal_holds": [shown_hold(h) for h in await legal_holds.of_case(connection, case_id)],
            **await _opened(connection, case_id, key, service.vault),
        }


def _ref(key: CaseKey, sealed: bytes) -> dict[str, str]:
    """Whom a match means: a vendor's id as it is, for staff to look it up there; an address masked."""
    ref = msgspec.json.decode(key.open(sealed, "ref"), type=Ref)
    known = {kind.value: kind for kind in IdentityKind}
    value = masked(Claim(known[ref.kind], ref.value)) if ref.kind in known else ref.value
    return {"kind": ref.kind, "value": value}


# Words in the history that stand sealed: the entry's name for them, what staff sees, the purpose they are bound to.
SEALED_WORDS = {
    "sealed_reasons": ("reasons", "refusal"),
    "sealed_ground": ("words", "ground"),
    "sealed_answer": ("answer", "answer"),
}


def _event(event: Event, key: CaseKey | None) -> dict[str, Any]:
    data = {name: value for name, value in event.data.items() if name not in SEALED_WORDS}
    for name, (shown, purpose) in SEALED_WORDS.items():
        if key is not None and event.data.get(name):
            data[shown] = key.open(bytes.fromhex(event.data[name]), purpose).decode()
    return {"seq": event.seq, "at": event.at, "type": event.type, "actor": event.actor, "data": data}


def _system(row: Any) -> dict[str, Any]:
    return {"key": row.key, "title": row.title, "roles": row.roles, "paused_reason": row.paused_reason}


async def _late_notes(connection: Connection, case_id: UUID, vault: Vault) -> AsyncIterator[dict[str, Any]]:
    """Of a case whose key is gone, what staff has written since."""
    for note in await deliveries.notes_of_case(connection, case_id):
        with suppress(VaultError):  # those of before were sealed with the case's key, and went with it
            text = vault.open(note["sealed"], LATE_NOTE).decode()
            yield {"id": note["id"], "by": note["staff_id"], "at": note["created_at"], "text": text}


async def _opened(connection: Connection, case_id: UUID, key: CaseKey | None, vault: Vault) -> dict[str, Any]:
    """What stands sealed, for the one who works on the case; little once the key is gone."""
    if key is None:
        late = [note async for note in _late_notes(connection, case_id, vault)]
        return {"identities": [], "matches": [], "notes": late, "decisions": [], "details": {}}
    who = [
        {
            "kind": row.kind.value,
            "masked": masked(Claim(row.kind, key.open(row.sealed, "identity").decode())),
            "proof": row.proof,
        }
        for row in await identities.of_case(connection, case_id)
    ]
    matches = [
        {
            "id": row.id,
            "system": row.system_key,
            "found_by": row.found_by,
            "sure": row.sure,
            "decision": row.decision,
            "ref": _ref(key, row.sealed_ref),
        }
        for row in await findings.matches_of_case(connection, case_id)
    ]
    notes = [
        {
            "id": n["id"],
            "by": n["staff_id"],
            "at": n["created_at"],
            "text": key.open(n["sealed"], "note").decode(),
        }
        for n in await deliveries.notes_of_case(connection, case_id)
    ]
    decided = [
        {
            "id": row.id,
            "by": row.staff_id,
            "at": row.created_at,
            "decision": msgspec.json.decode(key.open(row.sealed, "decision")),
        }
        for row in await decisions.of_case(connection, case_id)
    ]
    details = await cases.sealed_details(connection, case_id)
    return {
        "identities": who,
        "matches": matches,
        "notes": notes,
        "decisions": decided,
        "details": msgspec.json.decode(key.open(details, "details")) if details else {},
    }


@post("/api/v1/staff/requests", status_code=201, tags=["staff"], opt={"once": TAKEN})
async def enter_request(
    request: Request[Any, Any, Any], staff: GivenStaff, data: JSONBody[StaffRequest], service: GivenService
) -> Response[Entered]:
    """Enter a request that came by telephone or letter, with the time it came."""
    if data.channel not in CHANNELS:
        raise InvalidInput(FieldError("channel", "is unknown.", f"Use one of: {', '.join(CHANNELS)}."))
    given = msgspec.structs.asdict(data)
    raw = RawSubmission(**{name: given[name] for name in RawSubmission.__struct_fields__})
    checked = data.checked.strip()
    submission = read(
        raw,
        service.profile.profile,
        service.now(),
        channel=data.channel,
        received_at=data.received_at,
        actor=staff.name,
        proof=ProofKind.STAFF if checked else None,
        check=Check(staff.id, checked) if checked else None,
    )

    def answer(filed: Filed) -> Entered:
        return Entered(filed.request.reference, [case.id for case in filed.cases])

    return await file_once(request, service, staff.name, submission, answer, status=201)


HANDLERS = [list_cases, one_case, enter_request]
