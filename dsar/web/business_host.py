"""Whose page it is: the business, and the member who reads it."""

from msgspec import Struct

from dsar.store import Connection, controllers, members
from dsar.store.members import NAME_PURPOSE
from dsar.store.visits import GuestRow
from dsar.vault import Vault


class Host(Struct, frozen=True):
    """The names at the top of the page."""

    business: str
    member: str


async def host(connection: Connection, vault: Vault, guest: GuestRow) -> Host:
    """Read the names."""
    business = await controllers.one(connection, guest.controller_id)
    member = await members.one(connection, guest.member_id)
    return Host(business.name, vault.open(member.sealed_name, NAME_PURPOSE).decode())
