"""A business's question on its way to the person: on a proven channel, in the person's language, in our letter."""

from datetime import datetime

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, Notice
from dsar.domain.errors import NotNow
from dsar.domain.identity import CHANNEL_OF, IdentityKind, ProofKind
from dsar.domain.information import TEMPLATE
from dsar.domain.naming import fits_any
from dsar.domain.proof import DAY, may_write
from dsar.store import Connection, cases, controllers, identities, outbox
from dsar.store.identities import IdentityRow
from dsar.vault import CaseKey, Vault


class _Named(Struct, frozen=True):
    business: str = ""


async def question_to_person(
    tx: Connection, vault: Vault, case: Case, question: str, now: datetime
) -> Notice:
    """The letter with the question, e-mail before telephone; raises NotNow where it cannot go."""
    rows = [row for row in await identities.of_case(tx, case.id) if row.proven_at is not None]
    rows = [row for row in rows if row.kind in CHANNEL_OF]
    chosen = min(rows, key=lambda row: row.kind is not IdentityKind.EMAIL, default=None)
    if chosen is None:
        raise NotNow("instruction", "asks a person whom we cannot reach.", "Ask your caller, then decide.")
    await _hold_back(tx, chosen, now)
    key = vault.case_key(case.wrapped_key)
    inside = {"question": question, "business": await named_by_person(tx, key, case)}
    sealed = key.seal(msgspec.json.encode(inside), "notice")
    return Notice(CHANNEL_OF[chosen.kind], TEMPLATE, identity_id=chosen.id, sealed=sealed)


async def _hold_back(tx: Connection, row: IdentityRow, now: datetime) -> None:
    """An address that a controller's word alone has proven is flooded by no controller who names it."""
    if row.proof is ProofKind.CONTROLLER and not may_write(
        await outbox.written_since(tx, row.blind_index, TEMPLATE, now - DAY)
    ):
        raise NotNow("instruction", "asks an address that got many questions today.", "Wait a day.")


async def named_by_person(connection: Connection, key: CaseKey, case: Case) -> str | None:
    """The business in the person's own words, if it is this one that they named: nobody learns a name from us."""
    sealed = await cases.sealed_details(connection, case.id)
    if sealed is None or case.controller_id is None:
        return None
    words = msgspec.json.decode(key.open(sealed, "details"), type=_Named).business
    own = await controllers.one(connection, case.controller_id)
    return words if words and fits_any(words, (own.name, *own.other_names)) else None
