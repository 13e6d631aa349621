"""The PostHog connector's pure parts: waits, settings, and what PostHog guessed."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import msgspec
import pytest

from dsar.contract import Connector, Refused
from dsar_posthog import connector, fault
from dsar_posthog.erasure import Left, verified
from dsar_posthog.properties import inferred
from dsar_posthog.settings import PostHogSettings
from dsar_posthog.wire import Deletion, PersonRow, StampRow

KEY = "phx_not_a_real_key"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_connector_is_one():
    assert isinstance(connector, Connector)
    assert connector.manifest.settings is PostHogSettings


def test_guessed_properties_are_named_however_deep():
    data = {
        "properties": {
            "$ip": "192.0.2.1",
            "$geoip_a/b~c": 1,
            "$set": {"$initial_geoip_city": 2},
            "x": [{"$geoip_z": 3}],
        }
    }
    assert inferred(data) == (
        "/properties/$geoip_a~1b~0c",
        "/properties/$set/$initial_geoip_city",
        "/properties/x/0/$geoip_z",
    )


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        (format_datetime(MONDAY + timedelta(seconds=90), usegmt=True), 90),
        (None, 60),
        ("soon", 60),
        ("nan", 60),
        ("0", 1),
        ("999999", 3_600),
        (format_datetime(MONDAY - timedelta(days=1), usegmt=True), 1),
    ],
)
def test_a_throttle_is_obeyed_within_bounds(retry_after, seconds):
    assert fault.wait_until(retry_after, MONDAY) == MONDAY + timedelta(seconds=seconds)


@pytest.mark.parametrize("came", ["person", "event"])
def test_whoever_asks_again_long_after_an_erasure_is_not_told_that_it_came_after_the_request(came):
    deletion = Deletion("x", MONDAY, MONDAY + timedelta(days=2))

    def left(days):
        at = MONDAY + timedelta(days=days)
        person = PersonRow(UUID(int=1), at, None, {}) if came == "person" else None
        return Left(person, [] if person else [StampRow(UUID(int=2), at, at)])

    soon = verified(UUID(int=1), deletion, left(days=9), MONDAY)
    assert [kept.ground for kept in soon.kept] == ["captured_after_request"]
    with pytest.raises(Refused, match="by hand"):
        verified(UUID(int=1), deletion, left(days=60), MONDAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "http://eu.posthog.com"},
        {"host": "https://eu.posthog.com/"},
        {"host": "https://me@eu.posthog.com"},
        {"host": "ftp://127.0.0.1"},
        {"project_id": "17/../18"},
        {"api_key": "line\nend"},
        {"api_key": ""},
        {"event_page_size": 50_001},
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(wrong):
    right = {"host": "https://eu.posthog.com", "project_id": "17", "api_key": KEY}
    assert KEY not in repr(msgspec.convert(right, PostHogSettings))
    with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
        msgspec.convert({**right, **wrong}, PostHogSettings)
