"""The kit over call stores of each form: CSV, SQLite, and both with recordings that Asterisk keeps behind ARI."""

import pytest

from dsar.conformance import ConnectorSuite

from .counterpart import call_store


@pytest.fixture(params=["csv", "sqlite", "ari"])
async def counterpart(request, tmp_path):
    async with call_store(tmp_path / "store", request.param) as counterpart:
        yield counterpart


class TestAsterisk(ConnectorSuite):
    """Every rule of the contract."""
