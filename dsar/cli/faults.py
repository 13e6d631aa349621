"""Errors that the user of the command line can mend: told in a line, not as a trace."""

from dsar.contract import ConnectorError
from dsar.demo.stack import StackError
from dsar.domain.clock import ClockError
from dsar.domain.errors import InvalidInput, NotFound
from dsar.domain.profile import ProfileError
from dsar.embedded import EmbeddedError
from dsar.outbound import BadSystem
from dsar.settings import SettingsError
from dsar.store import NoDatabase
from dsar.store.migrations import MigrationError
from dsar.store.systems import OtherConnector
from dsar.vault import VaultError

USERS_OWN = (
    BadSystem,
    ClockError,
    ConnectorError,
    EmbeddedError,
    InvalidInput,
    MigrationError,
    NoDatabase,
    NotFound,
    OtherConnector,
    ProfileError,
    SettingsError,
    StackError,
    VaultError,
    OSError,
)
