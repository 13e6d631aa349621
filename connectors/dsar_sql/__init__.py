"""Connector `sql`: a Postgres, MariaDB, MySQL or SQLite database, read and erased by a declared mapping."""

from dsar_sql.connector import connector
from dsar_sql.mapping.settings import Settings
from dsar_sql.mapping.tree import SettingsError

__all__ = ["Settings", "SettingsError", "connector"]
