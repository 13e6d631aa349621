"""A suite for each broken connector. Not collected with the rest: `test_conformance_kit_catches.py` runs it."""

import pytest

from dsar.conformance import ConnectorSuite, HandSuite

from .archive import ArchiveConnector, ArchiveCounterpart, ArchiveSession
from .broken_connectors import BROKEN
from .counter import ShopCounterpart
from .shop import ShopConnector


def suite_of(kind, test):
    """The kit's suite with that one of its tests which must catch the connector."""
    by_hand = issubclass(kind, ArchiveSession | ArchiveConnector)
    suite = HandSuite if by_hand else ConnectorSuite
    others = {
        name: None
        for name in dir(suite)
        if name.startswith("test_") and not name.startswith(test.partition("[")[0])
    }

    def counterpart(self):
        return archive_of(kind) if by_hand else shop_of(kind)

    return type(f"Test{kind.__name__}", (suite,), {**others, "counterpart": pytest.fixture(counterpart)})


def archive_of(kind):
    whole = issubclass(kind, ArchiveConnector)
    return ArchiveCounterpart(connector=kind) if whole else ArchiveCounterpart(kind)


def shop_of(kind):
    if issubclass(kind, ShopConnector):
        made = ShopCounterpart(kind())
        made.settings = fitting(made)
        return made
    connector = ShopConnector()
    connector.session = kind
    return ShopCounterpart(connector)


def fitting(counterpart):
    """The settings as the connector's own struct, where it has one of the same fields."""
    kind = counterpart.connector.manifest.settings
    if kind.__name__ != "Bare":
        return counterpart.settings
    return kind(url=counterpart.settings.url, token=counterpart.settings.token)


for each, its_test, _ in BROKEN.values():
    globals()[f"Test{each.__name__}"] = suite_of(each, its_test)
