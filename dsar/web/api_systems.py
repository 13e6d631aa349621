"""The connected systems: what there is to connect, how each stands, and administrators' changes: `/api/v1/systems`."""

from typing import Any

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from dsar.contract import Connector, OrderKind
from dsar.domain.errors import NotFound
from dsar.engine import Service
from dsar.fanout import NewSystem
from dsar.outbound import installed
from dsar.outbound.forms import FormField, form, schema
from dsar.store import health, systems
from dsar.store.health import Shown, SystemEvent
from dsar.web.auth import ADMINISTRATOR
from dsar.web.given import GivenService, GivenStaff

ADMINISTRATORS = {"role": ADMINISTRATOR}


class ShownConnector(Struct, frozen=True, kw_only=True):
    """What can be connected, with the form of its settings."""

    key: str
    title: str
    finds_by: list[str]
    orders: list[OrderKind]
    knows_tenants: bool
    lists_everyone: bool
    calls_per_minute: int | None
    rechecks: list[int]
    residue: str | None
    form: list[FormField]
    schema: dict[str, Any]


class ConnectorList(Struct, frozen=True):
    """Every connector of this installation."""

    connectors: list[ShownConnector]


class SystemList(Struct, frozen=True):
    """Every system, those that were taken out too."""

    systems: list[Shown]


class ShownSystem(Struct, frozen=True, kw_only=True):
    """One system with its settings but for the secrets, of which it only says which are set.

    `by_hand` are the orders that become a person's task. `settings` is None where the connector is not installed.
    """

    health: Shown
    by_hand: list[OrderKind]
    concurrency: int
    attempts_max: int
    retry_delay_seconds: float
    on_failure: str
    calls_per_minute: int | None
    timeout_seconds: float
    recheck_days: list[int]
    columns_lock: dict[str, dict[str, str]] | None
    settings: dict[str, Any] | None
    secrets_set: list[str]
    finds_by: list[str]
    residue: str | None
    history: list[SystemEvent]


def _connector(key: str, connector: Connector) -> ShownConnector:
    manifest = connector.manifest
    return ShownConnector(
        key=key,
        title=manifest.title,
        finds_by=sorted(manifest.finds_by),
        orders=sorted(manifest.orders),
        knows_tenants=manifest.knows_tenants,
        lists_everyone=manifest.lists_everyone,
        calls_per_minute=manifest.calls_per_minute,
        rechecks=list(manifest.rechecks),
        residue=manifest.residue,
        form=list(form(connector)),
        schema=schema(connector),
    )


async def _shown(service: Service, key: str) -> ShownSystem:
    async with service.db.read() as connection:
        row = await systems.known(connection, key)
        all_shown = await health.shown(connection, service.now())
        history = await health.events(connection, key)
    found = next((one for one in all_shown if one.key == key), None)
    if row is None or found is None:
        raise NotFound("no such system")
    connector = installed().get(row.connector)
    shown, secrets = service.configuring.shown_settings(row, connector) if connector else (None, [])
    return ShownSystem(
        health=found,
        by_hand=sorted(set(OrderKind) - set(row.orders)),
        concurrency=row.concurrency,
        attempts_max=row.attempts_max,
        retry_delay_seconds=row.retry_delay_seconds,
        on_failure=row.on_failure,
        calls_per_minute=row.calls_per_minute,
        timeout_seconds=row.timeout_seconds,
        recheck_days=list(row.recheck_days),
        columns_lock=row.columns_lock,
        settings=shown,
        secrets_set=secrets,
        finds_by=sorted(connector.manifest.finds_by) if connector else [],
        residue=connector.manifest.residue if connector else None,
        history=history,
    )


@get("/api/v1/connectors", tags=["staff"])
async def list_connectors(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
) -> ConnectorList:
    """What can be connected: each connector with the form of its settings."""
    return ConnectorList([_connector(key, one) for key, one in sorted(installed().items())])


@get("/api/v1/systems", tags=["staff"])
async def list_systems(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    service: GivenService,
) -> SystemList:
    """How each connected system stands: whether it is asked, what its last probe found, which tasks wait for it."""
    async with service.db.read() as connection:
        return SystemList(await health.shown(connection, service.now()))


@get("/api/v1/systems/{key:str}", tags=["staff"])
async def one_system(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    key: FromPath[str],
    service: GivenService,
) -> ShownSystem:
    """One system: its health, what it covers and what nobody has decided, its settings and its history."""
    return await _shown(service, key)


@put("/api/v1/systems/{key:str}", tags=["staff"], opt=ADMINISTRATORS)
async def put_system(
    staff: GivenStaff, key: FromPath[str], data: JSONBody[NewSystem], service: GivenService
) -> ShownSystem:
    """Set a system up, or change it; it is probed first, and what fails the probe is not kept."""
    await service.configuring.put(staff.name, key, data)
    return await _shown(service, key)


@post("/api/v1/systems/{key:str}/probe", status_code=200, tags=["staff"])
async def probe(
    staff: GivenStaff,  # noqa: ARG001 - asking for it is asking for the key
    key: FromPath[str],
    service: GivenService,
) -> ShownSystem:
    """Probe a system now."""
    await service.configuring.probe(key)
    return await _shown(service, key)


@post("/api/v1/systems/{key:str}/resume", status_code=200, tags=["staff"])
async def resume(staff: GivenStaff, key: FromPath[str], service: GivenService) -> ShownSystem:
    """Have a system asked again, once a probe succeeds; what waited for it goes on by itself."""
    await service.configuring.resume(staff.name, key)
    return await _shown(service, key)


@delete("/api/v1/systems/{key:str}", tags=["staff"], opt=ADMINISTRATORS)
async def take_out(staff: GivenStaff, key: FromPath[str], service: GivenService) -> None:
    """Take a system out; cases under way name it as a gap, or leave to a person what it was to do."""
    await service.configuring.take_out(staff.name, key)


HANDLERS = [list_connectors, list_systems, one_system, put_system, probe, resume, take_out]
