"""SQLite's errors in the contract's words, without its text: that may quote a row."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsar.contract import ConnectorError, Refused, Unauthorised, Unreachable

_CODE_BITS = 0xFF  # the rest says more of the same
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,
    }
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FORBIDDEN = frozenset({sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH})


@contextmanager
def translated() -> Iterator[None]:
    """Raise the fitting `ConnectorError` in place of what SQLite or the file system raises."""
    try:
        yield
    except sqlite3.Error as error:
        # `from None`: the original's text may hold personal data, and a traceback would print it.
        raise _meaning(error) from None
    except TimeoutError:
        raise Unreachable("the database did not answer in time; see the time-outs in the settings") from None
    except OSError as error:
        raise _of_the_file(error) from None


def check_file(path: Path) -> None:
    """SQLite says the same of a file that is not there and of one that may not be read."""
    with path.open("rb"):
        pass


def _of_the_file(error: OSError) -> ConnectorError:
    if isinstance(error, PermissionError):
        return Unauthorised(
            "the database's file may not be read by this account; let it read and write there"
        )
    return Unreachable("the database's file cannot be opened; check the path in url, and that it is mounted")


def _meaning(error: sqlite3.Error) -> ConnectorError:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & _CODE_BITS
    if extended == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return Refused(
            "rows that the mapping does not erase still need the subject's; nothing was changed: declare the "
            "table that refers to it with a path to this one, or keep this one's rows too"
        )
    if code in _FORBIDDEN:
        return Refused(
            f"the database's file may not be written ({name}); let this account write it and its folder"
        )
    if code in _DAMAGED:
        return Unreachable(
            f"the file is no whole database ({name}); check the path in url, and restore the file"
        )
    if code in _PASSING:
        return Unreachable(f"the database did not finish ({name}); it is tried again")
    return Refused(f"the database refused the statement ({name}); nothing was changed")
