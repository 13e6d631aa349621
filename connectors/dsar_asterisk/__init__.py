"""The call store of an Asterisk server: call detail records in CSV and SQLite, and recordings."""

from dsar_asterisk.opening import AsteriskConnector
from dsar_asterisk.settings import AsteriskSettings, SqliteColumns

connector = AsteriskConnector()

__all__ = ["AsteriskConnector", "AsteriskSettings", "SqliteColumns", "connector"]
