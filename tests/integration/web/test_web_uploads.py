"""Tasks and their files by the staff API: who may, what is taken, and that nothing of it is ever shown as a page."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from dsar.settings import Settings
from dsar.web import create_app

from .recorder import Recorder
from .test_web_bad_input import checked
from .test_web_staff import NOBODY, failing
from .world import KNOWN, Controller, Staff, World

CSV = b"date,text\n2024-01-02,Dear Sirs\n"
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


def named(name: str, media_type: str = "text/csv") -> dict[str, str]:
    quoted = httpx.QueryParams({"n": name}).__str__().removeprefix("n=").replace("+", "%20")
    return {"content-disposition": f"attachment; filename*=UTF-8''{quoted}", "content-type": media_type}


async def send(
    who: Staff | Controller,
    case_id: object,
    step: object,
    raw: object = CSV,
    name: str = "a.csv",
    **more: str,
) -> httpx.Response:
    media_type = more.pop("media_type", "text/csv")
    key = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    params = {"purpose": "found", "collection": "letters", "category": "contact"} | more
    return await who.client.post(
        f"/api/v1/cases/{case_id}/steps/{step}/uploads",
        params={name_: value for name_, value in params.items() if value},
        content=raw,
        headers=named(name, media_type) | key,
    )


@pytest.fixture
async def task(world: World, recorder: Recorder) -> tuple[UUID, str]:
    """A search that a person does, for the system is down."""
    return await failing(world, recorder)


async def test_a_task_is_listed_with_what_to_do_and_by_when(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    answer = await staff.client.get("/api/v1/tasks")
    (one,) = answer.json()["tasks"]
    assert (one["id"], one["case_id"], one["kind"]) == (task[1], str(task[0]), "fanout.search")
    assert one["due_on"] > "2026-03-02"
    assert KNOWN not in answer.text
    assert (await staff.client.get("/api/v1/tasks", params={"system": "crm"})).json()["tasks"] == []
    page = (await staff.client.get("/api/v1/tasks", params={"limit": 1})).json()
    rest = await staff.client.get("/api/v1/tasks", params={"after": page["next"]})
    assert rest.json() == {"tasks": [], "next": None}
    checked(await staff.client.get("/api/v1/tasks", params={"after": "x"}), 422, "after")


async def test_whom_a_task_is_about_is_told_once_the_history_has_it(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/steps/{step}/subject")
    assert answer.json() == {"identities": [{"kind": "email", "value": KNOWN}], "subjects": []}
    shown = await staff.case(case_id)
    assert [e["actor"] for e in shown["events"] if e["type"] == "identities.shown"] == [f"staff:{staff.id}"]
    checked(await staff.client.get(f"/api/v1/cases/{case_id}/steps/{NOBODY}/subject"), 404)


async def test_what_is_uploaded_is_listed_fetched_and_in_the_answer(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    sent = await send(staff, case_id, step, name='Kirje äidille; "osa" 1.csv')
    assert sent.status_code == 201, sent.text
    (one,) = (await staff.client.get(f"/api/v1/cases/{case_id}/steps/{step}/uploads")).json()
    assert one == sent.json()
    assert one["name"] == 'Kirje äidille; "osa" 1.csv'
    assert (one["records"], one["bytes"], one["sha256"]) == (1, len(CSV), sha256(CSV).hexdigest())
    fetched = await staff.client.get(f"/api/v1/cases/{case_id}/uploads/{one['id']}")
    assert fetched.content == CSV
    done = await staff.act(case_id, f"steps/{step}/finish", outcome="found", evidence="in the binder")
    assert done.status_code == 204, done.text
    await world.drain()
    shown = await staff.case(case_id)
    assert (shown["state"], shown["outcome"]) == ("delivered", "fulfilled")
    assert shown["counts"][0]["collection"] == "letters"
    late = await staff.client.delete(f"/api/v1/cases/{case_id}/uploads/{one['id']}")
    checked(late, 409, "step")
    checked(await send(staff, case_id, step), 409, "step")


async def test_nothing_uploaded_is_ever_shown_as_a_page(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    sent = await send(staff, case_id, step, HTML, "page.html", media_type="text/html")
    assert sent.status_code == 201, sent.text
    for accept in ("text/html", "*/*"):
        fetched = await staff.client.get(
            f"/api/v1/cases/{case_id}/uploads/{sent.json()['id']}", headers={"accept": accept}
        )
        assert fetched.headers["content-type"] == "application/octet-stream"
        assert fetched.headers["content-disposition"].startswith("attachment; filename*=UTF-8''page.html")
        assert fetched.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in fetched.headers["content-security-policy"]
        assert fetched.content == HTML


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\\b.csv", "a\x00b", "a\r\nset-cookie: x=1", "\u202egpj.exe", " ", "x" * 256, ""],
    ids=["path", "backslash", "null", "header", "turned", "blank", "long", "none"],
)
async def test_a_name_that_no_file_may_have_is_refused(
    world: World, staff: Staff, task: tuple[UUID, str], name: str
) -> None:
    before = await world.snapshot()
    checked(await send(staff, *task, name=name), 422, "name")
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"purpose": "fun"}, 422, "purpose"),
        ({"purpose": ""}, 422, "purpose"),
        ({"collection": ""}, 422, "collection"),
        ({"collection": "../x"}, 422, "collection"),
        ({"collection": "x" * 65}, 422, "collection"),
        ({"category": ""}, 422, "category"),
        ({"category": "no_such"}, 422, "category"),
        ({"purpose": "evidence"}, 422, "collection"),
        ({"media_type": "nonsense"}, 422, "content-type"),
        ({"media_type": "text/html/x"}, 422, "content-type"),
    ],
    ids=[
        "purpose", "no_purpose", "no_collection", "path", "long", "no_category", "category", "evidence", "type",
        "types",
    ],
)  # fmt: skip
async def test_what_is_said_of_a_file_wrongly_is_refused_by_its_name(
    world: World, staff: Staff, task: tuple[UUID, str], more: dict[str, str], status: int, field: str
) -> None:
    before = await world.snapshot()
    checked(await send(staff, *task, **more), status, field)
    assert await world.snapshot() == before


async def test_a_malformed_file_is_refused_with_its_line(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    problem = checked(await send(staff, *task, raw=b"a,b\n1,2\nZyxwv\n"), 422, "body")
    assert "line 3" in problem["errors"][0]["problem"]
    assert "Zyxwv" not in str(problem)
    assert await world.rows("SELECT id FROM upload") == []


async def test_only_staff_sees_or_sends_any_of_it(
    world: World, staff: Staff, controller: Controller, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    upload = (await send(staff, case_id, step)).json()["id"]
    base = f"/api/v1/cases/{case_id}"
    paths = (
        "/api/v1/tasks",
        f"{base}/steps/{step}/subject",
        f"{base}/steps/{step}/uploads",
        f"{base}/uploads/{upload}",
    )
    for path in paths:
        checked(await world.client.get(path), 401)
        checked(await controller.client.get(path), 403)
    for client, status in ((world.client, 401), (controller.client, 403)):
        checked(await client.delete(f"{base}/uploads/{upload}"), status)
        sent = await client.post(f"{base}/steps/{step}/uploads", params={"purpose": "found"}, content=CSV)
        checked(sent, status)
    assert len((await staff.client.get(f"{base}/steps/{step}/uploads")).json()) == 1


async def test_a_file_of_another_case_is_not_there(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    upload = (await send(staff, case_id, step)).json()["id"]
    other = (await world.cases(await world.asked(email="other@example.com")))[0]["id"]
    checked(await send(staff, other, step), 404)
    checked(await staff.client.get(f"/api/v1/cases/{other}/steps/{step}/uploads"), 404)
    checked(await staff.client.get(f"/api/v1/cases/{other}/steps/{step}/subject"), 404)
    checked(await staff.client.get(f"/api/v1/cases/{other}/uploads/{upload}"), 404)
    checked(await staff.client.delete(f"/api/v1/cases/{other}/uploads/{upload}"), 404)
    checked(await staff.client.get(f"/api/v1/cases/{case_id}/uploads/{uuid4()}"), 404)
    assert len(await world.rows("SELECT id FROM upload")) == 1


async def test_what_is_sent_twice_under_one_key_is_one_file(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    first = await send(staff, *task, key="k-1")
    again = await send(staff, *task, key="k-1")
    assert (first.status_code, again.json()) == (201, first.json())
    checked(await send(staff, *task, raw=b"a\n1\n", key="k-1"), 422, "Idempotency-Key")
    checked(await send(staff, *task, name="other.csv", key="k-1"), 422, "Idempotency-Key")
    assert len(await world.rows("SELECT id FROM upload")) == 1
    assert len(await blobs(world, task[0])) == 1


async def blobs(world: World, case_id: UUID) -> list[str]:
    from obstore import list as listed

    found = await listed(world.service.blobs._store, prefix=f"{case_id}/upload/").collect_async()
    return [str(entry["path"]) for entry in found]


async def test_a_file_taken_back_is_gone(world: World, staff: Staff, task: tuple[UUID, str]) -> None:
    case_id, step = task
    upload = (await send(staff, case_id, step)).json()["id"]
    path = f"/api/v1/cases/{case_id}/uploads/{upload}"
    assert (await staff.client.delete(path)).status_code == 204
    checked(await staff.client.delete(path), 404)
    checked(await staff.client.get(path), 404)
    assert await blobs(world, case_id) == []
    types = [event["type"] for event in (await staff.case(case_id))["events"]]
    assert types[-2:] == ["upload.added", "upload.removed"]


async def test_a_file_larger_than_may_be_is_refused_however_it_comes(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    small = msgspec.structs.replace(world.service.settings, upload_bytes_max=1000)
    app = create_app(msgspec.structs.replace(world.service, settings=small))
    headers = {"authorization": f"Bearer {staff.key}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        limited = Staff(client, staff.key, staff.id)

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 100

        checked(await send(limited, *task, raw=b"x" * 1001, media_type="image/png"), 413)
        checked(await send(limited, *task, raw=endless(), media_type="image/png"), 413)
        assert (await send(limited, *task, raw=b"x" * 1000, media_type="image/png")).status_code == 201
    assert [row["bytes"] for row in await world.rows("SELECT bytes FROM upload")] == [1000]
    assert len(await blobs(world, task[0])) == 1


async def test_a_file_may_be_larger_than_any_other_body(
    world: World, staff: Staff, task: tuple[UUID, str], settings: Settings
) -> None:
    raw = bytes(range(256)) * (settings.body_bytes_max // 128)
    sent = await send(staff, *task, raw=raw, media_type="application/pdf", name="scan.pdf")
    assert sent.status_code == 201, sent.text
    assert (sent.json()["records"], sent.json()["bytes"]) == (None, len(raw))
    fetched = await staff.client.get(f"/api/v1/cases/{task[0]}/uploads/{sent.json()['id']}")
    assert fetched.content == raw


async def test_uploads_side_by_side_are_all_there(world: World, staff: Staff, task: tuple[UUID, str]) -> None:
    case_id, step = task
    sent = await asyncio.gather(*(send(staff, case_id, step, name=f"{n}.csv") for n in range(8)))
    assert {answer.status_code for answer in sent} == {201}
    listed = (await staff.client.get(f"/api/v1/cases/{case_id}/steps/{step}/uploads")).json()
    assert {one["name"] for one in listed} == {f"{n}.csv" for n in range(8)}


async def test_evidence_alone_ends_a_task_and_is_named_in_the_history(
    world: World, staff: Staff, task: tuple[UUID, str]
) -> None:
    case_id, step = task
    sent = await send(
        staff,
        case_id,
        step,
        HTML,
        "proof.html",
        media_type="text/html",
        purpose="evidence",
        collection="",
        category="",
    )
    assert sent.status_code == 201, sent.text
    done = await staff.act(case_id, f"steps/{step}/finish", outcome="gap", evidence="")
    assert done.status_code == 204, done.text
    (ended,) = [e for e in (await staff.case(case_id))["events"] if e["type"] == "task.finished"]
    assert ended["data"]["evidence"] == [{"upload": sent.json()["id"], "sha256": sha256(HTML).hexdigest()}]
