"""The limit of intake: a Litestar handler that reads the same body and does one INSERT, served as `dsar serve` is.

`python -m bench.bare DATABASE_URL PORT`
"""

import sys
from typing import Any

import asyncpg
import msgspec
import uuid_utils.compat as uuid
import uvicorn
from litestar import Litestar, post
from litestar.datastructures import State
from litestar.params import JSONBody
from msgspec import Struct

from dsar.cli.serve import SHUTDOWN_SECONDS, uvloop_run

TABLE = "CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, body bytea NOT NULL)"


class Body(Struct, frozen=True):
    """What the load sends."""

    rights: tuple[str, ...]
    relations: tuple[str, ...]
    email: str


class Accepted(Struct, frozen=True):
    """What it is answered."""

    reference: str


@post("/bare", status_code=202)
async def bare(data: JSONBody[Body], state: State) -> Accepted:
    """One row, committed before the answer."""
    row = uuid.uuid7()
    async with state.pool.acquire() as connection:
        await connection.execute("INSERT INTO bare VALUES ($1, $2)", row, msgspec.json.encode(data))
    return Accepted(str(row))


async def serve(url: str, port: int) -> None:
    """The same server with the same settings and a pool of the same size."""
    pool: Any = await asyncpg.create_pool(url, min_size=1, max_size=10)
    await pool.execute(TABLE)
    app = Litestar([bare], state=State({"pool": pool}), openapi_config=None, logging_config=None)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        limit_concurrency=1000,
    )
    await uvicorn.Server(config).serve()
    await pool.close()


if __name__ == "__main__":
    uvloop_run(serve(sys.argv[1], int(sys.argv[2])))
