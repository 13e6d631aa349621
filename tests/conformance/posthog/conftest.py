"""A double of one project, held to the contract when there is one, and a session on it."""

import pytest

from dsar.demo.posthog import PostHogDouble

from .project import CONTRACT, KEY, opened


@pytest.fixture
async def double():
    double = PostHogDouble(project_id="17", api_key=KEY, deletion_seconds=60, contract=CONTRACT)
    double.url = await double.start()
    yield double
    await double.stop()
    assert double.violations == []


@pytest.fixture
async def session(double):
    async with opened(double, event_page_size=100) as session:
        yield session
