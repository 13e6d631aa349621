"""`dsar erase-again`: a connected system was restored from a backup; erase once more whoever was erased since."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dsar import settings as settings_
from dsar.domain.errors import FieldError, InvalidInput
from dsar.engine.opening import nobody_to_wake, opened, utc_now
from dsar.fanout import ErasingAgain
from dsar.fanout.erasing_again import CASES_NAMED_MAX, Report, Wanted
from dsar.settings import Settings
from dsar.telemetry import configure


def arguments(command: argparse.ArgumentParser) -> None:
    """Since when, where, and whether only to look."""
    command.add_argument(
        "--since", required=True, metavar="TIME", help="when the backup was made, ISO 8601 with its offset"
    )
    command.add_argument(
        "--restored",
        metavar="TIME",
        help="when its data went back to work: needed where one restored backup was dealt with before",
    )
    command.add_argument("--system", metavar="KEY", help="the system that was restored; otherwise all")
    command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def run(given: argparse.Namespace) -> int:
    """0 when nothing of what was erased is left there; 1 when something failed or needs a person."""
    wanted = wanted_of(given, utc_now())
    settings = settings_.load()
    configure(settings.log_level)
    reports = asyncio.run(erase_again(settings, wanted))
    for report in reports:
        _tell(report, dry_run=wanted.dry_run)
    if not reports:
        print(f"nothing was erased since {wanted.since.isoformat()}")
    return 0 if all(report.well for report in reports) else 1


def wanted_of(given: argparse.Namespace, now: datetime) -> Wanted:
    """The options, read; raises InvalidInput naming the one that cannot be used."""
    since = _moment("--since", given.since, now)
    restored = _moment("--restored", given.restored, now) if given.restored else None
    if restored is not None and restored < since:
        raise InvalidInput(FieldError("--restored", "is before the backup.", "Give the later of the two."))
    return Wanted(since=since, restored_at=restored, system_key=given.system, dry_run=given.dry_run)


def _moment(option: str, text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput(
            FieldError(option, "is no time with its offset.", "Write it like 2026-03-01T00:00Z.")
        )
    if moment > now:
        raise InvalidInput(FieldError(option, "is in the future.", "Give a time that is over."))
    return moment


async def erase_again(settings: Settings, wanted: Wanted) -> list[Report]:
    """Open what is needed, and do it."""
    async with opened(settings, nobody_to_wake, utc_now) as parts:
        doing = ErasingAgain(parts.db, parts.vault, parts.profile, parts.systems, parts.now, _progress)
        return await doing.run(wanted)


def _progress(line: str) -> None:
    print(f"{line} …", file=sys.stderr, flush=True)


def _tell(report: Report, *, dry_run: bool) -> None:
    """Counts and case ids: nothing of what is printed says who anybody is."""
    name = report.system_key
    print(f"{name}: {report.remembered} erasures remembered since the backup")
    if report.problem is not None:
        print(f"{name}: to do by hand: {report.problem}{_cases(report.by_hand)}")
    if report.looked_through:
        # How many items it would be, only the order itself says.
        done = (
            f"{report.again} would be erased again, {report.stopped} marketing stops would be repeated"
            if dry_run
            else f"{report.again} erased again ({report.changed} items), {report.kept} items kept, "
            f"{report.stopped} marketing stops repeated"
        )
        print(f"{name}: {report.looked_through:,} looked through, {done}, {len(report.tasks)} to do by hand")
    for reason, count in Counter(task.reason for task in report.tasks).items():
        concerned = [task.case_id for task in report.tasks if task.reason is reason and task.case_id]
        print(f"{name}: {count} to do by hand: {reason}{_cases(concerned)}")


def _cases(case_ids: Sequence[UUID]) -> str:
    if not case_ids:
        return ""
    named = ", ".join(str(case_id) for case_id in case_ids[:CASES_NAMED_MAX])
    return f"; cases {named}" + (", …" if len(case_ids) >= CASES_NAMED_MAX else "")
