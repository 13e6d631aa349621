"""The two servers, each started once for a module."""

import pytest

from .counterpart import REFERENCE, WHOLE, WebhookCounterpart, running


@pytest.fixture(scope="module")
def reference_server(tmp_path_factory):
    with running(REFERENCE, tmp_path_factory.mktemp("reference")) as server:
        yield server


@pytest.fixture(scope="module")
def whole_server(tmp_path_factory):
    with running(WHOLE, tmp_path_factory.mktemp("whole")) as server:
        yield server


@pytest.fixture
def reference(reference_server):
    return WebhookCounterpart(reference_server)


@pytest.fixture
def whole(whole_server):
    return WebhookCounterpart(whole_server)
