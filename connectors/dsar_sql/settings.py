"""What configures one Postgres database as a system."""

from typing import Annotated

from msgspec import Meta, Struct

from dsar_sql.rules import check
from dsar_sql.suppression import Suppression
from dsar_sql.tables import Table
from dsar_sql.tree import SettingsError, Tree

ZoneName = Annotated[str, Meta(pattern="^[A-Za-z0-9_+/-]+$")]
Seconds = Annotated[int, Meta(ge=1, le=3600)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A database and the mapping of its tables. A contradiction in it raises `SettingsError`."""

    url: str
    """`postgresql://user:password@host:port/database?sslmode=verify-full`. Secret."""
    tables: tuple[Table, ...]
    """Every table that holds personal data, in the order of the export."""
    suppress: tuple[Suppression, ...] = ()
    """Where an objection to direct marketing is written down."""
    operator_tenant: str | None = None
    """The tenant key of the operator's own rows, where they have one instead of an empty column."""
    timezone: ZoneName = "UTC"
    """The zone of timestamps that are stored without one, such as `Europe/Helsinki`."""
    statement_timeout_seconds: Seconds = 60
    """The longest that one statement may run."""
    lock_timeout_seconds: Seconds = 5
    """The longest that a change waits for another transaction's lock."""
    connect_timeout_seconds: Seconds = 10
    """The longest that a new connection, or a free one of the four, is waited for."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("postgresql://", "postgres://")):
            raise SettingsError("url: begins with postgresql://; correct it")
        check(self.tree(), self.suppress)

    def tree(self) -> Tree:
        """The declared tables as trees."""
        return Tree(self.tables)
