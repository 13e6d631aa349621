"""A call store of real files for each test, and a session on it."""

import pytest

from dsar.demo.callstore import build

from .store import opened


@pytest.fixture
def store(tmp_path):
    return build(tmp_path / "store", calls=120)


@pytest.fixture
async def session(store):
    async with opened(store) as session:
        yield session
