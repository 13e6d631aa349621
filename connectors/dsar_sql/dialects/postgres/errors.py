"""Postgres's errors in the contract's words, without the server's text: that may quote a row."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from dsar.contract import ConnectorError, Refused, Unauthorised, Unreachable
from dsar_sql.dialects.database import TooLarge

# SQLSTATE classes: connection, rolled back, out of resources, stopped or timed out, disk; and a lock held.
_PASSING = ("08", "40", "53", "57", "58", "55P03")


@contextmanager
def translated() -> Iterator[None]:
    """Raise the fitting `ConnectorError` in place of what asyncpg raises."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        # `from None`: the original's text may hold personal data, and a traceback would print it.
        raise _meaning(error) from None


def _meaning(error: Exception) -> ConnectorError:
    if isinstance(error, asyncpg.PostgresError):
        return _refusal(error) or _by_state(error)
    if isinstance(error, TimeoutError):
        return Unreachable("the database did not answer in time; see the time-outs in the settings")
    return Unreachable("the database cannot be reached; check its host, port and network")


def _refusal(error: asyncpg.PostgresError) -> ConnectorError | None:
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return Unauthorised("the database refuses the user or password; correct them in url")
        case asyncpg.InvalidCatalogNameError():
            return Refused("the database that url names does not exist; correct url")
        case asyncpg.ProgramLimitExceededError():
            return TooLarge(f"the database cannot answer at such a length ({_place(error)})")
        case asyncpg.InsufficientPrivilegeError():
            return Refused(
                "the database user may not do this, or row-level security would hide rows from it; "
                "grant what docs/connectors/sql.md lists"
            )
        case asyncpg.ForeignKeyViolationError():
            return Refused(
                f"rows that the mapping does not erase still need the subject's ({_place(error)}); "
                "nothing was changed: declare that table with a path to this one, or keep this one's rows too"
            )
    return None


def _by_state(error: asyncpg.PostgresError) -> ConnectorError:
    if (error.sqlstate or "").startswith(_PASSING):
        return Unreachable(f"the database did not finish (SQLSTATE {error.sqlstate}); it is tried again")
    return Refused(f"the database refused the statement ({_place(error)}); nothing was changed")


def _place(error: asyncpg.PostgresError) -> str:
    names = {"table": error.table_name, "column": error.column_name, "constraint": error.constraint_name}
    return ", ".join(
        [f"SQLSTATE {error.sqlstate}", *(f"{what} {name}" for what, name in names.items() if name)]
    )
