"""MariaDB's and MySQL's errors in the contract's words, without the server's text: that may quote a row."""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql

from dsar.contract import ConnectorError, Refused, Unauthorised, Unreachable

_CREDENTIALS = frozenset({1045, 1130, 1251, 1275, 1396, 1698, 1820, 1862, 2058, 2059, 2061, 3118, 3878, 4151})
_GRANTS = frozenset({1044, 1142, 1143, 1227, 1370, 1410})
_FOREIGN_KEYS = frozenset({1216, 1217, 1451, 1452})
_NO_DATABASE = 1049
# Too many connections, shutting down, a lock, a dead lock, time, memory, disk, the network; the client's own (2000 to
# 2999) are all of the connection.
_PASSING = frozenset(
    {
        1020,
        1021,
        1037,
        1038,
        1040,
        1041,
        1042,
        1043,
        1053,
        1077,
        1080,
        1104,
        1114,
        1135,
        1152,
        1158,
        1159,
        1160,
        1161,
    }
    | {1184, 1203, 1205, 1206, 1213, 1226, 1290, 1317, 1836, 1880, 1927, 1928, 1969, 3024, 3169, 4031}
)
_CLIENT = range(2000, 3000)
_TIMES = frozenset({1205, 1969, 3024})

# Of `("db"."ticket", CONSTRAINT "f" FOREIGN KEY …)`: names alone, no values.
_CONSTRAINT = re.compile(
    r"\([`\"][^`\"]+[`\"]\.[`\"]([^`\"]+)[`\"], CONSTRAINT [`\"]([^`\"]+)[`\"] FOREIGN KEY"
)


class NotGranted(Refused):
    """The user has not the grant that the statement needs."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise the fitting `ConnectorError` in place of what the driver raises."""
    try:
        yield
    except pymysql.MySQLError as error:
        # `from None`: the original's text may hold personal data, and a traceback would print it.
        raise _meaning(error) from None
    except TimeoutError:
        raise Unreachable("the database did not answer in time; see the time-outs in the settings") from None
    except (OSError, EOFError):
        raise Unreachable("the database cannot be reached; check its host, port and network") from None
    except (
        AssertionError,
        IndexError,
        struct.error,
        UnicodeDecodeError,
        AttributeError,
        RuntimeError,
        TypeError,
    ):
        # What the driver stumbles over when the answer is none of the protocol's.
        raise Unreachable("the database's answer cannot be read; check host and port in url") from None


def code_of(error: pymysql.MySQLError) -> int:
    """The server's number of the error; 0 where the driver raised it by itself."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _meaning(error: pymysql.MySQLError) -> ConnectorError:
    code = code_of(error)
    if code in _CREDENTIALS:
        return Unauthorised("the database refuses the user or password; correct them in url")
    if code in _TIMES:
        return Unreachable(f"the database did not finish in time (error {code}); it is tried again")
    if code in _PASSING or code in _CLIENT or code == 0:
        return Unreachable(f"the database did not finish (error {code}); it is tried again")
    return _refusal(error, code)


def _refusal(error: pymysql.MySQLError, code: int) -> ConnectorError:
    if code == _NO_DATABASE:
        return Refused("the database that url names does not exist; correct url")
    if code in _GRANTS:
        return NotGranted("the database user may not do this; grant what docs/connectors/sql.md lists")
    if code in _FOREIGN_KEYS:
        return Refused(
            f"rows that the mapping does not erase still need the subject's ({_place(error, code)}); "
            "nothing was changed: declare that table with a path to this one, or keep this one's rows too"
        )
    return Refused(f"the database refused the statement (error {code}); nothing was changed")


def _place(error: pymysql.MySQLError, code: int) -> str:
    named = _CONSTRAINT.search(str(error.args[1])) if len(error.args) > 1 else None
    return f"error {code}, table {named[1]}, constraint {named[2]}" if named else f"error {code}"
