"""The plan of an erasure: what would go, what would stay and why, for staff to approve exactly that."""

from datetime import date, datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from msgspec import Struct

from dsar.domain.planning import Foreseen, SystemPlan
from dsar.review.planning import Shown
from dsar.web.given import GivenService, GivenStaff


class ShownKept(Struct, frozen=True):
    """Items that would stay on one ground; `until` is the last day, null where nobody can say."""

    items: int
    ground: str
    until: date | None
    restricted: bool


class ShownCollection(Struct, frozen=True):
    """One collection of a system."""

    collection: str
    erased: int
    kept: list[ShownKept]


class ShownSystem(Struct, frozen=True, kw_only=True):
    """One system that holds the person.

    `how` is `foreseen`, `being_made`, `unforeseen` (with the reason) or `by_hand`. While `held_back_by` names a legal
    hold nothing is erased there; where it is one on a collection, a person sees to what may go. `waits` says that the
    order met something else than was approved.
    """

    system: str
    how: str
    reason: str | None
    held_back_by: list[UUID]
    waits: bool
    collections: list[ShownCollection]
    approved_by: UUID | None
    approved_at: datetime | None


class ShownPlan(Struct, frozen=True):
    """The whole plan; `plan` is what an approval names. A stale one is made anew before it can be approved."""

    plan: str
    made_at: datetime | None
    stale: bool
    erased: int
    kept: int
    systems: list[ShownSystem]


def shown(plan: Shown) -> ShownPlan:
    """As staff sees it: counts and grounds, no record and nobody's name."""
    drawn = plan.drawn
    return ShownPlan(
        plan=drawn.digest,
        made_at=drawn.made_at,
        stale=plan.stale,
        erased=drawn.erased,
        kept=drawn.kept,
        systems=[_system(system, waits=system.system_key in plan.waiting) for system in drawn.systems],
    )


def _system(system: SystemPlan, *, waits: bool) -> ShownSystem:
    last: Foreseen | None = system.foreseen[-1] if system.is_approved else None
    return ShownSystem(
        system=system.system_key,
        how=system.how.value,
        reason=system.reason,
        held_back_by=[*system.holds.whole, *system.holds.collections],
        waits=waits,
        collections=_collections(system),
        approved_by=last.approved_by if last else None,
        approved_at=last.approved_at if last else None,
    )


def _collections(system: SystemPlan) -> list[ShownCollection]:
    erased, kept = system.erased, system.kept
    return [
        ShownCollection(
            name,
            erased.get(name, 0),
            [ShownKept(k.items, k.ground, k.until, k.restricted) for k in kept if k.collection == name],
        )
        for name in sorted({*erased, *(k.collection for k in kept)})
    ]


@get("/api/v1/cases/{case_id:uuid}/plan", tags=["staff"])
async def one_plan(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    case_id: FromPath[UUID],
    service: GivenService,
) -> ShownPlan:
    """What the erasure would do, system by system."""
    return shown(await service.planning.shown(case_id))


@post("/api/v1/cases/{case_id:uuid}/plan", status_code=202, tags=["staff"])
async def make_anew(staff: GivenStaff, case_id: FromPath[UUID], service: GivenService) -> ShownPlan:
    """Have the systems say once more what they would do; look again in a moment."""
    return shown(await service.planning.anew(staff, case_id))


HANDLERS = [one_plan, make_anew]
