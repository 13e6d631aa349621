"""What configures one database as a system."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from dsar.contract import Role
from dsar_sql.mapping.rules import check
from dsar_sql.mapping.suppression import Suppression
from dsar_sql.mapping.tables import Table
from dsar_sql.mapping.tree import SettingsError, Tree, serves

ZoneName = Annotated[str, Meta(pattern="^[A-Za-z0-9_+/-]+$")]
Seconds = Annotated[int, Meta(ge=1, le=3600)]

SCHEMES = ("postgresql", "postgres", "mysql", "mariadb", "sqlite")


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A database and the mapping of its tables. A contradiction in it raises `SettingsError`."""

    url: str
    """`postgresql://`, `mysql://` or `mariadb://user:password@host:port/database`, or `sqlite:///path`. Secret."""
    tables: tuple[Table, ...]
    """Every table that holds personal data, in the order of the export."""
    ignore: dict[str, str] = {}
    """Tables that hold nothing personal, each with the reason."""
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
        for problem in self._problems():
            raise SettingsError(problem)
        check(self.tree(), self.suppress)

    def __repr__(self) -> str:
        """Keep the password out of tracebacks and logs."""
        return f"Settings({self.scheme}://…, {len(self.tables)} tables)"

    @property
    def scheme(self) -> str:
        """The kind of database."""
        return self.url.partition("://")[0]

    def tree(self) -> Tree:
        """The declared tables as trees."""
        return Tree(self.tables)

    def roles(self) -> frozenset[Role]:
        """The roles that any of the tables answers for."""
        return frozenset(role for role in Role for root in self.tree().roots if serves(root, role))

    def _problems(self) -> Iterator[str]:
        if not self.url.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
            yield "url: begins with postgresql://, mysql://, mariadb:// or sqlite:///; correct it"
        for table in self.tables:
            if table.name in self.ignore:
                yield f"ignore.{table.name}: the table is declared in tables too; take it out of one of the two"
        for name, reason in self.ignore.items():
            if not reason.strip():
                yield f"ignore.{name}: has no reason; say why the table holds nothing personal"
