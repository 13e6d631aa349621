"""Links to an answer: made for one proven address, and told to it without content."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dsar.domain.case import AnswerTo, Case, Notice
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.links import stays_ended
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import DAY, may_write
from dsar.settings import Settings
from dsar.store import Connection, deliveries, events, identities, outbox
from dsar.store.identities import IdentityRow
from dsar.vault import CaseKey
from dsar.vault.keys import new_token, token_digest


class Linking:
    """Makes links. The token stands in the message alone, sealed; the row knows its digest."""

    def __init__(self, profile: LoadedProfile, settings: Settings) -> None:
        self._profile = profile
        self._settings = settings

    async def to_person(
        self,
        tx: Connection,
        case: Case,
        key: CaseKey,
        bundle_id: UUID | None,
        letter_id: UUID,
        now: datetime,
        template: str = "answer_ready",
    ) -> tuple[Notice, ...]:
        """A link on one proven channel, e-mail before telephone; to a business's caller only as it instructed."""
        if not _is_persons(case) or stays_ended(await events.of_case(tx, case.id)):
            return ()
        reachable = await address_of(tx, case)
        if reachable is None or not await _may_write(tx, reachable, now):
            return ()
        return (await self.link_to(tx, case, key, reachable, bundle_id, letter_id, now, template),)

    async def link_to(
        self,
        tx: Connection,
        case: Case,
        key: CaseKey,
        identity: IdentityRow,
        bundle_id: UUID | None,
        letter_id: UUID,
        now: datetime,
        template: str = "answer_ready",
        until: datetime | None = None,
    ) -> Notice:
        """A fresh link for that address, and the message that brings it there; it ends by `until` at the latest."""
        delivery = self._profile.profile.delivery
        days_over = now + timedelta(days=delivery.link_days)
        token = new_token()
        await deliveries.add_download(
            tx,
            case_id=case.id,
            bundle_id=bundle_id,
            letter_id=letter_id,
            identity_id=identity.id,
            token_digest=token_digest(token),
            downloads=delivery.downloads,
            expires_at=min(days_over, until or days_over),
            now=now,
        )
        inside: dict[str, Any] = {"link": f"{self._settings.public_url}/download/{token}"}
        sealed = key.seal(msgspec.json.encode(inside), "notice")
        return Notice(CHANNEL_OF[identity.kind], template, identity_id=identity.id, sealed=sealed)


def unsent(case: Case, to_person: Sequence[Notice]) -> tuple[NewEvent, ...]:
    """The entry for an answer that is the person's to get, and that went to nobody."""
    return (NewEvent("message.held_back"),) if _is_persons(case) and not to_person else ()


def _is_persons(case: Case) -> bool:
    return case.controller_id is None or case.answer_to is AnswerTo.PERSON


async def address_of(tx: Connection, case: Case) -> IdentityRow | None:
    """Where the case's answer goes: to where its newest link went, else e-mail before telephone."""
    rows = await identities.of_case(tx, case.id)
    newest = await deliveries.last_address(tx, case.id)
    return next((row for row in rows if row.id == newest), None) or _reachable(case, rows)


async def _may_write(tx: Connection, row: IdentityRow, now: datetime) -> bool:
    """An address that nobody has proven is flooded by nobody who asks in its name."""
    if row.proven_at is not None:
        return True
    await identities.hold(tx, [row.blind_index])
    return may_write(await outbox.unproven_since(tx, row.blind_index, now - DAY))


def _reachable(case: Case, rows: Sequence[IdentityRow]) -> IdentityRow | None:
    # An answer that needs no proof holds no data: it may go to the address as it was given.
    may = [row for row in rows if row.proven_at is not None or not case.right.needs_proof]
    proven = [row for row in may if row.kind in CHANNEL_OF]
    return min(proven, key=lambda row: row.kind is not IdentityKind.EMAIL, default=None)
