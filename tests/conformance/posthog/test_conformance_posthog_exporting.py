"""What an export from PostHog holds, and where it resumes."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from dsar.contract import (
    Mark,
    Refused,
    Tools,
    Unreachable,
)
from dsar.demo.posthog_double import mischief
from dsar_posthog import connector
from dsar_posthog.settings import PostHogSettings

from .project import KEY, PETRA, clicks, data_of, exported, found, opened, person_ref


async def test_many_events_come_whole_and_equal_twice(double):
    ref = person_ref(double.add_person(PETRA, {"$geoip_city_name": "Turku"}, clicks(1_234)))
    async with opened(double, event_page_size=500) as session:
        first, second = await exported(session, ref), await exported(session, ref)
    person, *events = data_of(first)
    assert person["properties"] == {"email": PETRA, "$geoip_city_name": "Turku"}
    assert [event["properties"]["n"] for event in events] == list(range(1_234))
    assert data_of(first) == data_of(second)
    marks = [item for item in first if isinstance(item, Mark)]
    assert marks == [item for item in second if isinstance(item, Mark)]
    assert len(marks) == 1 + 3
    assert first[0].inferred == ("/properties/$geoip_city_name",)


@pytest.mark.parametrize("step", [timedelta(microseconds=1), timedelta(0)])
async def test_an_export_resumed_at_any_mark_loses_and_repeats_nothing(double, session, step):
    ref = person_ref(double.add_person(PETRA, {}, clicks(1_234, step)))
    whole = await exported(session, ref)
    marks = [index for index, item in enumerate(whole) if isinstance(item, Mark)]
    assert len(marks) == 1 + 13
    assert len({event["uuid"] for event in data_of(whole)[1:]}) == 1_234
    for index in marks:
        rest = await exported(session, ref, whole[index])
        assert data_of(whole[: index + 1]) + data_of(rest) == data_of(whole)


async def test_a_page_out_of_order_is_no_answer(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    turned = mischief.rewrites(lambda page: {**page, "results": page["results"][::-1]}, on="query/")
    person_done = next(item for item in await exported(session, ref) if isinstance(item, Mark))
    double.misbehave(turned)
    with pytest.raises(Unreachable, match="order"):
        await exported(session, ref, person_done)


async def test_no_query_text_holds_the_address(double):
    bodies = []

    async def keep(request):
        bodies.append(request.content.decode())

    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    settings = PostHogSettings(host=double.url, project_id="17", api_key=KEY)
    async with (
        httpx.AsyncClient(event_hooks={"request": [keep]}) as http,
        connector.open(settings, Tools(http)) as it,
    ):
        await found(it)
        await exported(it, ref)
    assert len(bodies) > 4
    assert not any("petra" in body for body in bodies)


@pytest.mark.parametrize("value", ["' or 1=1 --", "", "petra.prospekti@example.com"])
async def test_what_is_no_uuid_reaches_no_query(double, session, value):
    with pytest.raises(Refused):
        await exported(session, person_ref(value))
    with pytest.raises(Refused):
        await exported(session, person_ref(str(UUID(int=1))), Mark(f"event {value} {value}"))
    assert double.calls == []
