"""A message of staff's to the person of a case."""

from typing import Any

import msgspec

from dsar.domain.case import Case, Notice
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.store import Connection, identities
from dsar.vault import Vault


async def to_person(
    tx: Connection, vault: Vault, case: Case, template: str, *, claimed: bool = False, **inside: Any
) -> Notice | None:
    """A letter to one proven address, e-mail before telephone; None where there is none.

    With `claimed`, an address that is not proven serves as well: for letters that say nothing of anybody.
    """
    rows = [
        row
        for row in await identities.of_case(tx, case.id)
        if row.kind in CHANNEL_OF and (row.proven_at is not None or claimed)
    ]
    chosen = min(
        rows, key=lambda row: (row.proven_at is None, row.kind is not IdentityKind.EMAIL), default=None
    )
    if chosen is None:
        return None
    sealed = vault.case_key(case.wrapped_key).seal(msgspec.json.encode(inside), "notice")
    return Notice(CHANNEL_OF[chosen.kind], template, identity_id=chosen.id, sealed=sealed)
