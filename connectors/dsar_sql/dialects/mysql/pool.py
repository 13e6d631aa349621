"""Four connections at most, each encrypted before a name is sent where that is asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomysql
from pymysql.constants import CLIENT

from dsar.contract import Refused
from dsar_sql.dialects.database import CONNECTIONS_MAX


class _Connection(aiomysql.Connection):  # type: ignore[misc]
    """The driver would go on in the clear with a server that offers no encryption, or with whoever plays one."""

    async def _request_authentication(self) -> None:
        if self._ssl_context and not self.server_capabilities & CLIENT.SSL:
            raise Refused(
                "url: the server offers no encryption; give it a certificate, or write sslmode=disable "
                "where the network between is trusted"
            )
        await super()._request_authentication()


class Pool:
    """Connections that were used once are used again. aiomysql's own pool makes connections of its own class only."""

    def __init__(self, arguments: dict[str, Any], connect_timeout_seconds: int) -> None:
        self._arguments = arguments
        self._connect_timeout_seconds = connect_timeout_seconds
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)
        self._idle: list[Any] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection to oneself. After any error it is closed: the server takes back what was not committed."""
        async with asyncio.timeout(self._connect_timeout_seconds):
            await self._places.acquire()
        try:
            connection = await self._connected()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Say good-bye on each."""
        while self._idle:
            await self._idle.pop().ensure_closed()

    async def _connected(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if _alive(connection):
                return connection
            connection.close()
        connection = _Connection(**self._arguments)
        async with asyncio.timeout(self._connect_timeout_seconds):
            try:
                await connection._connect()  # noqa: SLF001 - what aiomysql.connect() does with its own class
            except BaseException:
                connection.close()
                raise
        return connection


def _alive(connection: Any) -> bool:
    """Whether the server has not ended it meanwhile, as it does after hours without a question."""
    reader = connection._reader  # noqa: SLF001 - nothing public tells
    return not (reader is None or reader.at_eof() or reader.eof_received or reader.exception())
