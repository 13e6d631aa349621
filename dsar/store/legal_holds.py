"""Legal holds set by hand, in Postgres; a person stands there as a blind index alone."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from dsar.domain.case import Case
from dsar.domain.errors import NotFound
from dsar.domain.legal_holds import LegalHold, Standing
from dsar.domain.legal_holds import standing as standing_of
from dsar.store import identities
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("legal_hold")


async def insert(connection: Connection, new: LegalHold) -> None:
    """Set a hold."""
    await _q["insert"].run(
        connection,
        id=new.id,
        kind=new.kind.value,
        blind_index=new.blind_index,
        case_id=new.case_id,
        system_key=new.system_key,
        collection=new.collection,
        tenant=new.tenant,
        reason=new.reason,
        owner=new.owner,
        review_on=new.review_on,
        now=new.created_at,
    )


async def lift(connection: Connection, hold_id: UUID, staff_id: UUID, now: datetime) -> LegalHold:
    """Lift a hold that stands; raises NotFound for any other."""
    row = await _q["lift"].row(connection, id=hold_id, lifted_by=staff_id, now=now)
    if row is None:
        raise NotFound("no such hold stands")
    return as_struct(row, LegalHold)


async def page(
    connection: Connection,
    *,
    standing: bool,
    review_until: date | None,
    after_id: UUID | None,
    page_size: int,
) -> list[LegalHold]:
    """Holds, oldest first: all, those that stand, or those whose day of review has come."""
    rows = await _q["page"].rows(
        connection,
        standing=standing,
        review_until=review_until,
        after_id=after_id or UUID(int=0),
        page_size=page_size,
    )
    return [as_struct(row, LegalHold) for row in rows]


async def to_review(connection: Connection, today: date) -> int:
    """How many somebody has to look at again."""
    return int(await _q["to_review"].value(connection, today=today))


async def meeting(
    connection: Connection, case_id: UUID, blind_indexes: Sequence[bytes], system_key: str | None
) -> list[LegalHold]:
    """The holds that an erasure of the case in the system meets."""
    rows = await _q["meeting"].rows(
        connection, case_id=case_id, blind_indexes=list(blind_indexes), system_key=system_key
    )
    return [as_struct(row, LegalHold) for row in rows]


async def met_by(connection: Connection, case: Case, system_key: str) -> Standing:
    """The same, sorted."""
    # Only what is proven: who merely names an address must not learn that a dispute about it is open.
    indexes = [row.blind_index for row in await identities.of_case(connection, case.id) if row.proven_at]
    return standing_of(await meeting(connection, case.id, indexes, system_key), case.tenant)


async def of_case(connection: Connection, case_id: UUID) -> list[LegalHold]:
    """The holds that concern a case, in whatever system it found something."""
    return [as_struct(row, LegalHold) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def cases_of_person(connection: Connection, blind_index: bytes) -> list[UUID]:
    """Every case that proved the identity, closed ones too."""
    rows = await _q["cases_of_person"].rows(connection, blind_index=blind_index)
    return [row["case_id"] for row in rows]
