"""SQL: the only room that knows Postgres. One module and one query file a noun; every write is one transaction."""

from dsar.store.database import Connection, Database, LeaseLost, NoDatabase
from dsar.store.shipped import shipped

__all__ = ["Connection", "Database", "LeaseLost", "NoDatabase", "shipped"]
