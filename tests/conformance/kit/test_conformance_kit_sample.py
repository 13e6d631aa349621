"""The kit passes a connector that keeps the contract: what it refuses is then the connector's fault, not its own."""

import pytest

from dsar.conformance import ConnectorSuite, HandSuite

from .archive import ArchiveCounterpart
from .counter import ShopCounterpart


class TestShop(ConnectorSuite):
    """A connector that declares all there is."""

    @pytest.fixture
    def counterpart(self):
        return ShopCounterpart()


class TestArchive(HandSuite):
    """A system that a person works."""

    @pytest.fixture
    def counterpart(self):
        return ArchiveCounterpart()
