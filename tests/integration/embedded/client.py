"""What a client of the bundled services sees."""

import asyncpg
import redis


async def ask(url: str, *statements: str):
    """The value of the last statement, each run for itself."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        values = [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()
    return values[-1]


def valkey(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, decode_responses=True, single_connection_client=True)
