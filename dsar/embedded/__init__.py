"""The bundled Postgres and Valkey as child processes, for an operator who brings neither."""

from dsar.embedded.errors import AlreadyRunning, EmbeddedError
from dsar.embedded.folder import default_data_dir
from dsar.embedded.supervisor import Embedded, start
from dsar.embedded.tied import tied
from dsar.embedded.wheel import postgres_bin

__all__ = ["AlreadyRunning", "Embedded", "EmbeddedError", "default_data_dir", "postgres_bin", "start", "tied"]
