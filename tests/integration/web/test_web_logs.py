"""A whole session leaves no personal data in any log, and no token or code."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog

from dsar import telemetry

from .recorder import Recorder
from .test_web_away import served
from .test_web_staff import failing
from .world import KNOWN, KNOWN_PHONE, START, World


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, by structlog and by every library, down to debug."""
    kept = io.StringIO()
    before = structlog.get_config()
    monkeypatch.setattr(sys, "stderr", kept)
    telemetry.configure("debug")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(kept), cache_logger_on_first_use=False)
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    names = ("httpx", "httpcore", "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "litestar")
    levels = {name: logging.getLogger(name).level for name in names}
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    structlog.configure(**before)


def quiet(text: str, *personal: str) -> None:
    for value in personal:
        assert value not in text, f"{value!r} is in the log"


async def test_a_whole_session_logs_nothing_personal(
    world: World, recorder: Recorder, logged: io.StringIO
) -> None:
    tokens: list[str] = []
    async with served(world.app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # the test's own client
        body = {
            "rights": ["access"], "relations": ["prospect"], "email": KNOWN, "phone": KNOWN_PHONE,
            "message": "Zyxwv wrote this", "business": "Zyxwv Ltd",
        }  # fmt: skip
        answer = await client.post("/api/v1/requests", json=body)
        reference = answer.json()["reference"]
        await client.post("/api/v1/requests", json=body | {"email": "Zyxwv"})
        await client.post(
            "/api/v1/requests", content=b'{"email": "Zyxwv', headers={"content-type": "application/json"}
        )
        await client.post("/requests", data={"email": "Zyxwv", "message": "Zyxwv"})
        await client.get("/requests/Zyxwv%00", headers={"accept": "text/html"})
        await client.get("/api/v1/cases", headers={"authorization": "Bearer Zyxwv"})
        for kind, to in (("email", KNOWN), ("phone", KNOWN_PHONE)):
            code = await world.code(to)
            tokens.append(code)
            await client.post(f"/verify/{reference}", data={"kind": kind, "code": code})
        link = await world.link(KNOWN)
        tokens.append(link.rpartition("/")[2])
        await client.post(f"{link}/send")
        code = await world.code(KNOWN)
        tokens.append(code)
        opened = await client.post(link, data={"code": code})
        tokens.append(opened.cookies["dsar_grant"])
        assert (await client.get(f"{link}/bundle/1")).status_code == 200
        staff = await world.staff()
        tokens.append(staff.key)
        entered = await client.post(
            "/api/v1/staff/requests",
            json=body | {"channel": "letter", "received_at": START.isoformat(), "checked": "Zyxwv"},
            headers={"authorization": f"Bearer {staff.key}"},
        )
        assert entered.status_code == 201
        await failing(world, recorder)
        telemetry.log.info("ours.was_heard")
        logging.getLogger("uvicorn.error").info("theirs was heard")
    text = logged.getvalue()
    assert "ours.was_heard" in text
    assert "theirs was heard" in text
    quiet(text, KNOWN, "anna", "example.com", KNOWN_PHONE, "401234567", "Zyxwv", "likes blue", *tokens)


async def test_a_fault_is_logged_by_its_place_alone(
    world: World, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(*_: Any) -> None:
        raise ValueError(f"could not file {KNOWN}")

    monkeypatch.setattr(world.service.desk, "_write", breaking)
    assert (await world.post()).status_code == 500
    text = logged.getvalue()
    entry = json.loads(next(line for line in text.splitlines() if "web.fault" in line))
    assert entry["error"] == "ValueError"
    assert "breaking" in entry["where"]
    assert entry["route"] == "/api/v1/requests"
    quiet(text, KNOWN, "could not file")


@pytest.mark.usefixtures("logged")  # which puts back what is configured here
def test_a_librarys_words_are_json_and_its_errors_are_named_by_their_place_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    telemetry.configure("info")
    try:
        int(KNOWN)
    except ValueError:
        logging.getLogger("a.library").exception('it said "no"')
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["logger"], entry["error"]) == ('it said "no"', "a.library", "ValueError")
    assert "named_by_their_place_alone" in entry["where"]
    quiet(line, KNOWN)


def test_the_server_writes_no_access_log() -> None:
    """Its lines would hold references and tokens of links."""
    import inspect

    from dsar.cli import serve

    assert "access_log=False" in inspect.getsource(serve)
