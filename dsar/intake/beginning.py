"""A case whose person is known begins: their words are read, too many requests flagged, the clock renewed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from dsar.domain import searching
from dsar.domain.case import Case
from dsar.domain.deadline import deadline, facts_of, identity_came
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.intake.submission import Details
from dsar.outbound import facts
from dsar.store import Connection, cases, events, identities, systems
from dsar.vault import Vault

YEAR = timedelta(days=365)


async def begin(
    tx: Connection, vault: Vault, profile: Profile, case: Case, now: datetime, *first: NewEvent
) -> None:
    """Begin a locked case; `first` are the entries that say how the person was proven."""
    details = await _details(tx, vault, case)
    decision = searching.begin(
        case,
        profile,
        facts(await systems.enabled(tx)),
        wrote=bool(details.message),
        purposes=details.purposes,
    )
    history = await events.of_case(tx, case.id)
    answered = identity_came(history, "person", now)
    flagged = await _often(tx, profile, case, now)
    entries = (*first, *answered, *flagged, *decision.events)
    await cases.apply(tx, case, msgspec.structs.replace(decision, events=entries), now)
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


async def _often(tx: Connection, profile: Profile, case: Case, now: datetime) -> Sequence[NewEvent]:
    # GDPR 12(5): excessive is for a person to show; the number alone refuses nothing and moves no date
    count = await identities.requests_since(tx, case.id, now - YEAR)
    if count <= profile.requests_a_year:
        return ()
    return (NewEvent("abuse.flagged", data={"requests": count, "usual": profile.requests_a_year}),)
