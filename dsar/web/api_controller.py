"""The customer-controllers' API: their cases, their word on them, and requests for their callers.

Row-level security holds beneath it.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from dsar.domain.case import State
from dsar.domain.controllers import KeyScope
from dsar.domain.rights import Right
from dsar.routing import Instructed
from dsar.store import cases, events
from dsar.store.cases import OwnFilter
from dsar.web.controller_case import ControllerCase, ControllerCaseDetail, detail, shown
from dsar.web.given import GivenController, GivenService

PAGE_SIZE_MAX = 200


class CasePage(Struct, frozen=True):
    """A page of cases; `next` is the cursor of the following one."""

    cases: list[ControllerCase]
    next: str | None


@get("/api/v1/controller/cases", tags=["controller"], opt={"scope": KeyScope.READ_CASES})
async def list_cases(
    controller: GivenController,
    service: GivenService,
    case_state: Annotated[State | None, QueryParameter(name="state")] = None,
    right: FromQuery[Right | None] = None,
    is_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    due_before: FromQuery[date | None] = None,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> CasePage:
    """The controller's cases, oldest first."""
    wanted = OwnFilter(state=case_state, right=right, is_open=is_open, due_before=due_before)
    async with service.db.as_controller(controller.id) as connection:
        rows = await cases.of_controller(connection, controller.id, after, limit, wanted)
    return CasePage([shown(row) for row in rows], str(rows[-1].id) if len(rows) == limit else None)


@get("/api/v1/controller/cases/{case_id:uuid}", tags=["controller"], opt={"scope": KeyScope.READ_CASES})
async def one_case(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService
) -> ControllerCaseDetail:
    """One case, with who asks. Another controller's looks as if it were not there."""
    async with service.db.as_controller(controller.id) as connection:
        case, history = await cases.one(connection, case_id), await events.of_case(connection, case_id)
        return await detail(connection, service.vault, case, history, service.now())


@post(
    "/api/v1/controller/cases/{case_id:uuid}/instruction",
    status_code=200,
    tags=["controller"],
    opt={"scope": KeyScope.INSTRUCT},
)
async def instruct(
    controller: GivenController, case_id: FromPath[UUID], data: JSONBody[Instructed], service: GivenService
) -> ControllerCase:
    """Instruct the processor, GDPR 28(3)(a)."""
    return shown(await service.instructing.instruct(controller, case_id, data))


@delete(
    "/api/v1/controller/cases/{case_id:uuid}",
    status_code=200,
    tags=["controller"],
    opt={"scope": KeyScope.CREATE_REQUESTS},
)
async def withdraw(
    controller: GivenController, case_id: FromPath[UUID], service: GivenService
) -> ControllerCase:
    """Take back a case that the controller filed itself, while it is not answered and no order is out."""
    return shown(await service.withdrawing.by_controller(controller, case_id))


HANDLERS = [list_cases, one_case, instruct, withdraw]
