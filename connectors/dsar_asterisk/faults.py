"""What an operating system's or SQLite's error means for the service."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from dsar.contract import Refused, Unauthorised, Unreachable

_NO_SPACE_OR_LOCK = ("locked", "busy", "disk", "unable to open")


@contextmanager
def faults(setting: str) -> Iterator[None]:
    """Turn an error while using what `setting` names into the contract's."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unreachable(f"{setting}: it is not there; check the setting and the mount") from error
    except PermissionError as error:
        raise Unauthorised(f"{setting}: this user may not read or replace it; grant the right") from error
    except OSError as error:
        raise Unreachable(
            f"{setting}: the file system failed ({type(error).__name__} {error.errno})"
        ) from error
    except sqlite3.OperationalError as error:
        raise _operational(setting, str(error)) from error
    except sqlite3.DatabaseError as error:
        raise Refused(f"{setting}: it is no sound SQLite database; check it with integrity_check") from error


def _operational(setting: str, text: str) -> Refused | Unauthorised | Unreachable:
    if "readonly" in text or "read-only" in text:
        return Unauthorised(
            f"{setting}: this user may not write it; grant the right to the file and its folder"
        )
    if any(word in text for word in _NO_SPACE_OR_LOCK):
        return Unreachable(f"{setting}: the database is locked or its disk failed; it is tried again")
    return Refused(
        f"{setting}: the database lacks what {setting}_table and {setting}_columns name; mend the settings"
    )
