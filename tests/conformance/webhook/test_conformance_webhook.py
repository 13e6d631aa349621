"""The kit on the connector `webhook`: against the reference server, and against one that offers all there is."""

import pytest

from dsar.conformance import ConnectorSuite


class TestReferenceServer(ConnectorSuite):
    @pytest.fixture
    def counterpart(self, reference):
        return reference


class TestWholeServer(ConnectorSuite):
    @pytest.fixture
    def counterpart(self, whole):
        return whole
