"""What machines read: health, figures, the description, where to report a weakness, the local outbox; and what errors mean."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dsar.web import create_app
from dsar.web.edge import HEADERS
from dsar.web.problems import BASE, REMEDIES, TITLES

from .test_web_bad_input import checked
from .world import KNOWN, World

ROOT = Path(__file__).parents[3]


async def test_healthz_says_that_the_process_answers(world: World) -> None:
    answer = await world.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


async def test_readyz_counts_the_steps(world: World) -> None:
    await world.asked()
    answer = await world.client.get("/readyz")
    # The code to the person, and the watch that tells staff of the request.
    assert answer.json() == {"ready": True, "steps": {"ready": 2, "running": 0, "manual": 0}}


async def test_metrics_are_prometheus_text_without_personal_data(world: World) -> None:
    await world.answered()
    answer = await world.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'dsar_requests_received_total\{channel="api"\} \d', answer.text)
    assert "@" not in answer.text
    assert "R-" not in answer.text


async def test_security_txt_is_as_rfc_9116_has_it(world: World) -> None:
    answer = await world.client.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert parseaddr(fields["Contact"].removeprefix("mailto:"))[1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["Expires"])
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - world.clock.at < timedelta(days=365)


async def test_the_stylesheet_is_served(world: World) -> None:
    answer = await world.client.get("/site.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "max-age=3600"
    assert "url(" not in answer.text
    assert "@import" not in answer.text


# -- the description


async def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (await world.client.get("/openapi.json")).json()
    return found


def operations(found: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, op) for path, item in found["paths"].items() for method, op in item.items()]


async def test_the_description_is_valid_openapi_3_1(world: World) -> None:
    found = await document(world)
    assert found["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(found).validate()


async def test_every_route_of_the_api_is_described_with_a_summary_of_its_own(world: World) -> None:
    found = operations(await document(world))
    paths = {(path, method) for path, method, _ in found}
    routes = {
        (re.sub(r":\w+}", "}", route.path), method.lower())
        for route in world.app.routes
        for method in getattr(route, "methods", ())
        if route.path.startswith("/api/") and method != "OPTIONS"
    }
    assert paths == routes
    assert len(found) > 15
    summaries = [op["summary"] for _, _, op in found]
    assert all(" " in summary and summary[0].isupper() for summary in summaries)
    ids = [op["operationId"] for _, _, op in found]
    assert len(ids) == len(set(ids))


async def test_the_description_says_where_a_key_is_needed(world: World) -> None:
    found = await document(world)
    assert found["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, method, op in operations(found):
        assert bool(op.get("security")) is (path != "/api/v1/requests")
        if op.get("security"):
            assert (
                await world.client.request(method, path.replace("{", "").replace("}", ""))
            ).status_code in {401, 404}


async def test_every_error_is_described_as_a_problem(world: World) -> None:
    for _, _, op in operations(await document(world)):
        errors = {status: r for status, r in op["responses"].items() if int(status) >= 400}
        assert {"400", "413", "415", "422", "503"} <= set(errors)
        for response in errors.values():
            assert set(response["content"]) == {"application/problem+json"}
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema["$ref"].endswith("Problem")


# -- the outbox


async def test_the_outbox_is_shown_to_this_machine_alone(world: World) -> None:
    await world.asked()
    await world.drain()
    assert KNOWN in (await world.client.get("/outbox")).text
    for host in ("192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "testclient", ""):
        async with world.new_client(client=(host, 5000)) as elsewhere:
            answer = await elsewhere.get(
                "/outbox", headers={"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"}
            )
        checked(answer, 404)
    async with world.new_client(client=("::1", 5000)) as here:
        assert (await here.get("/outbox")).status_code == 200


async def test_without_a_local_outbox_there_is_no_such_page(world: World) -> None:
    await world.asked()
    await world.drain()
    live = msgspec.structs.replace(world.service.settings, local_outbox="")
    world.app = create_app(msgspec.structs.replace(world.service, settings=live))
    async with world.new_client() as client:
        checked(await client.get("/outbox"), 404)


# -- what holds for every answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("GET", "/healthz", 200), ("GET", "/openapi.json", 200), ("POST", "/requests", 422),
        ("GET", "/nothing", 404), ("PUT", "/", 405), ("GET", "/api/v1/cases", 401), ("POST", "/api/v1/requests", 400),
        ("GET", "/requests/%00", 404), ("GET", "/download/x", 404),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_every_answer_has_the_headers(
    shared_world: World, method: str, path: str, status: int, accept: str
) -> None:
    answer = await shared_world.client.request(method, path, headers={"accept": accept})
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]


async def test_a_fault_of_ours_has_the_headers_and_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise RuntimeError("SECRETvalue77")

    monkeypatch.setattr(world.service.desk, "_write", failing)
    answer = await world.post()
    checked(answer, 500)
    assert HEADERS.items() <= dict(answer.headers).items()
    page = await world.client.post(
        "/requests",
        data={"rights": ["access"], "relations": ["prospect"], "email": KNOWN},
        headers={"accept": "text/html"},
    )
    assert page.status_code == 500
    assert "SECRETvalue77" not in page.text


async def test_the_api_never_answers_with_a_page(world: World) -> None:
    for path in ("/api/v1/cases", "/api/v1/nothing", "/api/v1/requests"):
        answer = await world.client.get(path, headers={"accept": "text/html,*/*"})
        assert answer.headers["content-type"] == "application/problem+json"


# -- the page that documents the problems


def sections() -> dict[str, str]:
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    return {part.partition("\n")[0].strip(): part for part in text.split("\n## ")[1:]}


def test_each_problem_is_documented_with_its_status_and_what_to_do() -> None:
    documented = sections()
    assert list(documented) == [kind for kind, _ in TITLES.values()]
    for status, (kind, title) in TITLES.items():
        assert f"**{status}. {title}." in documented[kind]
        assert "**Do:**" in documented[kind]
        assert status in REMEDIES


def test_the_table_of_problems_is_complete() -> None:
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    for status, (kind, _) in TITLES.items():
        assert f"| [{kind}](#{kind}) | {status} |" in text
    assert BASE in text


def test_the_example_of_a_problem_is_one() -> None:
    import json

    from dsar.web.problems import Problem

    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    assert json.loads(msgspec.json.encode(msgspec.json.decode(example, type=Problem))) == json.loads(example)
