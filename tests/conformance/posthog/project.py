"""What the tests of one PostHog project share."""

import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from dsar.contract import (
    Record,
    Ref,
    Role,
    Scope,
    Tools,
)
from dsar_posthog import connector
from dsar_posthog.settings import PostHogSettings

FOLDER = os.environ.get("DSAR_CONTRACTS")
CONTRACT = Path(FOLDER) / "posthog" / "persons.derived.openapi.yaml" if FOLDER else None
needs_contract = pytest.mark.skipif(
    CONTRACT is None, reason="DSAR_CONTRACTS names no folder of vendors' contracts"
)

KEY = "phx_not_a_real_key"
OURS = Scope(Role.CONTROLLER)
PETRA = "petra.prospekti@example.com"
EMAIL = Ref("email", PETRA)
STATUS_ROWS = "persons/deletion_status/"
BULK_DELETE = "persons/bulk_delete/"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@asynccontextmanager
async def opened(double, *, timeout=5.0, **settings):
    chosen = {"host": double.url, "project_id": "17", "api_key": KEY, "deletion_poll_seconds": 1, **settings}
    async with (
        httpx.AsyncClient(timeout=timeout) as http,
        connector.open(PostHogSettings(**chosen), Tools(http)) as it,
    ):
        yield it


async def found(session, *refs, scope=OURS):
    return [match async for match in session.find(refs or [EMAIL], scope)]


async def exported(session, ref, after=None):
    return [item async for item in session.export(ref, OURS, after)]


def data_of(items):
    return [item.data for item in items if isinstance(item, Record)]


def clicks(count, step=timedelta(seconds=1)):
    return [
        {"event": "$pageview", "timestamp": MONDAY + index * step, "properties": {"n": index}}
        for index in range(count)
    ]


def person_ref(uuid):
    return Ref("posthog_person", uuid)
