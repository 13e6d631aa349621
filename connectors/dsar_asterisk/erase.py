"""Erasing a caller's calls from every log, so that a crash at any point leaves what the next run needs.

The audio and what was written down of it go first, since only the rows name them. The queue log goes before what says
whose the call is, and the event log before the CDR. Of that the second copies go before `Master.csv`, which holds the
legs without account code, and SQLite last, whose linked ids join them.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from dsar.contract import Proof, Receipt, Unreachable
from dsar_asterisk.copies import Copies
from dsar_asterisk.csvlog import AccountsCsv, OneCsv
from dsar_asterisk.doomed import Doomed, Erasing, Item, doomed
from dsar_asterisk.faults import faults
from dsar_asterisk.logfile import Form
from dsar_asterisk.rewrite import rewrite, sweep
from dsar_asterisk.rows import Row
from dsar_asterisk.traces import MalformedRowError
from dsar_asterisk.wanted import ByKeys, by_uniqueids

_ROUNDS_MAX = 4  # a caller may ring while we erase
Step = Callable[[], int]


class Drops(Struct, frozen=True):
    """The rows of these channels under these account codes or none."""

    channels: ByKeys
    codes: frozenset[str]
    form: Form

    def may_be_in(self, raw: bytes) -> bool:
        return self.channels.may_be_in(raw)

    def __call__(self, row: Row) -> bool:
        if not self.channels.may_be_in(row.raw):
            return False
        try:
            trace = self.form.read(row.text, "")
        except MalformedRowError:
            return False  # the search has refused those that matter
        if trace is None or trace.uniqueid not in self.channels.uniqueids:
            return False
        return not trace.accountcode or trace.accountcode in self.codes


async def erase(work: Erasing, named: frozenset[Item] | None = None) -> Receipt:
    """Erase until a search of every log finds nothing; only then is it verified."""
    await asyncio.to_thread(_sweep, work)
    changed = 0
    for _ in range(_ROUNDS_MAX):
        found = await doomed(work, named)
        if not found.items:
            await asyncio.to_thread(_flush, work.copies)
            return Receipt(changed=changed, proof=Proof.VERIFIED)
        changed += await work.audio.forget(found.said)
        changed += await work.audio.erase(found.recordings)
        for step in _steps(work, found):
            changed += await asyncio.to_thread(step)
    raise Unreachable("asterisk: new calls arrive while they are erased; it is tried again")


def _steps(work: Erasing, found: Doomed) -> Iterator[Step]:
    """In the order of erasure, but for logs of which nothing goes."""
    copies, codes = work.copies, work.owner.codes
    if copies.queue and found.queued:
        yield partial(copies.queue.blank, by_uniqueids(found.queued))
    if copies.cel_sqlite and found.events:
        yield partial(copies.cel_sqlite.erase, found.events, codes)
    for log in copies.logs:
        uniqueids = found.events if log is copies.cel_csv else found.legs
        for path in log.files(codes) if uniqueids else ():
            yield _rewriting(log, path, Drops(by_uniqueids(uniqueids), codes, log.form))
    if copies.sqlite and found.legs:
        yield partial(copies.sqlite.erase, found.legs, codes)


def _rewriting(log: AccountsCsv | OneCsv, path: Path, drops: Drops) -> Step:
    def step() -> int:
        with faults(log.name):
            return rewrite(path, log.form.shape, drops)

    return step


def _sweep(work: Erasing) -> None:
    for log in work.copies.logs:
        for path in log.files(work.owner.codes):
            with faults(log.name):
                sweep(path)


def _flush(copies: Copies) -> None:
    for table in copies.tables:
        table.flush()
