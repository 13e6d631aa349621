"""PostHog's own rows of the deletions that were ordered: the memory of an erasure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from dsar.contract import Refused
from dsar_posthog.api import Api
from dsar_posthog.wire import Deletion, DeletionPage

LOOKED_AFTER = timedelta(days=14)  # longer than any pause between two looks at a deletion


async def newest(api: Api, person_id: UUID) -> Deletion | None:
    wanted: dict[str, str | int] = {"person_uuid": str(person_id), "status": "all", "limit": 100}
    page = await api.get("persons/deletion_status/", wanted, DeletionPage)
    if page.next is not None:
        raise Refused("PostHog persons/deletion_status/: over 100 deletions of one person; look in PostHog")
    rows = page.results
    if any(row.person_uuid != str(person_id) for row in rows):
        raise Refused("PostHog persons/deletion_status/: the person filter was not applied; check host")
    return max(rows, key=lambda row: row.created_at, default=None)


def refuse_second(deletion: Deletion, arrivals: Iterable[datetime]) -> None:
    """PostHog keeps one row for a person and deletes once: what came long after it is done is for another order.

    To call that captured after the request would be untrue to somebody who asks for the second time.
    """
    done_at = deletion.delete_verified_at
    if done_at is not None and any(arrival > done_at + LOOKED_AFTER for arrival in arrivals):
        raise Refused(
            "PostHog erased this person long ago and will not do so again; delete what came since by hand"
        )
