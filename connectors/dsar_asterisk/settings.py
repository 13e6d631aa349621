"""How an Asterisk call store is configured, and what is wrong with a configuration that cannot work."""

import re
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from msgspec import Struct, field

from dsar.contract import Refused
from dsar_asterisk.cel import FIELDS, REQUIRED
from dsar_asterisk.columns import CelColumns, SqliteColumns

Whose = Literal["caller", "called", "subject", "business", "machine", "other", "mixed"]
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_RECORDING_NAME = re.compile(r"[\w.-]*\{uniqueid\}[\w.-]*", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class AsteriskSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where one Asterisk server keeps its calls. At least one of the three CDR sources is needed."""

    def __repr__(self) -> str:
        """Keep the password out of tracebacks and logs."""
        return "AsteriskSettings(…)"

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
    sqlite_left_out: dict[str, str] = {}
    """Columns of that table that are not told to the person, each with the reason."""
    cel_csv: str | None = None
    """Path of `cel_custom`'s file, e.g. `Master.csv`; the channel event log."""
    cel_csv_fields: tuple[str, ...] = FIELDS
    """The CEL variables in the order in which `cel_custom.conf` writes them."""
    cel_sqlite: str | None = None
    """Path of `cel_sqlite3_custom`'s database."""
    cel_sqlite_table: str = "cel"
    """The table in that database."""
    cel_sqlite_columns: CelColumns = field(default_factory=CelColumns)
    """The columns of that table."""
    cel_sqlite_left_out: dict[str, str] = {}
    """Columns of that table that are not told to the person, each with the reason."""
    queue_log: str | None = None
    """Path of `queue_log`; None where there are no queues."""
    recordings_dir: str | None = None
    """Folder of `call-<uniqueid>.wav` and its `-rx` and `-tx` sides; None where nothing is recorded."""
    transcripts_dir: str | None = None
    """Folder of `call-<uniqueid>.json`, what was said turn by turn; None where nothing is written down."""
    transcript_speakers: dict[str, Whose] = {}
    """Who is meant by each label of a speaker or channel in them; a label that is not here is nobody known."""
    ari_url: str | None = None
    """Asterisk's REST interface, e.g. `https://pbx.example.com:8089/ari`; None where it keeps no recordings."""
    ari_user: str = ""
    """A user of `ari.conf` who is not `read_only`."""
    ari_password: str = ""
    """The user's password."""
    ari_recording_name: str = "call-{uniqueid}"
    """How the dialplan names what it records through ARI; `-rx` and `-tx` behind it are the sides."""
    agent_is: Literal["business", "machine"] = "business"
    """Who speaks to callers here: people of the business, or a voice machine."""
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
    problems = (
        _sources(settings),
        _table("sqlite", settings.sqlite_table, settings.sqlite_columns),
        _table("cel_sqlite", settings.cel_sqlite_table, settings.cel_sqlite_columns),
        _cel_fields(settings),
        _ari(settings),
        _places(settings),
        _limits(settings),
    )
    for problem in problems:
        if problem:
            raise Refused(f"asterisk settings: {problem}")


def _sources(settings: AsteriskSettings) -> str | None:
    if not (settings.master_csv or settings.accounts_csv_dir or settings.sqlite):
        return "master_csv, accounts_csv_dir and sqlite are all unset; set at least one"
    return None


def _table(setting: str, table: str, columns: SqliteColumns | CelColumns) -> str | None:
    if not _IDENTIFIER.fullmatch(table):
        return (
            f"{setting}_table is no plain identifier; give the table's name as Asterisk's configuration does"
        )
    for name, column in columns.named().items():
        if not _IDENTIFIER.fullmatch(column):
            return f"{setting}_columns.{name} is no plain identifier; give the column's name, or null"
    return None


def _cel_fields(settings: AsteriskSettings) -> str | None:
    missing = REQUIRED - set(settings.cel_csv_fields)
    if missing:
        return (
            f"cel_csv_fields lacks {', '.join(sorted(missing))}; add it to cel_custom.conf and name it here"
        )
    if len(set(settings.cel_csv_fields)) < len(settings.cel_csv_fields):
        return "cel_csv_fields names a variable twice; give each place a name of its own"
    return None


def _ari(settings: AsteriskSettings) -> str | None:
    if settings.ari_url is None:
        return None
    url = urlsplit(settings.ari_url)
    plain = url.scheme == "http" and url.hostname in _LOOPBACK
    if (
        not (url.scheme == "https" or plain)
        or not url.hostname
        or "@" in url.netloc
        or url.query
        or url.fragment
    ):
        return "ari_url: give https://…/ari without user or query (plain http only for a loopback address)"
    if not (settings.ari_user and settings.ari_password) or ":" in settings.ari_user:
        return "ari_user and ari_password are needed with ari_url; give a user of ari.conf"
    if not _RECORDING_NAME.fullmatch(settings.ari_recording_name):
        return "ari_recording_name must hold {uniqueid} once, and else letters, digits, dots, dashes"
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
