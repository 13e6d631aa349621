"""Recordings, to be heard as they are and as they would leave: `/api/v1/cases/{id}/recordings`."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from dsar.review import Item, Version
from dsar.review.listening import MINUTES_MAX
from dsar.web.auth import REVIEWERS
from dsar.web.given import GivenService, GivenStaff

MS_MAX = 1000 * 3600 * 1000  # a thousand hours

FromMs = Annotated[int, QueryParameter(ge=0, le=MS_MAX, description="Milliseconds from its start.")]
ToMs = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=MS_MAX, description=f"At most {MINUTES_MAX} minutes later, and so where it is left out."
    ),
]
As = Annotated[
    Version,
    QueryParameter(name="as", description="As it was collected, or as it would leave: muted where it is."),
]


@get(
    "/api/v1/cases/{case_id:uuid}/recordings/{step_id:uuid}/{seq:int}/{line:int}",
    tags=["staff"],
    opt={"role": REVIEWERS},
    media_type="audio/wav",
)
async def play(
    staff: GivenStaff,
    case_id: FromPath[UUID],
    step_id: FromPath[UUID],
    seq: FromPath[int],
    line: FromPath[int],
    service: GivenService,
    version: As = Version.COLLECTED,
    from_ms: FromMs = 0,
    to_ms: ToMs = None,
) -> Stream:
    """A stretch of a recording as a WAV; the three last parts of the address are the `item` of a finding."""
    item = Item(step_id, seq, line)
    played = await service.findings.listening.played(staff, case_id, item, version, from_ms, to_ms)
    return Stream(played.pieces, media_type="audio/wav", headers={"content-length": str(played.bytes)})


HANDLERS = [play]
