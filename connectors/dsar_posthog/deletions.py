"""PostHog's own rows of the deletions that were ordered: the memory of an erasure."""

from uuid import UUID

from dsar.contract import Refused
from dsar_posthog.api import Api
from dsar_posthog.wire import Deletion, DeletionPage


async def newest(api: Api, person_id: UUID) -> Deletion | None:
    wanted: dict[str, str | int] = {"person_uuid": str(person_id), "status": "all", "limit": 100}
    rows = (await api.get("persons/deletion_status/", wanted, DeletionPage)).results
    if any(row.person_uuid != str(person_id) for row in rows):
        raise Refused("PostHog persons/deletion_status/: the person filter was not applied; check host")
    return max(rows, key=lambda row: row.created_at, default=None)
