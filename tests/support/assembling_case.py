"""A case whose archive is being written, as tests of the archive and of its page have it."""

from datetime import UTC, date, datetime
from uuid import UUID

from dsar.contract import Role
from dsar.domain.case import Case, State
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right

RECEIVED = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def assembling(loaded: LoadedProfile, right: Right = Right.ACCESS, language: str = "en") -> Case:
    return Case(
        id=UUID("0195a000-0000-7000-8000-0000000000aa"),
        request_id=UUID("0195a000-0000-7000-8000-0000000000ab"),
        reference="R-TEST-0000-0000-0001",
        language=language,
        parent_id=None,
        controller_id=None,
        tenant=None,
        right=right,
        role=Role.CONTROLLER,
        state=State.ASSEMBLING,
        outcome=None,
        regime="EU_GDPR",
        received_at=RECEIVED,
        due_date=date(2026, 4, 2),
        statutory_due_date=date(2026, 4, 2),
        strict_due_date=date(2026, 4, 1),
        notice_deadline=date(2026, 4, 2),
        paused=False,
        residence="",
        assist_due_date=None,
        answer_to=None,
        profile_hash=loaded.hash,
        wrapped_key=None,
        assignee=None,
        event_count=0,
        event_head=b"",
        created_at=RECEIVED,
        closed_at=None,
    )
