"""How an Asterisk call store is configured, and what is wrong with a configuration that cannot work."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from msgspec import Struct, field

from dsar.contract import Refused

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class SqliteColumns(Struct, frozen=True, forbid_unknown_fields=True):
    """The column of each CDR variable, as in `cdr_sqlite3_custom.conf`; None where it is not kept."""

    uniqueid: str = "uniqueid"
    """`${CDR(uniqueid)}`: the channel's id. Required."""
    accountcode: str = "accountcode"
    """`${CDR(accountcode)}`: the customer. Required."""
    src: str = "src"
    """`${CDR(src)}`: the caller's number. Required."""
    dst: str = "dst"
    """`${CDR(dst)}`: the called number. Required."""
    start: str = "calldate"
    """`${CDR(start)}`: local time of the start. Required."""
    clid: str | None = "clid"
    """`${CDR(clid)}`: the caller's name and number."""
    linkedid: str | None = "linkedid"
    """`${CDR(linkedid)}`: what joins the legs of a call."""
    dcontext: str | None = "dcontext"
    """`${CDR(dcontext)}`: the dialplan context."""
    channel: str | None = "channel"
    """`${CDR(channel)}`: the channel's name."""
    dstchannel: str | None = "dstchannel"
    """`${CDR(dstchannel)}`: the far channel's name."""
    lastapp: str | None = "lastapp"
    """`${CDR(lastapp)}`: the last dialplan application."""
    lastdata: str | None = None
    """`${CDR(lastdata)}`: its arguments."""
    answer: str | None = None
    """`${CDR(answer)}`: local time of the answer."""
    end: str | None = None
    """`${CDR(end)}`: local time of the end."""
    duration: str | None = "duration"
    """`${CDR(duration)}`: seconds from start to end."""
    billsec: str | None = "billsec"
    """`${CDR(billsec)}`: seconds from answer to end."""
    disposition: str | None = "disposition"
    """`${CDR(disposition)}`: ANSWERED, NO ANSWER, BUSY, FAILED."""
    amaflags: str | None = None
    """`${CDR(amaflags)}`: the billing flag."""
    userfield: str | None = None
    """`${CDR(userfield)}`: what the dialplan chose to note."""

    def named(self) -> dict[str, str]:
        """Map each CDR variable that is kept to its column."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: column for name, column in pairs if column is not None}


class AsteriskSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where one Asterisk server keeps its calls. At least one of the three CDR sources is needed."""

    master_csv: str | None = None
    """Path of `cdr_csv`'s `Master.csv`; `loguniqueid` must be on in `cdr.conf`."""
    accounts_csv_dir: str | None = None
    """Folder of `cdr_csv`'s second copies `<accountcode>.csv`; mostly the folder of `Master.csv`."""
    sqlite: str | None = None
    """Path of `cdr_sqlite3_custom`'s database, e.g. `master.db`."""
    sqlite_table: str = "cdr"
    """The table in that database."""
    sqlite_columns: SqliteColumns = field(default_factory=SqliteColumns)
    """The columns of that table."""
    recordings_dir: str | None = None
    """Folder of `call-<uniqueid>.wav` and its `-rx` and `-tx` sides; None where nothing is recorded."""
    region: str | None = None
    """ISO country code, e.g. `FI`: its numbers are also looked for in national form."""
    international_without_plus: bool = False
    """Whether trunks here also deliver `358401234567` for `+358401234567`."""
    timezone: str = "UTC"
    """IANA zone of the CDR's local times, e.g. `Europe/Helsinki`; `UTC` with `usegmtime=yes`."""
    operator_account_codes: tuple[str, ...] = ()
    """Account codes of the operator's own calls: the only calls that a case without a tenant may touch."""
    mark_every_calls: int = 20
    """Calls between two marks of an export; 1 to 1000."""


def check(settings: AsteriskSettings) -> None:
    """Refuse settings that cannot work, naming the field and the remedy."""
    for problem in (_sources(settings), _columns(settings), _places(settings), _limits(settings)):
        if problem:
            raise Refused(f"asterisk settings: {problem}")


def _sources(settings: AsteriskSettings) -> str | None:
    if not (settings.master_csv or settings.accounts_csv_dir or settings.sqlite):
        return "master_csv, accounts_csv_dir and sqlite are all unset; set at least one"
    return None


def _columns(settings: AsteriskSettings) -> str | None:
    if not _IDENTIFIER.fullmatch(settings.sqlite_table):
        return "sqlite_table is no plain identifier; give the table's name as in cdr_sqlite3_custom.conf"
    for name, column in settings.sqlite_columns.named().items():
        if not _IDENTIFIER.fullmatch(column):
            return f"sqlite_columns.{name} is no plain identifier; give the column's name, or null"
    return None


def _places(settings: AsteriskSettings) -> str | None:
    if settings.region is not None and settings.region not in phonenumbers.SUPPORTED_REGIONS:
        return "region is no known country; give its two capital letters, e.g. FI"
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "timezone is no known zone; give an IANA name, e.g. Europe/Helsinki"
    return None


def _limits(settings: AsteriskSettings) -> str | None:
    if not all(code.strip() for code in settings.operator_account_codes):
        # The second leg of every customer's call has an empty account code.
        return "operator_account_codes holds an empty code, which would be every customer's; take it out"
    if not 1 <= settings.mark_every_calls <= 1000:
        return "mark_every_calls must lie between 1 and 1000"
    return None
