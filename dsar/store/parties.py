"""Staff and the profiles in Postgres."""

from datetime import datetime
from uuid import UUID

from dsar.domain.profile import LoadedProfile
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import new_id

_q = noun("party")


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


async def keep_profile(connection: Connection, loaded: LoadedProfile, now: datetime) -> None:
    """Keep the text, so that each case can show the policy it was decided under."""
    await _q["insert_profile"].run(
        connection, hash=loaded.hash, key=loaded.profile.key, body=loaded.text, now=now
    )
