"""A controller's endpoint: set, switched off and on, its secret changed, tried with a ping."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import httpx
from msgspec import Struct

from dsar.domain.errors import NotFound, NotNow
from dsar.domain.telling import PING
from dsar.outbound import Delivered, check_url, sign, webhook_body
from dsar.outbound.webhook import new_secret, post
from dsar.settings import Settings
from dsar.store import Connection, Database, controllers, courier, endpoints
from dsar.store.endpoints import SECRET_PURPOSE, EndpointRow
from dsar.store.rows import new_id
from dsar.vault import Vault

OLD_SECRET_KEPT = timedelta(hours=24)


class NewEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where webhooks go. `payload`: `thin` names the case and its dates, `full` says who asks, too."""

    url: str
    payload: Literal["thin", "full"] = "thin"


class Endpoints:
    """Keeps the endpoints of controllers: one each."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        client: httpx.AsyncClient,
        settings: Settings,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._client = client
        self._settings = settings
        self._now = now
        self._wake = wake
        self._pinging: set[UUID] = set()

    async def one(self, controller_id: UUID) -> EndpointRow:
        """The endpoint; raises NotFound where none is set."""
        async with self._db.as_controller(controller_id) as connection:
            return _there(await endpoints.one(connection, controller_id))

    async def check(self, url: str, field: str = "url") -> None:
        """Refuse an address to which nothing would be sent; raises InvalidInput naming the field."""
        await check_url(
            url,
            allow_loopback=self._settings.allow_http_to_loopback,
            allow=self._settings.outbound_allow,
            field=field,
        )

    async def put(self, controller_id: UUID, new: NewEndpoint) -> str | None:
        """Set the address; the secret if it is the first one, None if the old one stays. What waits goes there."""
        await self.check(new.url)
        async with self._db.write() as tx:
            secret = await self.place(tx, controller_id, new)
        self._wake()
        return secret

    async def place(self, tx: Connection, controller_id: UUID, new: NewEndpoint) -> str | None:
        """The same in the caller's transaction; the address was checked."""
        await controllers.lock(tx, controller_id)
        there = await endpoints.one(tx, controller_id)
        secret = new_secret()
        sealed = self._vault.seal(secret.encode(), SECRET_PURPOSE)
        await endpoints.put(tx, controller_id, new.url, sealed, new.payload, self._now())
        await courier.hurry(tx, controller_id, self._now())
        return None if there else secret

    async def remove(self, controller_id: UUID) -> None:
        """Forget it, with its secrets: what comes goes to the team by mail."""
        async with self._db.write() as tx:
            await self._held(tx, controller_id)
            await endpoints.remove(tx, controller_id)
            await courier.hurry(tx, controller_id, self._now())
        self._wake()

    async def rotate(self, controller_id: UUID, *, immediately: bool) -> tuple[str, datetime | None]:
        """A new secret, and until when the old one signs beside it; None: it signs no more."""
        secret, now = new_secret(), self._now()
        until = None if immediately else now + OLD_SECRET_KEPT
        async with self._db.write() as tx:
            await self._held(tx, controller_id)
            await endpoints.rotate(
                tx, controller_id, self._vault.seal(secret.encode(), SECRET_PURPOSE), until
            )
        return secret, until

    async def switch(self, controller_id: UUID, *, on: bool) -> EndpointRow:
        """Switch it on or off; while it is off the team gets mail instead."""
        async with self._db.write() as tx:
            await self._held(tx, controller_id)
            if on:
                await endpoints.enable(tx, controller_id)
                await courier.hurry(tx, controller_id, self._now())
            else:
                await courier.switch_off(tx, controller_id, "owner", self._now())
            after = _there(await endpoints.one(tx, controller_id))
        self._wake()
        return after

    async def ping(self, controller_id: UUID) -> Delivered:
        """Send a signed `ping`, once, whether it is on or off, and say what came of it."""
        endpoint = await self.one(controller_id)
        if controller_id in self._pinging:
            raise NotNow("ping", "is under way already.", "Wait for its answer: fifteen seconds at most.")
        self._pinging.add(controller_id)
        try:
            now = self._now()
            body = webhook_body(PING, now, {})
            headers = sign(self.secrets(endpoint, now), str(new_id()), now, body)
            return await post(self._client, endpoint.url, headers, body)
        finally:
            self._pinging.discard(controller_id)

    def secrets(self, endpoint: EndpointRow, now: datetime) -> list[str]:
        """What signs now: the secret, and the old one while its time lasts."""
        sealed = [endpoint.sealed_secret]
        if endpoint.sealed_old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
            sealed.append(endpoint.sealed_old_secret)
        return [self._vault.open(one, SECRET_PURPOSE).decode() for one in sealed]

    async def _held(self, tx: Connection, controller_id: UUID) -> None:
        await controllers.lock(tx, controller_id)
        _there(await endpoints.one(tx, controller_id))


def _there(endpoint: EndpointRow | None) -> EndpointRow:
    if endpoint is None:
        raise NotFound("no endpoint is set")
    return endpoint
