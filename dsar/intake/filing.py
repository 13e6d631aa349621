"""What is written for one submission: its request, its cases with their clocks, its sealed identities, its codes."""

import secrets
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Role
from dsar.domain import watching
from dsar.domain.case import BITS, Notice, State, spelled
from dsar.domain.clock import assist_due
from dsar.domain.deadline import deadline
from dsar.domain.history import Event, NewEvent, chain
from dsar.domain.identity import CHANNEL_OF, Claim
from dsar.domain.profile import Jurisdiction, Profile
from dsar.domain.proof import CODE_DIGITS, CODE_LIFETIME
from dsar.domain.routing import Cut, cut
from dsar.domain.work import NewStep
from dsar.intake.submission import Submission
from dsar.store.cases import NewCase
from dsar.store.challenges import NewChallenge
from dsar.store.identities import IdentityRow
from dsar.store.requests import RequestRow
from dsar.store.rows import new_id
from dsar.vault import CaseKey, Vault

ACKNOWLEDGEMENT = "acknowledgement"


class Filed(Struct, frozen=True, kw_only=True):
    """All rows of one submission. Writing them is one transaction."""

    request: RequestRow
    cases: list[NewCase]
    events: list[Event]
    identities: list[IdentityRow]
    challenges: list[NewChallenge]
    notices: list[tuple[UUID, Notice]]
    steps: list[tuple[UUID, NewStep]] = []


def file(submission: Submission, profile: Profile, vault: Vault, now: datetime) -> Filed:
    """Cut the request into cases and seal what is personal."""
    request = RequestRow(
        new_id(), new_reference(), submission.received_at, submission.channel, submission.language
    )
    filed = Filed(request=request, cases=[], events=[], identities=[], challenges=[], notices=[])
    where = profile.jurisdiction(submission.residence)
    pieces = _cuts(submission, profile)
    keys = [_add_case(filed, submission, piece, where, profile, vault, now) for piece in pieces]
    _greet(filed, submission, keys[0], vault, now)
    return filed


def _cuts(submission: Submission, profile: Profile) -> list[Cut]:
    if submission.controller_id is not None:
        return [Cut(right, Role.PROCESSOR) for right in submission.rights]
    return cut(submission.rights, submission.relations, profile)


def _add_case(
    filed: Filed,
    submission: Submission,
    piece: Cut,
    where: Jurisdiction,
    profile: Profile,
    vault: Vault,
    now: datetime,
) -> CaseKey:
    clock = deadline(submission.received_at, where, piece.right)
    key, wrapped = vault.new_case_key()
    assist = _assist(submission, piece, profile)
    case_id = new_id()
    received = NewEvent(
        "case.received",
        submission.actor,
        {"right": piece.right.value, "channel": submission.channel, "due_date": clock.due_date.isoformat()},
    )
    events = chain(case_id, 0, b"", now, [received])
    filed.events.extend(events)
    filed.cases.append(
        NewCase(
            id=case_id,
            request_id=filed.request.id,
            right=piece.right,
            role=piece.role.value,
            state=_first_state(submission),
            residence=where.residence,
            regime=where.regime.value,
            received_at=submission.received_at,
            due=clock,
            wrapped_key=wrapped,
            sealed_details=key.seal(msgspec.json.encode(submission.details), "details"),
            event_count=len(events),
            event_head=events[-1].hash,
            controller_id=submission.controller_id,
            tenant=submission.tenant,
            assist_due_date=assist,
        )
    )
    watch = watching.begin(
        clock,
        submission.received_at,
        where,
        piece.right,
        assist_due_date=assist,
        ours=submission.controller_id is None,
        now=now,
    )
    filed.steps.append((case_id, watch))
    filed.identities.extend(
        _identity(case_id, claim, key, submission, vault, now) for claim in submission.claims
    )
    return key


def _first_state(submission: Submission) -> State:
    """A controller's word proves its caller; where it has us ask, and for everybody else, a proof comes first."""
    vouched = submission.controller_id is not None and submission.proof is not None
    return State.AWAITING_CONTROLLER if vouched else State.AWAITING_IDENTITY


def _assist(submission: Submission, piece: Cut, profile: Profile) -> date | None:
    if piece.role is not Role.PROCESSOR:
        return None
    days = (
        profile.assist.fulfil_working_days
        if submission.controller_id
        else profile.assist.forward_working_days
    )
    return assist_due(submission.received_at, profile.operator.place, working_days=days).due_date


def _identity(
    case_id: UUID, claim: Claim, key: CaseKey, submission: Submission, vault: Vault, now: datetime
) -> IdentityRow:
    return IdentityRow(
        id=new_id(),
        case_id=case_id,
        kind=claim.kind,
        sealed=key.seal(claim.value.encode(), "identity"),
        blind_index=vault.blind_index(claim.kind.value, claim.value),
        proven_at=now if submission.proof else None,
        proof=submission.proof,
    )


def _greet(filed: Filed, submission: Submission, key: CaseKey, vault: Vault, now: datetime) -> None:
    """A code to each address that can take one; an acknowledgement where somebody vouched already."""
    first = filed.cases[0].id
    for row in filed.identities:
        if row.case_id != first or row.kind not in CHANNEL_OF:
            continue
        if submission.proof is None and any(_waits(case) for case in filed.cases):
            challenge, notice = new_code(filed.request.id, row, key, vault, now)
            filed.challenges.append(challenge)
            filed.notices.append((first, notice))
        elif submission.controller_id is None:
            filed.notices.append((first, Notice(CHANNEL_OF[row.kind], ACKNOWLEDGEMENT, identity_id=row.id)))


def _waits(case: NewCase) -> bool:
    """Whether the case begins with a proof: a caller's always does, for the telephone leads to the business."""
    return case.right.needs_proof or case.role != Role.CONTROLLER.value


def new_code(
    request_id: UUID,
    identity: IdentityRow,
    key: CaseKey,
    vault: Vault,
    now: datetime,
    download_id: UUID | None = None,
) -> tuple[NewChallenge, Notice]:
    """A fresh six-digit code: its digest to keep, and the sealed message that carries it."""
    code = vault.new_code(CODE_DIGITS)
    challenge_id = new_id()
    challenge = NewChallenge(
        id=challenge_id,
        request_id=request_id,
        case_id=identity.case_id,
        kind=identity.kind,
        blind_index=identity.blind_index,
        code_digest=vault.code_digest(str(challenge_id), code),
        expires_at=now + CODE_LIFETIME,
        download_id=download_id,
    )
    sealed = key.seal(msgspec.json.encode({"code": code}), "notice")
    return challenge, Notice(CHANNEL_OF[identity.kind], "code", identity_id=identity.id, sealed=sealed)


def new_reference() -> str:
    """80 random bits that a person can read out."""
    return spelled("R", secrets.randbits(BITS))
