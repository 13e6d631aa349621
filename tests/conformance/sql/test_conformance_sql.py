"""The kit on all three kinds: each a real database."""

import pytest

from dsar.conformance import ConnectorSuite

from .counterpart import MARIADB_GREETINGS, POSTGRES_GREETINGS, File, Line


class TestPostgres(ConnectorSuite):
    @pytest.fixture
    async def counterpart(self, on_postgres):
        async with Line(on_postgres, POSTGRES_GREETINGS).open() as line:
            yield line


class TestMariadb(ConnectorSuite):
    @pytest.fixture
    async def counterpart(self, on_mariadb):
        async with Line(on_mariadb, MARIADB_GREETINGS).open() as line:
            yield line


class TestSqlite(ConnectorSuite):
    @pytest.fixture
    def counterpart(self, on_sqlite):
        return File(on_sqlite)
