"""Customer-controllers in Postgres."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import NotFound
from dsar.domain.routing import Business
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("controller")


class ControllerRow(Struct, frozen=True, kw_only=True):
    """A customer-controller. `callers` is its own rule for a caller's request; None: as the profile says."""

    id: UUID
    name: str
    tenant: str
    telephone_numbers: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    callers: str | None = None
    contact_email: str | None = None
    opendsr_padding: str = "pkcs1v15"


async def add(connection: Connection, new: ControllerRow, now: datetime) -> bool:
    """Add a controller; False when its tenant is another's already."""
    changed = await _q["insert"].run(
        connection,
        id=new.id,
        name=new.name,
        tenant=new.tenant,
        telephone_numbers=list(new.telephone_numbers),
        other_names=list(new.other_names),
        callers=new.callers,
        contact_email=new.contact_email,
        now=now,
    )
    return changed == 1


async def one(connection: Connection, controller_id: UUID) -> ControllerRow:
    """One controller; raises NotFound."""
    row = await _q["one"].row(connection, id=controller_id)
    if row is None:
        raise NotFound("no such controller")
    return as_struct(row, ControllerRow)


async def businesses(connection: Connection) -> list[Business]:
    """All controllers, as routing sees them."""
    return [as_struct(row, Business) for row in await _q["all_as_businesses"].rows(connection)]


async def lock(connection: Connection, controller_id: UUID) -> None:
    """Hold the controller until the transaction ends, so that what it sets is set one after another.

    Raises NotFound.
    """
    if await _q["lock"].row(connection, id=controller_id) is None:
        raise NotFound("no such controller")


async def update(connection: Connection, row: ControllerRow) -> None:
    """Write all but the tenant anew."""
    await _q["update"].run(
        connection,
        id=row.id,
        name=row.name,
        telephone_numbers=list(row.telephone_numbers),
        other_names=list(row.other_names),
        callers=row.callers,
        contact_email=row.contact_email,
        opendsr_padding=row.opendsr_padding,
    )


async def page(connection: Connection, after: UUID | None, page_size: int) -> list[ControllerRow]:
    """Controllers in the order they came, after the one that a cursor names."""
    rows = await _q["page"].rows(connection, after_id=after or UUID(int=0), page_size=page_size)
    return [as_struct(row, ControllerRow) for row in rows]
