"""What the entry point names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Tools
from dsar_sql.database import connected
from dsar_sql.session import SqlSession
from dsar_sql.settings import Settings


class SqlConnector:
    """Any Postgres database, by a declared mapping."""

    manifest = Manifest(
        key="sql",
        title="PostgreSQL database",
        settings=Settings,
        finds_by=frozenset({"email", "phone", "account_id"}),
        orders=frozenset(OrderKind),
        knows_tenants=True,
        secret_settings=("url",),
        residue="Deleted rows stay in the database's backups and write-ahead archive until those expire.",
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

    @asynccontextmanager
    async def open(self, settings: Settings, tools: Tools) -> AsyncIterator[SqlSession]:
        """Open the pool; asyncpg speaks for itself, so the HTTP client is not used."""
        del tools
        async with connected(settings) as database:
            yield SqlSession(database, settings)


connector = SqlConnector()
