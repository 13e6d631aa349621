"""Connector `postgres`: any Postgres database, read and erased by a declared mapping of its tables."""

from dsar_sql.connector import connector
from dsar_sql.settings import Settings
from dsar_sql.tree import SettingsError

__all__ = ["Settings", "SettingsError", "connector"]
