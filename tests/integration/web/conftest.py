"""An opened service, served in the test's own event loop."""

from collections.abc import AsyncIterator, Iterator

import pytest

from dsar.outbound import installed
from dsar.settings import Settings

from .recorder import Recorder
from .world import KNOWN, KNOWN_PHONE, TENANT, Controller, Staff, World, open_world


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A connector that is installed for the test; it knows one person, as prospect and as a tenant's caller."""
    made = Recorder()
    made.people[None, "email", KNOWN] = [{"name": "Anna Known", "note": "likes blue"}]
    made.people[TENANT, "phone", KNOWN_PHONE] = [{"call": 1}, {"call": 2}]
    installed()["recorder"] = made
    yield made
    del installed()["recorder"]


@pytest.fixture
async def world(settings: Settings, recorder: Recorder) -> AsyncIterator[World]:
    async with open_world(settings, recorder) as opened:
        yield opened


@pytest.fixture
async def staff(world: World) -> Staff:
    return await world.staff()


@pytest.fixture
async def controller(world: World) -> Controller:
    return await world.controller()
