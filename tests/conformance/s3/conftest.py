import pytest

from .store import Store, administrator, running


@pytest.fixture(scope="session")
def server():
    with running() as url, administrator(url) as client:
        yield url, client


@pytest.fixture
def store(server):
    return Store(*server)
