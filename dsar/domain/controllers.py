"""Who acts for a customer-controller, and what its keys may do."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class KeyScope(StrEnum):
    """What a controller's key may do. Each address of its API asks for one."""

    READ_CASES = "cases:read"
    INSTRUCT = "cases:instruct"
    CREATE_REQUESTS = "requests:create"
    READ_BUNDLES = "bundles:read"
    MANAGE_ENDPOINT = "endpoint:manage"
    MANAGE_KEYS = "keys:manage"
    MANAGE_TEAM = "team:manage"
    OPENDSR = "opendsr"


ALL_SCOPES = tuple(KeyScope)


class ControllerActor(Struct, frozen=True):
    """Somebody or something that acts for a controller: `by` is `key:<id>` or `member:<id>`."""

    id: UUID
    by: str

    @property
    def name(self) -> str:
        """As events name it."""
        return f"controller:{self.id}/{self.by}"
