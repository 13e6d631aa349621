"""Tells of what came after the answer: which gap closed and with what, which are left, and the way to the archive."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from dsar.delivery.facts import Facts, Withheld, ended_as, gather, withheld_of
from dsar.delivery.keeping import keep
from dsar.delivery.linking import Linking, unsent
from dsar.delivery.on_behalf import OnBehalf, on_behalf
from dsar.delivery.results import SystemResult, title_of
from dsar.domain.case import Case, Decision, Notice
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.supplementing import SENT, Late, may_supplement
from dsar.domain.telling import BUNDLE_READY, STATUS_CHANGED, WEBHOOK
from dsar.domain.work import Done, Step, StepKind, StepOutcome
from dsar.render import Letter, Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, deliveries, steps, supplements, systems
from dsar.store.deliveries import BundleRow
from dsar.store.systems import SystemRow
from dsar.vault import CaseKey, Vault


class Came(Struct, frozen=True):
    """One system in the letter: what it held. `whole` where it was searched to its end by now."""

    title: str
    records: int
    whole: bool


class More(Struct, frozen=True, kw_only=True):
    """What a supplement's letter tells; named as an answer's facts are, for they share parts of letters."""

    came: tuple[Came, ...]
    gaps: tuple[str, ...]
    pending: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    bundle: BundleRow | None
    records: int
    systems: tuple[
        SystemResult, ...
    ] = ()  # of the gaps that closed, those that know the person by nothing proven


class Supplementing:
    """Handler of `delivery.supplement`."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        letters: Letters,
        profile: LoadedProfile,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._letters = letters
        self._profile = profile
        self._settings = settings
        self._now = now
        self._linking = Linking(profile, settings)

    async def tell(self, step: Step) -> None:
        """Write the letter, the link, the message and the history together; the case stays answered."""
        now, number = self._now(), int(step.payload["number"])
        async with self._db.settle(step, Done(StepOutcome.DONE), now) as tx:
            case = await cases.lock(tx, step.case_id)
            if not may_supplement(case):
                return
            late = await supplements.late(tx, case)
            key = self._vault.case_key(case.wrapped_key)
            facts = await gather(tx, case, key, self._profile.profile)
            more = await self._more(tx, case, late, facts, number)
            if more.bundle is not None or more.came or more.systems:
                await self._write(tx, case, key, late, facts, more, number, now)
            await self._look_again(tx, step, now)

    async def _write(
        self,
        tx: Connection,
        case: Case,
        key: CaseKey,
        late: Late,
        facts: Facts,
        more: More,
        number: int,
        now: datetime,
    ) -> None:
        letter = self._letter(case, more, await on_behalf(tx, case), now)
        letter_id, written = await keep(tx, case, key, "supplement", letter, now)
        bundle_id = more.bundle.id if more.bundle else None
        to_person = await self._linking.to_person(
            tx, case, key, bundle_id, letter_id, now, "supplement_ready"
        )
        data = {
            "number": number,
            "closed": sorted(late.closed),
            "missing": sorted(late.missing),
            "records": more.records,
        }
        decision = Decision(
            outcome=ended_as(case, facts),
            events=(written, NewEvent(SENT, data=data), *unsent(case, to_person)),
            notices=to_person or _to_controller(case, more, number),
        )
        await cases.apply(tx, case, decision, now)
        keep_until = now + timedelta(days=self._profile.profile.delivery.close_after_days)
        await supplements.postpone_close(tx, case.id, keep_until)

    async def _look_again(self, tx: Connection, step: Step, now: datetime) -> None:
        """What came while this was written is told next."""
        case = await cases.lock(tx, step.case_id)
        await cases.apply(tx, case, await supplements.look(tx, case, self._profile.profile, now), now)

    async def _more(self, tx: Connection, case: Case, late: Late, facts: Facts, number: int) -> More:
        configured = {row.key: row for row in await systems.all_known(tx)}
        found = await supplements.records_by_system(tx, case.id, number)
        mine = [
            row
            for row in await steps.of_case(tx, case.id)
            if row.kind is StepKind.SUPPLEMENT and row.key == str(number)
        ]
        closed = _titles(late.closed, configured)
        unasked = [one for one in facts.systems if one.title in closed and one.finds_by]
        told = {one.title for one in unasked}
        return More(
            came=tuple(
                Came(title_of(key, configured), found.get(key, 0), key not in late.missing)
                for key in sorted(late.closed | found.keys())
                if title_of(key, configured) not in told
            ),
            gaps=_titles(late.missing, configured),
            pending=_titles(late.at_work, configured),
            withheld=tuple(withheld_of(mine, self._profile.profile)),
            bundle=await deliveries.bundle_of_case(tx, case.id, number),
            records=sum(found.values()),
            systems=tuple(unasked),
        )

    def _letter(self, case: Case, more: More, business: OnBehalf | None, now: datetime) -> Letter:
        profile = self._profile.profile
        return self._letters.write(
            "supplement",
            case=case,
            facts=more,
            on_behalf=business,
            operator=profile.operator,
            profile=profile,
            authority=profile.jurisdiction(case.residence).authority,
            status_url=f"{self._settings.public_url}/requests/{case.reference}",
            verify_url=f"{self._settings.public_url}/verify/{case.reference}",
            language=case.language,
            until=now + timedelta(days=profile.delivery.link_days),
        )


def _titles(keys: frozenset[str], configured: Mapping[str, SystemRow]) -> tuple[str, ...]:
    return tuple(sorted(title_of(key, configured) for key in keys))


def _to_controller(case: Case, more: More, number: int) -> tuple[Notice, ...]:
    """A further archive of its own to fetch, or the word that nothing was found there."""
    if case.controller_id is None:
        return ()
    event_type = BUNDLE_READY if more.bundle else STATUS_CHANGED
    return (Notice(WEBHOOK, event_type, controller_id=case.controller_id, facts={"number": number}),)
