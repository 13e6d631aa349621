"""What the entry point names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Role, Tools
from dsar_sql.dialects.opening import connected
from dsar_sql.mapping.settings import Settings
from dsar_sql.session import SqlSession


class SqlConnector:
    """Any database of the three kinds, by a declared mapping."""

    manifest = Manifest(
        key="sql",
        title="SQL database (PostgreSQL, MariaDB, MySQL, SQLite)",
        settings=Settings,
        finds_by=frozenset({"email", "phone", "account_id"}),
        orders=frozenset(OrderKind),
        knows_tenants=True,
        secret_settings=("url",),
        residue="Deleted rows stay in the database's backups and change logs until those expire.",
        lists_everyone=True,
    )

    def orders(self, settings: Settings) -> frozenset[OrderKind]:
        """Erasing always; the others as far as the mapping says how."""
        declared = {
            OrderKind.ERASE: True,
            OrderKind.SUPPRESS: bool(settings.suppress),
            OrderKind.RESTRICT: any(table.restrict for table in settings.tables),
            OrderKind.RECTIFY: any(table.rectify for table in settings.tables),
        }
        return frozenset(order for order, there in declared.items() if there)

    def roles(self, settings: Settings) -> frozenset[Role]:
        """Whose data the mapping can answer for: a processor's scope needs a tenant column."""
        return settings.roles()

    @asynccontextmanager
    async def open(self, settings: Settings, tools: Tools) -> AsyncIterator[SqlSession]:
        """Open the connections; the drivers speak for themselves, so the HTTP client is not used."""
        del tools
        async with connected(settings) as database:
            yield SqlSession(database, settings)


connector = SqlConnector()
