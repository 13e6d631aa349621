"""The kit over a PostHog project whose double judges every request, by the vendor's contract where there is one."""

import pytest

from dsar.conformance import ConnectorSuite

from .counterpart import project


@pytest.fixture
async def counterpart():
    async with project() as counterpart:
        yield counterpart


class TestPostHog(ConnectorSuite):
    """Every rule of the contract."""
