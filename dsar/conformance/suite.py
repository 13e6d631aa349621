"""The kit's tests, put together: what a connector's own test module subclasses."""

import pytest

from dsar.conformance.correcting import Correcting
from dsar.conformance.declaring import Declaring
from dsar.conformance.exporting import Exporting
from dsar.conformance.failing import Failing
from dsar.conformance.finding import Finding
from dsar.conformance.lifecycle import Lifecycle
from dsar.conformance.listing import Listing
from dsar.conformance.network import Network
from dsar.conformance.ordering import Ordering
from dsar.conformance.planning import Planning
from dsar.conformance.secrecy import Secrecy


class ConnectorSuite(
    Declaring,
    Finding,
    Exporting,
    Ordering,
    Correcting,
    Planning,
    Listing,
    Failing,
    Secrecy,
    Lifecycle,
    Network,
):
    """All that the contract demands and types cannot say.

    A test module subclasses it as `TestMine(ConnectorSuite)`, beside a fixture `counterpart` that yields a fresh
    `Counterpart` for each test. A rule about something that the connector does not declare holds its not having it.
    """

    pytestmark = pytest.mark.asyncio
