"""What PostHog's failures mean."""

import logging

import pytest

from dsar.contract import (
    Refused,
    Throttled,
    Unauthorised,
    Unreachable,
)
from dsar.demo.posthog_double import mischief

from .project import KEY, PETRA, clicks, exported, found, opened, person_ref


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        *((mischief.status(number), Unauthorised) for number in (401, 403)),
        *((mischief.status(number), Refused) for number in (400, 402, 404, 409, 422)),
        *((mischief.status(number), Unreachable) for number in (408, 500, 502, 503, 504)),
        (mischief.status(302, location="http://evil.example/"), Refused),
        (mischief.status(429, retry_after="7"), Throttled),
        (mischief.garbage(), Unreachable),
        (mischief.cut_off(), Unreachable),
        (mischief.silence(2.0), Unreachable),
    ],
)
async def test_each_failure_says_what_to_do_and_nothing_of_the_person(double, caplog, wrong, error):
    # By name: whoever ran the command line in this process before has set the client to speak of errors alone.
    for name in (None, "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    uuid = double.add_person(PETRA, {"name": "Petra Prospekti"}, clicks(3))
    async with opened(double, timeout=0.5) as session:
        for ask in (found(session), exported(session, person_ref(uuid))):
            double.misbehave(wrong)
            with pytest.raises(error) as caught:
                await ask
            assert not any(
                word in f"{caught.value!r}{caught.value}".lower() for word in ("petra", "?", "%40", KEY)
            )
        await found(session)
    # The double's access log is the vendor's; pytest reads it although it is switched off.
    said = "\n".join(
        record.getMessage().lower() for record in caplog.records if record.name != "uvicorn.access"
    )
    assert "persons/" in said
    assert "petra" not in said
    assert KEY not in said


async def test_a_wrong_key_and_a_closed_door(double):
    async with opened(double, api_key="phx_other") as session:
        with pytest.raises(Unauthorised):
            await session.probe()
    async with opened(double, host="http://127.0.0.1:9") as session:
        with pytest.raises(Unreachable):
            await session.probe()
