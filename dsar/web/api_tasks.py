"""Staff's tasks: the list of all, whom one is about, the files to it, and its end."""

import base64
from collections.abc import AsyncIterator
from datetime import date, datetime
from email.message import Message
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.uploads import announced
from dsar.review.showing import Whom
from dsar.store import tasks
from dsar.store.tasks import TaskRow
from dsar.store.uploads import UploadRow
from dsar.web.given import GivenService, GivenStaff
from dsar.web.once import TAKEN, once

PAGE_SIZE_MAX = 200
CASE = "/api/v1/cases/{case_id:uuid}"
STEP = CASE + "/steps/{step_id:uuid}"


class TaskPage(Struct, frozen=True):
    """A page of tasks by the day until when each is to be done; `next` is the cursor of the following one."""

    tasks: list[TaskRow]
    next: str | None


class TaskDone(Struct, frozen=True, forbid_unknown_fields=True):
    """`found`, `done`, `no_match` or `gap`, and what shows it in words; empty where a file of evidence does."""

    outcome: str
    evidence: str


class ShownUpload(Struct, frozen=True, kw_only=True):
    """One file. `records` is how many records were read from it; null where it is an attachment, or evidence."""

    id: UUID
    purpose: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    collection: str | None
    category: str | None
    records: int | None
    by: UUID
    at: datetime


@get("/api/v1/tasks", tags=["staff"])
async def list_tasks(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    service: GivenService,
    system: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> TaskPage:
    """What waits for a person, over all cases."""
    async with service.db.read() as connection:
        rows = await tasks.page(connection, system, _after(after), limit)
    return TaskPage(rows, _cursor(rows[-1]) if len(rows) == limit else None)


def _cursor(row: TaskRow) -> str:
    return base64.urlsafe_b64encode(f"{row.due_on.isoformat()}|{row.id}".encode()).decode()


def _after(text: str | None) -> tuple[date, UUID] | None:
    if text is None:
        return None
    try:
        due, _, step_id = base64.urlsafe_b64decode(text).decode().partition("|")
        return date.fromisoformat(due), UUID(step_id)
    except ValueError as error:
        raise InvalidInput(FieldError("after", "is no cursor of ours.", "Take it from `next`.")) from error


@post(STEP + "/retry", status_code=204, tags=["staff"])
async def retry(
    staff: GivenStaff, case_id: FromPath[UUID], step_id: FromPath[UUID], service: GivenService
) -> None:
    """Try a step again."""
    await service.tasks.retry(staff, case_id, step_id)


@post(STEP + "/finish", status_code=204, tags=["staff"])
async def finish(
    staff: GivenStaff,
    case_id: FromPath[UUID],
    step_id: FromPath[UUID],
    data: JSONBody[TaskDone],
    service: GivenService,
) -> None:
    """End a person's task."""
    await service.tasks.finish(staff, case_id, step_id, data.outcome, data.evidence)


@get(STEP + "/subject", tags=["staff"])
async def subject(
    staff: GivenStaff, case_id: FromPath[UUID], step_id: FromPath[UUID], service: GivenService
) -> Whom:
    """Whom a task is about, in clear; the history says who looked."""
    return await service.showing.whom(staff, case_id, step_id)


@get(STEP + "/uploads", tags=["staff"])
async def list_uploads(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    step_id: FromPath[UUID],
    service: GivenService,
) -> list[ShownUpload]:
    """The files of a task."""
    return [_shown(row, name) for row, name in await service.uploads.page(case_id, step_id)]


def _shown(row: UploadRow, name: str) -> ShownUpload:
    return ShownUpload(
        id=row.id,
        purpose=row.purpose.value,
        name=name,
        media_type=row.media_type,
        bytes=row.bytes,
        sha256=row.sha256.hex(),
        collection=row.collection,
        category=row.category,
        records=row.records,
        by=row.staff_id,
        at=row.created_at,
    )


@delete(CASE + "/uploads/{upload_id:uuid}", status_code=204, tags=["staff"])
async def remove_upload(
    staff: GivenStaff, case_id: FromPath[UUID], upload_id: FromPath[UUID], service: GivenService
) -> None:
    """Take a file back before its task is finished."""
    await service.uploads.remove(staff, case_id, upload_id)


@get(CASE + "/uploads/{upload_id:uuid}", tags=["staff"], media_type="application/octet-stream")
async def fetch_upload(
    staff: GivenStaff, case_id: FromPath[UUID], upload_id: FromPath[UUID], service: GivenService
) -> Stream:
    """A file's bytes, to be saved; the history says who fetched them."""
    row, name, stream = await service.uploads.handed_out(staff, case_id, upload_id)
    # Whatever it says that it is, nothing shows it: no page of ours is of what somebody sent.
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-length": str(row.bytes),
    }
    return Stream(stream, media_type="application/octet-stream", headers=headers)


@post(STEP + "/uploads", status_code=201, tags=["staff"], opt={"once": TAKEN, "file": True})
async def upload(
    request: Request[Any, Any, Any],
    staff: GivenStaff,
    case_id: FromPath[UUID],
    step_id: FromPath[UUID],
    service: GivenService,
    purpose: FromQuery[str] = "",
    collection: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
) -> Response[ShownUpload]:
    """Upload a file to a task: the body as it is, its name in Content-Disposition."""
    name = _name(request.headers.get("content-disposition", ""))
    said = announced(purpose, name, request.headers.get("content-type", ""), collection, category)
    async with service.uploads.taking(staff, case_id, step_id, said, _body(request)) as taken:

        async def keep(tx: Any) -> ShownUpload:
            return _shown(await service.uploads.keep(tx, staff, taken), name)

        what = f"{taken.row.sha256.hex()} {purpose} {collection} {category} {said.media_type} {name}"
        return await once(request, service, staff.name, keep, required=False, said=what)


async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The bytes as they come; nothing of them is read where the task takes none."""
    async for part in request.stream():
        yield part


def _name(header: str) -> str:
    """The name that a Content-Disposition gives, RFC 6266: never in the address, which logs would keep."""
    message = Message()
    message["content-disposition"] = header
    try:
        return message.get_filename("")
    except (ValueError, LookupError, TypeError):  # a charset that is none, or bytes that are not of it
        return ""


HANDLERS = [list_tasks, retry, finish, subject, remove_upload, fetch_upload]
# One address, which takes a body of any media type.
UPLOADS = [list_uploads, upload]
