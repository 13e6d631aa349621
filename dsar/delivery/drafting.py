"""The letter of an answer: written from what was done, before its archive is finished, for it to lie inside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dsar.delivery.facts import Facts, Left, ended_as, gather
from dsar.delivery.keeping import keep
from dsar.delivery.on_behalf import on_behalf
from dsar.domain.case import Case, Outcome
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.render import Drafted, Letters
from dsar.settings import Settings
from dsar.store import Connection
from dsar.vault import CaseKey


class Drafting:
    """Writes the answer, and keeps it."""

    def __init__(self, letters: Letters, profile: LoadedProfile, settings: Settings) -> None:
        self._letters = letters
        self._profile = profile
        self._settings = settings

    async def draft(
        self, connection: Connection, case: Case, key: CaseKey, withheld: Sequence[Left], at: datetime
    ) -> Drafted:
        """As at a time; `withheld` is what stays out of an archive whose step has not ended yet."""
        facts = await gather(connection, case, key, self._profile.profile, withheld)
        return await self.of(connection, case, facts, at)

    async def of(self, connection: Connection, case: Case, facts: Facts, at: datetime) -> Drafted:
        """From facts that are gathered already."""
        outcome = ended_as(case, facts)
        kind = "refusal" if outcome is Outcome.REFUSED else case.right.value
        profile = self._profile.profile
        letter = self._letters.write(
            kind,
            case=case,
            facts=facts,
            on_behalf=await on_behalf(connection, case),
            outcome=outcome.value,
            operator=profile.operator,
            profile=profile,
            authority=profile.jurisdiction(case.residence).authority,
            status_url=f"{self._settings.public_url}/requests/{case.reference}",
            verify_url=f"{self._settings.public_url}/verify/{case.reference}",
            language=case.language,
            until=at + timedelta(days=profile.delivery.link_days),
        )
        return Drafted(kind, outcome.value, letter)

    async def keep(
        self, tx: Connection, case: Case, key: CaseKey, drafted: Drafted, now: datetime
    ) -> tuple[UUID, NewEvent]:
        """Keep it; its id, and the entry for the history."""
        return await keep(tx, case, key, drafted.kind, drafted.letter, now)
