"""A system as its file describes it: checked and tried. There is never half a connector."""

import msgspec
from msgspec import UNSET, Struct

from dsar.contract import Coverage
from dsar.domain.guarding import Lock, unreadable
from dsar.fanout.configuring import KEY, NewSystem, row_of
from dsar.outbound import BadSystem, OpenSystem, Systems, guarded_client
from dsar.outbound.systems import check_roles, connector_of, settings_of
from dsar.settings import Settings
from dsar.store.systems import SystemRow
from dsar.vault import Vault

UNSEALED = b""  # of a system that is not kept yet


class Described(Struct, frozen=True):
    """A system whose description holds. `raw` are its settings, unsealed."""

    row: SystemRow
    raw: bytes

    def sealed(self, vault: Vault) -> SystemRow:
        """The row to keep: its settings hold credentials."""
        return msgspec.structs.replace(self.row, settings=vault.seal(self.raw, "system"))


def described(key: str, given: NewSystem, lock: Lock | None = None) -> Described:
    """Check a description by itself; raises BadSystem, naming field and remedy."""
    if not KEY.fullmatch(key):
        raise BadSystem("key: use a letter, then lower-case letters, digits and underscores")
    if given.columns_lock is not UNSET:
        raise BadSystem(
            "columns_lock: stands in a file of its own, beside this one; `dsar connector lock` writes it"
        )
    for name in unreadable(lock or {}):
        raise BadSystem(
            f'columns.lock, {name}: is no decision; write "exported", or "excluded: " and the reason'
        )
    connector = connector_of(given.connector)
    raw = msgspec.json.encode(given.settings)
    settings = settings_of(connector, raw)
    check_roles(connector, settings, given.roles)
    decided = None if lock is None else {name: dict(fields) for name, fields in lock.items()}
    return Described(row_of(key, given, connector, settings, UNSEALED, decided), raw)


async def tried(settings: Settings, row: SystemRow, raw: bytes) -> Coverage:
    """Probe a system apart from all others; raises the fitting ConnectorError unless it answers."""
    async with guarded_client(
        allow_loopback=settings.allow_http_to_loopback,
        allow=settings.outbound_allow,
        networks=settings.system_networks,
    ) as client:
        systems = Systems(client)
        try:
            async with systems.apart(OpenSystem.of(row, raw)) as session:
                return await session.probe()
        finally:
            await systems.close()
