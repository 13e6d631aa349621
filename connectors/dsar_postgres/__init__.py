"""Connector `postgres`: any Postgres database, read and erased by a declared mapping of its tables."""

from dsar_postgres.connector import connector
from dsar_postgres.settings import Settings
from dsar_postgres.tree import SettingsError

__all__ = ["Settings", "SettingsError", "connector"]
