"""A message of staff's to the person of a case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from dsar.domain.case import Case, Notice
from dsar.domain.errors import NotNow
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.proof import DAY, may_write
from dsar.store import Connection, deliveries, identities, outbox
from dsar.store.identities import IdentityRow
from dsar.vault import Vault


async def to_person(tx: Connection, vault: Vault, case: Case, template: str, **inside: Any) -> Notice | None:
    """A letter to one proven address: where the newest link went, else e-mail before telephone; None: there is none."""
    rows = await identities.of_case(tx, case.id)
    newest = await deliveries.last_address(tx, case.id)
    chosen = reachable([row for row in rows if row.id == newest]) or reachable(rows)
    return _notice(vault, case, template, chosen, inside)


def reachable(rows: Sequence[IdentityRow]) -> IdentityRow | None:
    """The proven address that is written to, e-mail before telephone."""
    return _first([row for row in rows if row.proven_at is not None])


async def to_claimed(
    tx: Connection, vault: Vault, case: Case, template: str, now: datetime, **inside: Any
) -> Notice | None:
    """The same for a letter that says nothing of anybody: an address that nobody has proven serves as well."""
    chosen = _first(await identities.of_case(tx, case.id))
    if chosen is not None and chosen.proven_at is None:
        await identities.hold(tx, [chosen.blind_index])
        sent = await outbox.unproven_since(tx, chosen.blind_index, now - DAY)
        if not may_write(sent):
            raise NotNow("case", "has an address that got many letters today.", "Wait a day.")
    return _notice(vault, case, template, chosen, inside)


def _first(rows: Sequence[IdentityRow]) -> IdentityRow | None:
    return min(
        (row for row in rows if row.kind in CHANNEL_OF),
        key=lambda row: (row.proven_at is None, row.kind is not IdentityKind.EMAIL),
        default=None,
    )


def _notice(
    vault: Vault, case: Case, template: str, chosen: IdentityRow | None, inside: dict[str, Any]
) -> Notice | None:
    if chosen is None:
        return None
    sealed = vault.case_key(case.wrapped_key).seal(msgspec.json.encode(inside), "notice")
    return Notice(CHANNEL_OF[chosen.kind], template, identity_id=chosen.id, sealed=sealed)
