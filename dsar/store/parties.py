"""Staff, controllers, their keys and the profiles in Postgres."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import NotFound
from dsar.domain.profile import LoadedProfile
from dsar.domain.routing import Business
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("party")


class Caller(Struct, frozen=True):
    """Whose key it is."""

    kind: str
    staff_id: UUID | None
    controller_id: UUID | None
    staff_name: str | None
    staff_role: str | None


class ControllerRow(Struct, frozen=True):
    """A customer-controller; the webhook's secret is sealed under the operator's key."""

    id: UUID
    name: str
    tenant: str
    telephone_numbers: tuple[str, ...]
    contact_email: str | None
    webhook_url: str | None
    webhook_secret: bytes | None
    webhook_disabled_at: datetime | None


async def add_staff(
    connection: Connection, name: str, role: str, now: datetime, email: str | None = None
) -> UUID:
    """Add a staff member; alarms about cases that are theirs go to the address, if there is one."""
    staff_id = new_id()
    await _q["insert_staff"].run(connection, id=staff_id, name=name, staff_role=role, email=email, now=now)
    return staff_id


async def staff_email(connection: Connection, staff_id: UUID) -> str | None:
    """Where a staff member who works here is written to."""
    return await _q["staff_email"].value(connection, id=staff_id)  # type: ignore[no-any-return]


async def staff_exists(connection: Connection, staff_id: UUID) -> bool:
    """Whether such a staff member works here."""
    return await _q["staff_by_id"].row(connection, id=staff_id) is not None


async def add_controller(connection: Connection, new: ControllerRow, now: datetime) -> None:
    """Add a controller."""
    await _q["insert_controller"].run(
        connection,
        id=new.id,
        name=new.name,
        tenant=new.tenant,
        telephone_numbers=list(new.telephone_numbers),
        contact_email=new.contact_email,
        webhook_url=new.webhook_url,
        webhook_secret=new.webhook_secret,
        now=now,
    )


async def set_webhook(connection: Connection, controller_id: UUID, url: str, secret: bytes | None) -> None:
    """Change a controller's endpoint; one that was switched off is on again."""
    await _q["set_webhook"].run(connection, id=controller_id, webhook_url=url, webhook_secret=secret)


async def controller(connection: Connection, controller_id: UUID) -> ControllerRow:
    """One controller; raises NotFound."""
    row = await _q["controller"].row(connection, id=controller_id)
    if row is None:
        raise NotFound("no such controller")
    return as_struct(row, ControllerRow)


async def businesses(connection: Connection, tenants: list[str] | None = None) -> list[Business]:
    """Controllers as routing sees them: all, or those of the tenants given."""
    if tenants is None:
        rows = await _q["controllers"].rows(connection)
    else:
        rows = await _q["controllers_of_tenants"].rows(connection, tenants=tenants)
    return [as_struct(row, Business) for row in rows]


async def add_credential(
    connection: Connection,
    digest: bytes,
    name: str,
    now: datetime,
    *,
    staff_id: UUID | None = None,
    controller_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Let a key in; only its digest is kept."""
    await _q["insert_credential"].run(
        connection,
        digest=digest,
        kind="staff" if staff_id else "controller",
        staff_id=staff_id,
        controller_id=controller_id,
        name=name,
        expires_at=expires_at,
        now=now,
    )


async def caller(connection: Connection, digest: bytes, now: datetime) -> Caller | None:
    """Whose key has that digest, if it is good."""
    row = await _q["credential"].row(connection, digest=digest, now=now)
    if row is None:
        return None
    await _q["credential_used"].run(connection, digest=digest, now=now)
    return as_struct(row, Caller)


async def keep_profile(connection: Connection, loaded: LoadedProfile, now: datetime) -> None:
    """Keep the text, so that each case can show the policy it was decided under."""
    await _q["insert_profile"].run(
        connection, hash=loaded.hash, key=loaded.profile.key, body=loaded.text, now=now
    )
