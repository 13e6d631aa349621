"""The kit on the connector `s3`, against moto's server over real HTTP."""

import pytest

from dsar.conformance import ConnectorSuite

from .counterpart import S3Counterpart


class TestS3(ConnectorSuite):
    @pytest.fixture
    def counterpart(self, store):
        return S3Counterpart(store)
