"""Erasing a caller's calls from every copy, so that a crash at any point leaves what the next run needs.

The audio goes first, since only the rows name it. The second copies go before `Master.csv`, which holds the
legs without account code, and SQLite last, whose linked ids join them.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from dsar.contract import Proof, Receipt, Unreachable
from dsar_asterisk.calls import Call
from dsar_asterisk.cdr import MalformedRowError, parse
from dsar_asterisk.csvlog import AccountsCsv, MasterCsv
from dsar_asterisk.faults import faults
from dsar_asterisk.numbers import Phone
from dsar_asterisk.recordings import Recordings
from dsar_asterisk.rewrite import rewrite, sweep
from dsar_asterisk.rows import Row
from dsar_asterisk.search import Search
from dsar_asterisk.sqlite import SqliteCdr
from dsar_asterisk.wanted import ByKeys, by_uniqueids

_ROUNDS_MAX = 4  # a caller may ring while we erase


class Copies(Struct, frozen=True):
    """What is configured of the call store."""

    master: MasterCsv | None
    accounts: AccountsCsv | None
    sqlite: SqliteCdr | None
    recordings: Recordings | None

    @property
    def logs(self) -> list[AccountsCsv | MasterCsv]:
        """The CSV copies in the order of erasure."""
        return [log for log in (self.accounts, self.master) if log is not None]

    @property
    def sources(self) -> tuple[MasterCsv | AccountsCsv | SqliteCdr, ...]:
        """The copies of the CDR in the order of reading, fullest rows first."""
        return tuple(source for source in (self.master, self.accounts, self.sqlite) if source is not None)


class Doomed(Struct, frozen=True):
    """The rows of these channels under these account codes or none."""

    channels: ByKeys
    codes: frozenset[str]

    @property
    def uniqueids(self) -> frozenset[str]:
        return self.channels.uniqueids

    def __call__(self, row: Row) -> bool:
        if not self.channels.may_be_in(row.raw):
            return False
        try:
            leg = parse(row.text, "")
        except MalformedRowError:
            return False  # the search has refused those that matter
        return leg.uniqueid in self.uniqueids and (leg.accountcode in self.codes or not leg.accountcode)


async def erase(
    copies: Copies, search: Search, phone: Phone, codes: frozenset[str], only: frozenset[str] | None = None
) -> Receipt:
    """Erase until a search of every copy finds nothing; only then is it verified. `only` are ids of calls."""
    await asyncio.to_thread(_sweep, copies, codes)
    changed = 0
    for _ in range(_ROUNDS_MAX):
        found = await search.calls([phone], codes)
        calls = [call for call in found if only is None or call.id in only]
        if not calls:
            await asyncio.to_thread(_flush, copies)
            return Receipt(changed=changed, proof=Proof.VERIFIED)
        changed += await _erase_calls(copies, calls, codes)
    raise Unreachable("asterisk: new calls arrive while they are erased; it is tried again")


async def _erase_calls(copies: Copies, calls: list[Call], codes: frozenset[str]) -> int:
    doomed = Doomed(by_uniqueids(uniqueid for call in calls for uniqueid in call.uniqueids), codes)
    changed = 0
    for step in _steps(copies, doomed):
        changed += await asyncio.to_thread(step)
    return changed


def _steps(copies: Copies, doomed: Doomed) -> list[Callable[[], int]]:
    steps: list[Callable[[], int]] = []
    if copies.recordings:
        audio = copies.recordings
        steps.append(lambda: _erase_audio(audio, doomed.uniqueids))
    steps += [_rewriting(log.name, path, doomed) for log in copies.logs for path in log.files(doomed.codes)]
    if copies.sqlite:
        table = copies.sqlite
        steps.append(lambda: table.erase(doomed.uniqueids, doomed.codes))
    return steps


def _erase_audio(recordings: Recordings, uniqueids: frozenset[str]) -> int:
    gone = recordings.erase(uniqueids)
    if recordings.found(uniqueids):
        raise Unreachable(
            f"{recordings.setting}: a recording came back while it was erased; it is tried again"
        )
    return gone


def _rewriting(setting: str, path: Path, doomed: Doomed) -> Callable[[], int]:
    def step() -> int:
        with faults(setting):
            return rewrite(path, doomed)

    return step


def _sweep(copies: Copies, codes: frozenset[str]) -> None:
    for log in copies.logs:
        for path in log.files(codes):
            with faults(log.name):
                sweep(path)


def _flush(copies: Copies) -> None:
    if copies.sqlite:
        copies.sqlite.flush()
