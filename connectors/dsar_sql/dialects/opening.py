"""Which database an address leads to."""

from contextlib import AbstractAsyncContextManager

from dsar_sql.dialects.database import Database
from dsar_sql.dialects.mysql.connection import connected as mysql_connected
from dsar_sql.dialects.postgres.connection import connected as postgres_connected
from dsar_sql.dialects.sqlite.connection import connected as sqlite_connected
from dsar_sql.mapping.settings import Settings

_CONNECTED = {
    "postgresql": postgres_connected,
    "postgres": postgres_connected,
    "mysql": mysql_connected,
    "mariadb": mysql_connected,
    "sqlite": sqlite_connected,
}


def connected(settings: Settings) -> AbstractAsyncContextManager[Database]:
    """Keep connections for as long as the system is open; nothing is sent before the first statement."""
    return _CONNECTED[settings.scheme](settings)
