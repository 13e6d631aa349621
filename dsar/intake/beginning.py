"""A case whose person is known begins: their words are read, too many requests flagged, the clock renewed."""

from datetime import datetime

import msgspec

from dsar.domain import abuse, searching
from dsar.domain.case import Case, State
from dsar.domain.deadline import deadline, facts_of, identity_came
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.intake.submission import Details
from dsar.outbound import facts
from dsar.store import Connection, cases, events, identities, standing, systems
from dsar.vault import Vault


async def begin(
    tx: Connection, vault: Vault, profile: Profile, case: Case, now: datetime, *first: NewEvent
) -> None:
    """Begin a locked case; `first` are the entries that say how the person was proven."""
    details = await _details(tx, vault, case)
    configured = facts(await systems.enabled(tx))
    decision = searching.begin(
        case,
        profile,
        configured,
        wrote=bool(details.message),
        purposes=details.purposes,
    )
    history = await events.of_case(tx, case.id)
    answered = identity_came(history, "person", now)
    requests = await identities.requests_since(tx, case.id, abuse.counted_since(now))
    entries = (*first, *answered, *abuse.flagged(requests, profile), *decision.events)
    await cases.apply(tx, case, msgspec.structs.replace(decision, events=entries), now)
    if decision.state is State.AWAITING_CONTROLLER:
        await standing.heed(tx, case.id, profile, configured, now)
    if answered:
        known = facts_of(await events.of_case(tx, case.id))
        where = profile.jurisdiction(case.residence)
        await cases.set_due(tx, case.id, deadline(case.received_at, where, case.right, known))


async def _details(tx: Connection, vault: Vault, case: Case) -> Details:
    sealed = await cases.sealed_details(tx, case.id)
    if sealed is None:
        return Details()
    opened = vault.case_key(case.wrapped_key).open(sealed, "details")
    return msgspec.json.decode(opened, type=Details)
