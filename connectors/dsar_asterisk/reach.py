"""What of a call store is told, what is left out on purpose, and what is never reached."""

from collections.abc import Iterator, Mapping

from dsar.contract import Coverage, Field, Use
from dsar_asterisk import cdr, cel
from dsar_asterisk.copies import Copies
from dsar_asterisk.csvlog import AccountsCsv, OneCsv
from dsar_asterisk.items import CALLS, EVENTS, QUEUED
from dsar_asterisk.queued import NAMES
from dsar_asterisk.settings import AsteriskSettings
from dsar_asterisk.sqlite import Table

_ROW_NUMBER = "the table's number of the row, which says nothing of the call"
NOT_COVERED = (
    "Voicemail messages and greetings",
    "Rotated and compressed logs, such as Master.csv.1",
    "Asterisk's console and debug logs, SIP traces and fax files",
    "Queues, conferences and contacts that Asterisk keeps in its own database (astdb)",
)


def coverage(settings: AsteriskSettings, copies: Copies, widths: Mapping[str, int]) -> Coverage:
    """As the logs are now; `widths` says how many fields a row of each has."""
    return Coverage(tuple(_fields(settings, copies, widths)), (*_unset(settings), *NOT_COVERED))


def _fields(settings: AsteriskSettings, copies: Copies, widths: Mapping[str, int]) -> Iterator[Field]:
    for log in (copies.master, copies.accounts):
        if log is not None:
            yield from _of_cdr(log, widths[log.name])
    if copies.cel_csv:
        yield from _of_cel(copies.cel_csv, settings.cel_csv_fields)
    if copies.sqlite:
        yield from _of_table(CALLS, copies.sqlite, settings.sqlite_left_out)
    if copies.cel_sqlite:
        yield from _of_table(EVENTS, copies.cel_sqlite, settings.cel_sqlite_left_out)
    if copies.queue:
        for name in (*NAMES, "data"):
            yield Field(QUEUED, f"{copies.queue.name}.{name}", Use.EXPORTED)


def _of_cdr(log: OneCsv | AccountsCsv, width: int) -> Iterator[Field]:
    """The CSV's columns; those of the long form only where the log has them."""
    for name in cdr.names(width):
        reason = cdr.LEFT_OUT.get(name)
        yield Field(CALLS, f"{log.name}.{name}", Use.EXCLUDED if reason else Use.EXPORTED, reason)


def _of_cel(log: OneCsv, names: tuple[str, ...]) -> Iterator[Field]:
    """The fields that the settings name; one that is no variable of the CEL is read and not told."""
    for name in names:
        known = name in cel.FIELDS
        yield Field(EVENTS, f"{log.name}.{name}", Use.EXPORTED if known else Use.UNDECLARED)


def _of_table(collection: str, table: Table, left_out: Mapping[str, str]) -> Iterator[Field]:
    told = frozenset(table.columns.values())
    for column, is_row_number in table.column_names():
        name = f"{table.name}.{column}"
        reason = left_out.get(column) or (_ROW_NUMBER if is_row_number else None)
        if column in told:
            yield Field(collection, name, Use.EXPORTED)
        elif reason:
            yield Field(collection, name, Use.EXCLUDED, reason)
        else:
            yield Field(collection, name, Use.UNDECLARED)


def _unset(settings: AsteriskSettings) -> Iterator[str]:
    """What Asterisk may keep and the settings do not name."""
    if not (settings.cel_csv or settings.cel_sqlite):
        yield "The channel event log (CEL): cel_csv and cel_sqlite are not set"
    if not settings.queue_log:
        yield "The queue log: queue_log is not set"
    if not (settings.recordings_dir or settings.ari_url):
        yield "Recordings: recordings_dir and ari_url are not set"
    if not settings.transcripts_dir:
        yield "What was written down of recordings: transcripts_dir is not set"
