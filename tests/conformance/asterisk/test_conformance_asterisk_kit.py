"""The kit over call stores of each form: CSV, SQLite, and both with recordings that Asterisk keeps behind ARI."""

import pytest

from dsar.conformance import ConnectorSuite
from dsar_asterisk import rewrite

from .counterpart import call_store


@pytest.fixture(params=["csv", "sqlite", "ari"])
async def counterpart(request, tmp_path, monkeypatch):
    # Nobody writes to these logs meanwhile; that a late line is not lost is shown by the tests of erasing.
    monkeypatch.setattr(rewrite, "_WATCH_SECONDS", 0.02)
    async with call_store(tmp_path / "store", request.param) as counterpart:
        yield counterpart


class TestAsterisk(ConnectorSuite):
    """Every rule of the contract."""
