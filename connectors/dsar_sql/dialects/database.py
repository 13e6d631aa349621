"""The connections to one database, whichever it is: reads cannot write, and a change is one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Catalogue
from dsar_sql.dialects.dialect import Dialect, Row

CONNECTIONS_MAX = 4
GRACE_SECONDS = 5


class TooLarge(Refused):
    """One answer would be longer than the database can write: fewer rows may fit."""


class Change(Protocol):
    """A transaction that is under way."""

    async def run(self, statement: str, values: list[object]) -> int:
        """Run one statement and count the rows it changed."""

    async def fetch(self, statement: str, values: list[object]) -> list[Row]:
        """Read what this transaction sees."""


class Database(Protocol):
    """At most four connections, opened when first used. Every failure is one of the contract's errors."""

    dialect: Dialect
    unseen: tuple[str, ...]
    """What the database's own catalogue does not show to this user, in words."""

    async def fetch(self, statement: str, values: list[object]) -> list[Row]:
        """Run one read."""

    def change(self, *, rehearsed: bool = False) -> AbstractAsyncContextManager[Change]:
        """One transaction: all of it, or nothing on any error; nothing at all where it is only rehearsed."""

    async def describe(self, names: Sequence[str]) -> Catalogue:
        """The tables named, as far as they are there."""

    async def survey(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Every table beside the named ones, with its columns: what the mapping would have to name, too."""

    async def emptied(self) -> bool:
        """Whether what was deleted is gone from the database's own files as well, as far as a client can see to it."""
