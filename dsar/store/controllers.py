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


async def add(connection: Connection, new: ControllerRow, now: datetime) -> None:
    """Add a controller."""
    await _q["insert"].run(
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


async def one(connection: Connection, controller_id: UUID) -> ControllerRow:
    """One controller; raises NotFound."""
    row = await _q["one"].row(connection, id=controller_id)
    if row is None:
        raise NotFound("no such controller")
    return as_struct(row, ControllerRow)


async def businesses(connection: Connection) -> list[Business]:
    """All controllers, as routing sees them."""
    return [as_struct(row, Business) for row in await _q["all_as_businesses"].rows(connection)]
