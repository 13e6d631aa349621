"""The call store of an Asterisk server: call detail records, channel events, queue log, and recordings."""

from dsar_asterisk.columns import CelColumns, SqliteColumns
from dsar_asterisk.opening import AsteriskConnector
from dsar_asterisk.settings import AsteriskSettings

connector = AsteriskConnector()

__all__ = ["AsteriskConnector", "AsteriskSettings", "CelColumns", "SqliteColumns", "connector"]
