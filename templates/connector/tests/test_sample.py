"""The connector keeps the contract: every rule that the types cannot say."""

import pytest
from counterpart import SampleCounterpart
from dsar.conformance import ConnectorSuite


@pytest.fixture
def counterpart() -> SampleCounterpart:
    return SampleCounterpart()


class TestSample(ConnectorSuite):
    """Add what only this system does beside it, as tests of your own."""
