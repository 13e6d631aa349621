"""After a backup of a connected system was restored: whoever was erased since the backup is erased once more."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from msgspec import Struct, field

from dsar.contract import (
    ConnectorError,
    OrderKind,
    Refused,
    Role,
    Scope,
    Session,
    Suppress,
    Throttled,
    Unreachable,
)
from dsar.domain.profile import LoadedProfile
from dsar.fanout.listing import Listing
from dsar.fanout.repeating import Repeating, Repetition
from dsar.fanout.subject import session_of
from dsar.outbound import Systems, installed
from dsar.store import Database, identities, systems, tombstones
from dsar.store.systems import SystemRow
from dsar.telemetry import log
from dsar.vault import Vault

Progress = Callable[[str], None]

T = TypeVar("T")

CASES_NAMED_MAX = 100
PATIENCE = timedelta(minutes=10)
TRIES_MAX = 50
LISTED_TOLD_EVERY = 10_000
ERASED_TOLD_EVERY = 100


class Wanted(Struct, frozen=True, kw_only=True):
    """What the operator asks: `since` is the time of the backup, `restored_at` when its data went back to work."""

    since: datetime
    restored_at: datetime | None = None
    system_key: str | None = None
    dry_run: bool = False


class Report(Struct):
    """What became of one system. `remembered` counts cases, `changed` and `kept` items."""

    system_key: str
    remembered: int
    looked_through: int = 0
    again: int = 0
    changed: int = 0
    kept: int = 0
    stopped: int = 0
    tasks: list[Repetition] = field(default_factory=list)
    problem: str | None = None
    by_hand: list[UUID] = field(default_factory=list)  # where nothing could be done: the first cases

    @property
    def well(self) -> bool:
        """Whether nothing failed, and nothing is left for a person."""
        return self.problem is None and not self.tasks


class ErasingAgain:
    """Handler of `dsar erase-again`: system by system; what fails one stops none of the others."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        open_systems: Systems,
        now: Callable[[], datetime],
        progress: Progress,
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._systems = open_systems
        self._now = now
        self._progress = progress

    async def run(self, wanted: Wanted) -> list[Report]:
        """One report for each system with anything to repeat since the backup, or for the one that is named."""
        async with self._db.read() as connection:
            remembered = await tombstones.erasures_since(connection, wanted.since)
            stopped = await identities.any_stopped(connection, wanted.since)
            rows = {row.key: row for row in await systems.enabled(connection)}
        keys = {
            key for key, row in rows.items() if stopped and _stops(row) and _lists(row)
        } | remembered.keys()
        chosen = keys if wanted.system_key is None else {wanted.system_key}
        return [
            await self._system(rows.get(key), Report(key, remembered.get(key, 0)), wanted)
            for key in sorted(chosen)
        ]

    async def _system(self, row: SystemRow | None, report: Report, wanted: Wanted) -> Report:
        report.problem = _unable(row, report.remembered)
        if row is None or report.problem is not None:
            async with self._db.read() as connection:
                report.by_hand = await tombstones.cases_since(
                    connection, report.system_key, wanted.since, CASES_NAMED_MAX
                )
            return report
        began = self._now()
        try:
            await self._look_through(row, report, wanted, began)
        except ConnectorError as error:
            report.problem = f"{type(error).__name__}: {str(error)[:300]}"
        except Exception as error:  # noqa: BLE001 - a connector's mistake; the text may hold personal data
            log.warning("erase_again.failed", system=row.key, error=type(error).__name__)
            report.problem = f"failed by {type(error).__name__}, a mistake in the connector"
        else:
            await self._finish(row, report, wanted, began)
        return report

    async def _look_through(self, row: SystemRow, report: Report, wanted: Wanted, began: datetime) -> None:
        listing = await self._patiently(row, lambda session: self._listing(row, session, wanted))
        report.looked_through = listing.looked_through
        repeating = Repeating(
            db=self._db,
            vault=self._vault,
            profile=self._profile.profile,
            system=row,
            since=wanted.since,
            restored_at=wanted.restored_at,
            dry_run=wanted.dry_run,
            now=self._now,
        )
        for number, back in enumerate(listing.back, 1):
            _count(report, await self._patiently(row, partial(repeating.repeat, back)))
            if number % ERASED_TOLD_EVERY == 0:
                self._progress(f"{row.key}: {number:,} of {len(listing.back):,} dealt with")
        if listing.stopped and _stops(row):
            stop = partial(self._stop_again, listing, wanted, began)
            report.stopped = await self._patiently(row, stop)

    async def _listing(self, row: SystemRow, session: Session, wanted: Wanted) -> Listing:
        region = self._profile.profile.operator.country
        listing = Listing(self._db, self._vault, region, row.key, wanted.since)
        await listing.look(session, partial(self._tell_listed, row.key))
        return listing

    def _tell_listed(self, system_key: str, count: int) -> None:
        if count % LISTED_TOLD_EVERY == 0:
            self._progress(f"{system_key}: {count:,} looked through")

    async def _patiently(self, row: SystemRow, act: Callable[[Session], Awaitable[T]]) -> T:
        """What a limit of calls holds up goes on when it may: each act has keys of its own, and may be repeated."""
        patience = self._now() + PATIENCE
        for _ in range(TRIES_MAX):
            try:
                async with session_of(self._systems, self._vault, row) as session:
                    return await act(session)
            except Throttled as error:
                if error.until > patience:
                    raise
                await asyncio.sleep(max(0.0, (error.until - self._now()).total_seconds()))
        raise Unreachable(f"it asked to wait {TRIES_MAX} times in a row; run this again later")

    async def _stop_again(self, listing: Listing, wanted: Wanted, began: datetime, session: Session) -> int:
        """GDPR 21(3): who objected since the backup is no longer on the restored system's own list."""
        stopped = 0
        for ref in sorted(listing.stopped, key=lambda ref: (ref.kind, ref.value)):
            if not wanted.dry_run:
                index = self._vault.blind_index(ref.kind, ref.value).hex()[:32]
                key = f"again:stop:{began.timestamp()}:{index}"
                try:
                    await session.carry_out(ref, Scope(Role.CONTROLLER), Suppress(), key)
                except Refused:
                    continue  # it keeps no list of those it does not know; ours has them
            stopped += 1
        return stopped

    async def _finish(self, row: SystemRow, report: Report, wanted: Wanted, began: datetime) -> None:
        """Whom the whole list did not name is not there: who is met on a later run has come since."""
        if wanted.dry_run:
            return
        waiting = [task.case_id for task in report.tasks if task.case_id is not None]
        async with self._db.write() as tx:
            await tombstones.looked_through(tx, row.key, wanted.since, began, waiting, self._now())


def _stops(row: SystemRow) -> bool:
    return OrderKind.SUPPRESS in row.orders and Role.CONTROLLER in row.roles


def _lists(row: SystemRow) -> bool:
    connector = installed().get(row.connector)
    return connector is not None and connector.manifest.lists_everyone


def _unable(row: SystemRow | None, remembered: int) -> str | None:
    """Why nobody but a person can do it there."""
    if row is None:
        return "is not among the systems now; where it was restored, erase by hand what should be gone"
    if remembered and OrderKind.ERASE not in row.orders:
        return "takes no order to erase; erase by hand what should be gone"
    if not _lists(row):
        return "cannot list whom it holds; look up by hand whoever asked for erasure since the backup"
    return None


def _count(report: Report, one: Repetition) -> None:
    report.again += one.there and one.reason is None
    report.changed += one.changed
    report.kept += one.kept
    if one.reason is not None:
        report.tasks.append(one)
