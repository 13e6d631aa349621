"""An erasure: ordered once, looked after until PostHog has verified it, and searched again afterwards."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from dsar.contract import Changed, Erase, Kept, Proof, Receipt, Refused, Unreachable
from dsar_posthog import events, persons, plan
from dsar_posthog.api import Api
from dsar_posthog.deletions import newest, refuse_second
from dsar_posthog.wire import BulkDeleted, Deletion, PersonRow, StampRow

LEFTOVERS_MAX = 1_000


class Left(Struct, frozen=True):
    """What a search still finds of a person; of the events at least as many as would be reported."""

    person: PersonRow | None
    events: list[StampRow]

    @property
    def arrivals(self) -> list[datetime]:
        """When each came."""
        person = [self.person.created_at] if self.person is not None else []
        return person + [event.created_at for event in self.events]


async def erase(api: Api, person_id: UUID, order: Erase) -> Receipt:
    """Order, or look after what was ordered: PostHog's own row of the deletion makes a repeat safe.

    PostHog deletes a person whole: of single items, only where nothing else has come since.
    """
    later = datetime.now(UTC) + timedelta(seconds=api.settings.deletion_poll_seconds)
    deletion = await newest(api, person_id)
    if deletion is not None and deletion.delete_verified_at is None:
        return Receipt(changed=1, proof=Proof.ACCEPTED, ask_again_at=later)
    person = await persons.row(api, person_id)
    if deletion is None and person is not None:
        await _refuse_changed(api, person_id, order)
        return taken_on(await _order(api, person_id), later)
    left = Left(person, await _stamps(api, person_id))
    return without_row(left, later) if deletion is None else verified(person_id, deletion, left, later)


def verified(person_id: UUID, deletion: Deletion, left: Left, later: datetime) -> Receipt:
    """PostHog says that the deletion is done: what is left came later, or it is not done."""
    if left.person is not None and left.person.created_at <= deletion.created_at:
        raise Refused("PostHog deleted the events but not the person; delete the person in PostHog by hand")
    if any(event.created_at <= deletion.created_at for event in left.events):
        return Receipt(changed=1, proof=Proof.ACCEPTED, ask_again_at=later)
    refuse_second(deletion, left.arrivals)
    if len(left.events) > LEFTOVERS_MAX:
        raise Refused(
            f"PostHog: over {LEFTOVERS_MAX} events came after the erasure; stop the capture, erase by hand"
        )
    return Receipt(changed=1, proof=Proof.VERIFIED, kept=_kept(person_id, left))


def taken_on(answer: BulkDeleted, later: datetime) -> Receipt:
    if answer.deletion_errors:
        raise Unreachable("PostHog persons/bulk_delete/: the person could not be deleted yet")
    if answer.persons_found and not (
        answer.events_queued_for_deletion and answer.recordings_queued_for_deletion
    ):
        raise Refused(
            "PostHog persons/bulk_delete/: events or recordings were not queued; delete them by hand"
        )
    return Receipt(changed=min(answer.persons_found, 1), proof=Proof.ACCEPTED, ask_again_at=later)


def without_row(left: Left, later: datetime) -> Receipt:
    """The person is gone and PostHog knows of no deletion: that alone proves nothing."""
    if left.events:
        return Receipt(changed=0, proof=Proof.ACCEPTED, ask_again_at=later)
    # Nothing is seen any more, but recordings cannot be searched.
    return Receipt(changed=0, proof=Proof.UNVERIFIABLE)


def _kept(person_id: UUID, left: Left) -> tuple[Kept, ...]:
    found = [(persons.COLLECTION, person_id, left.person.created_at)] if left.person else []
    found += [(events.COLLECTION, event.uuid, event.timestamp) for event in left.events]
    return tuple(plan.kept(*each) for each in found)


async def _stamps(api: Api, person_id: UUID) -> list[StampRow]:
    found: list[StampRow] = []
    async with aclosing(events.stamps(api, person_id)) as pages:
        async for page in pages:
            found += page
            if len(found) > LEFTOVERS_MAX:
                break
    return found


async def _refuse_changed(api: Api, person_id: UUID, order: Erase) -> None:
    """What a plan or an earlier export named is what there is now, or nothing is ordered."""
    if order.plan is None and not order.named:
        return
    now = await plan.foresee(api, person_id, order.named)
    if order.plan is not None and now.digest != order.plan:
        raise Changed("PostHog: events came or went since the plan was made; look at it and approve it again")


async def _order(api: Api, person_id: UUID) -> BulkDeleted:
    # Both flags are false unless said, and then only the person's record would go.
    body = {"ids": [str(person_id)], "delete_events": True, "delete_recordings": True}
    return await api.post("persons/bulk_delete/", body, BulkDeleted)
