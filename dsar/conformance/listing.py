"""Rules of `everyone`, by which a restored backup is erased again."""

import pytest

from dsar.conformance.asking import all_of, found, opened
from dsar.conformance.counterpart import Counterpart, Person
from dsar.conformance.erasing import erase, remaining, takes
from dsar.contract import Held, OrderKind, Refused, Role, Scope

LOOKED_UP_MAX = 50


class Listing:
    """What `everyone` owes."""

    async def test_everyone_names_whomever_the_system_holds(self, counterpart: Counterpart) -> None:
        manifest = counterpart.connector.manifest
        async with opened(counterpart) as session:
            if not manifest.lists_everyone:
                with pytest.raises(Refused):
                    await all_of(session.everyone())
                return
            there = set(await all_of(session.everyone()))
            people = {
                "known": counterpart.known,
                "decoy": counterpart.decoy,
                "other": counterpart.other_tenant,
            }
            for who, person in people.items():
                assert person is None or _named(there, person), f"everyone: does not name the {who}"
            kinds = {held.identity.kind for held in there}
            assert kinds <= manifest.finds_by, "everyone: names somebody by a kind that is not searched"
            for held in sorted(there, key=str)[:LOOKED_UP_MAX]:
                scope = Scope(Role.PROCESSOR if held.tenant else Role.CONTROLLER, held.tenant)
                assert await found(session, [held.identity], scope), (
                    "everyone: names somebody find does not find"
                )

    async def test_everyone_no_longer_names_the_erased(self, counterpart: Counterpart) -> None:
        if not (counterpart.connector.manifest.lists_everyone and takes(counterpart, OrderKind.ERASE)):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            receipts = await erase(counterpart, session, known)
            if not await remaining(session, known, receipts):
                there = set(await all_of(session.everyone()))
                assert not _named(there, known), "everyone: names somebody of whom nothing is left"


def _named(there: set[Held], person: Person) -> bool:
    return any(held.identity in person.refs and held.tenant == person.scope.tenant for held in there)
