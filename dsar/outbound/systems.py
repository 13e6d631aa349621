"""The connectors of this installation, found by entry point, and what decisions need to know of their systems."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol

import msgspec

from dsar.contract import CONTRACT_VERSION, Connector, OrderKind, Role
from dsar.domain.systems import SystemFacts

GROUP = "dsar.connectors"


class BadSystem(Exception):
    """A system cannot be configured so. The text names the field and the remedy."""


@cache
def installed() -> dict[str, Connector]:
    """All connectors of this installation, ours and others'."""
    found: dict[str, Connector] = {}
    for point in entry_points(group=GROUP):
        connector = point.load()
        if not isinstance(connector, Connector) or connector.manifest.contract != CONTRACT_VERSION:
            raise BadSystem(
                f"{point.value}: is no connector of contract {CONTRACT_VERSION}; install a version that is"
            )
        found[connector.manifest.key] = connector
    return found


def connector_of(key: str) -> Connector:
    """One connector; raises BadSystem naming those there are."""
    if key not in installed():
        raise BadSystem(f"connector: {key!r} is not installed; there are {', '.join(sorted(installed()))}")
    return installed()[key]


def settings_of(connector: Connector, raw: bytes) -> Any:
    """A connector's settings from JSON; raises BadSystem naming the field."""
    try:
        return msgspec.json.decode(raw, type=connector.manifest.settings)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadSystem(f"{connector.manifest.key}: {error}. See its page in docs/connectors/.") from error


def check_roles(connector: Connector, settings: Any, roles: Iterable[Role]) -> None:
    """Raise BadSystem unless the settings reach the data of these roles, as far as the connector says it.

    A connector may have `roles(settings)`: a database without a column of tenants has no customer's data.
    """
    able = getattr(connector, "roles", None)
    lacking = () if able is None else sorted(set(roles) - able(settings))
    if lacking:
        raise BadSystem(
            f"roles: {', '.join(lacking)} is not what these settings reach; say in the settings where the tenant "
            "stands, or take the role out"
        )


class Configured(Protocol):
    """A configured system, as the store has it."""

    @property
    def key(self) -> str:
        """Its name in this installation."""

    @property
    def connector(self) -> str:
        """The connector's key."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Whose data it holds."""

    @property
    def orders(self) -> tuple[OrderKind, ...]:
        """Which orders it takes."""


def facts(rows: Iterable[Configured]) -> list[SystemFacts]:
    """What decisions need to know of the systems; one whose connector is not installed can do nothing."""
    return [_facts(row, installed().get(row.connector)) for row in rows]


def _facts(row: Configured, connector: Connector | None) -> SystemFacts:
    if connector is None:
        return SystemFacts(row.key, frozenset(row.roles), frozenset())
    manifest = connector.manifest
    return SystemFacts(
        row.key, frozenset(row.roles), frozenset(row.orders), manifest.knows_tenants, manifest.by_hand
    )
