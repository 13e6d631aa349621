"""Where the world stands, in each kind of database: its address, and a way into it beside the connector."""

import sqlite3
from contextlib import asynccontextmanager, closing
from urllib.parse import quote, urlsplit

import asyncpg
import msgspec

from .sample import beside, run
from .stock import MAPPING, schema


class Place:
    """A database with the world in it. `rows` reads it, `do` changes it, both not by the connector."""

    def __init__(self, kind, url, rows, do):
        self.kind, self.url, self.rows, self.do = kind, url, rows, do

    @property
    def mapping(self):
        return {**MAPPING, "url": self.url}

    async def one(self, statement):
        return (await self.rows(statement))[0][0]


@asynccontextmanager
async def postgres(url, name):
    await run(url, f"CREATE DATABASE {name}")
    mine = beside(url, name)

    async def rows(statement):
        connection = await asyncpg.connect(mine)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def do(*statements):
        await run(mine, ";\n".join(statements))

    try:
        await do(*schema("postgres"))
        yield Place("postgres", mine, rows, do)
    finally:
        await run(url, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def mariadb(server, name):
    await server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")

    async def do(*statements):
        await server.run("SET SESSION sql_mode = 'ANSI_QUOTES'", *statements, database=name)

    async def rows(statement):
        return await server.run("SET SESSION sql_mode = 'ANSI_QUOTES'", statement, database=name)

    try:
        await server.run(
            f"CREATE OR REPLACE USER {name}@'127.0.0.1' IDENTIFIED BY 'pass word%'",
            f"GRANT ALL ON {name}.* TO {name}@'127.0.0.1'",
        )
        await do(*schema("mariadb"))
        url = f"mariadb://{name}:{quote('pass word%')}@127.0.0.1:{server.port}/{name}"
        yield Place("mariadb", url, rows, do)
    finally:
        await server.run(f"DROP DATABASE {name}", f"DROP USER {name}@'127.0.0.1'")


@asynccontextmanager
async def sqlite(path):
    async def rows(statement):
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(statement).fetchall()

    async def do(*statements):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(";\n".join(statements))

    await do(*schema("sqlite"))
    yield Place("sqlite", f"sqlite://{path}", rows, do)


def port_of(url):
    return urlsplit(url).port


def settings(place, **changes):
    from dsar_sql import Settings

    return msgspec.convert({**place.mapping, **changes}, Settings)
