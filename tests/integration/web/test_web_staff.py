"""Staff's triage: the list, one case, and every act as an entry of the case's history."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from dsar.domain.history import Broken, verify
from dsar.store import cases as case_store
from dsar.store import events as event_store

from .recorder import Recorder
from .test_web_bad_input import checked
from .world import KNOWN, KNOWN_PHONE, START, TENANT, UNKNOWN, Controller, Staff, World

NOBODY = "0190b0b0-0000-7000-8000-000000000000"


async def chain(world: World, case_id: Any) -> Broken | None:
    """What the audit says of the case's history."""
    async with world.service.db.read() as connection:
        case = await case_store.one(connection, UUID(str(case_id)))
        entries = await event_store.of_case(connection, case.id)
    return verify(case.id, entries, case.event_count, case.event_head)


async def last_event(world: World, case_id: Any) -> dict[str, Any]:
    return (await world.rows("SELECT * FROM event WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", case_id))[0]


async def in_review(world: World, **body: Any) -> UUID:
    """An erasure that waits for a person."""
    reference = await world.asked(rights=["erasure"], **body)
    await world.prove(reference, to=body.get("email", KNOWN))
    await world.drain()
    case = (await world.cases(reference))[0]
    assert case["state"] == "in_review"
    return UUID(str(case["id"]))


async def pages(staff: Staff, limit: int, **query: Any) -> list[list[dict[str, Any]]]:
    """Every page of the list."""
    found, after = [], None
    while True:
        answer = await staff.client.get(
            "/api/v1/cases", params={"limit": limit} | query | ({"after": after} if after else {})
        )
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["cases"])
        after = answer.json()["next"]
        if after is None:
            return found


# -- the list


@pytest.fixture
async def crowd(world: World, staff: Staff) -> list[str]:
    """120 requests over a month, one case each but for a few: four rights, two roles, one day with many."""
    references = []
    for number in range(120):
        received = START - timedelta(days=(number % 30) if number % 3 else 5)
        answer = await staff.enter(
            rights=[["access", "erasure", "portability", "objection"][number % 4]],
            relations=["caller"] if number % 5 == 0 else ["prospect"],
            email=f"person{number}@example.com",
            phone=KNOWN_PHONE if number % 5 == 0 else "",
            received_at=received.isoformat(),
        )
        assert answer.status_code == 201, answer.text
        references.append(answer.json()["reference"])
    return references


async def test_the_list_is_by_due_date_and_pages_neither_lose_nor_repeat(
    world: World, staff: Staff, crowd: list[str]
) -> None:
    for limit in (1, 7, 50, 120, 200):
        if limit == 1:
            found = (await pages(staff, 40))[0][:1]
            continue
        got = await pages(staff, limit)
        found = [case for page in got for case in page]
        assert len(found) == 120
        assert len({case["id"] for case in found}) == 120
        assert {case["reference"] for case in found} == set(crowd)
        assert [(c["due_date"], c["id"]) for c in found] == sorted((c["due_date"], c["id"]) for c in found)
        assert all(len(page) <= limit for page in got)


async def test_every_filter_narrows_to_exactly_its_own(world: World, staff: Staff, crowd: list[str]) -> None:
    everything = [case for page in await pages(staff, 200) for case in page]
    for case in everything[::7]:
        await staff.act(case["id"], "assign", staff_id=str(staff.id))
    everything = [case for page in await pages(staff, 200) for case in page]
    today = "2026-03-20"
    world.clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    asked: list[tuple[dict[str, Any], Any]] = [
        ({"right": "erasure"}, lambda c: c["right"] == "erasure"),
        ({"role": "processor"}, lambda c: c["role"] == "processor"),
        ({"role": "controller"}, lambda c: c["role"] == "controller"),
        ({"state": "awaiting_identity"}, lambda c: c["state"] == "awaiting_identity"),
        ({"state": "closed"}, lambda c: c["state"] == "closed"),
        ({"due_until": "2026-03-15"}, lambda c: c["due_date"] <= "2026-03-15"),
        ({"assignee": str(staff.id)}, lambda c: c["assignee"] == str(staff.id)),
        ({"assignee": NOBODY}, lambda c: False),
        ({"overdue": "true"}, lambda c: c["due_date"] < today and c["state"] not in {"closed", "delivered"}),
        ({"overdue": "false"}, lambda c: True),
        ({"reference": crowd[3]}, lambda c: c["reference"] == crowd[3]),
        (
            {"right": "access", "role": "controller", "due_until": "2026-03-31"},
            lambda c: c["right"] == "access" and c["role"] == "controller" and c["due_date"] <= "2026-03-31",
        ),
    ]
    for query, wanted in asked:
        found = [case["id"] for page in await pages(staff, 9, **query) for case in page]
        assert sorted(found) == sorted(c["id"] for c in everything if wanted(c)), query
    assert any(c["due_date"] < today for c in everything)


async def test_a_case_is_overdue_from_the_operators_midnight(world: World, staff: Staff) -> None:
    """Helsinki is two hours ahead: its day ends while it is still today in UTC."""
    await world.asked()
    due = date.fromisoformat((await pages(staff, 10))[0][0]["due_date"])
    evening = datetime(due.year, due.month, due.day, 20, 30, tzinfo=UTC)
    world.clock.at = evening
    assert await pages(staff, 10, overdue="true") == [[]]
    world.clock.at = evening + timedelta(hours=2)
    assert len((await pages(staff, 10, overdue="true"))[0]) == 1


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("after=x", 422, "after"), ("after=%00", 422, "after"), ("after=%C3%A4", 422, "after"), ("after=", 422, "after"),
        ("after=MjAyNi0wMy0wMXx4", 422, "after"), ("after=" + "A" * 5000, 422, "after"),
        ("limit=0", 400, "limit"), ("limit=201", 400, "limit"), ("limit=x", 400, "limit"), ("limit=-1", 400, "limit"),
        ("assignee=x", 400, "assignee"), ("due_until=2026-13-01", 400, "due_until"), ("due_until=tomorrow", 400, "due_until"),
        ("state=open", 400, "state"), ("role=king", 400, "role"), ("role=%00", 400, "role"), ("right=fly", 400, "right"),
        ("overdue=maybe", 400, "overdue"), ("reference=x", 422, "reference"), ("reference=%00", 422, "reference"),
        ("limt=5", 422, "query"), ("limit=5&dsar=1", 422, "query"),
    ],
)  # fmt: skip
async def test_a_bad_filter_is_named(shared_staff: Staff, query: str, status: int, field: str) -> None:
    checked(await shared_staff.client.get(f"/api/v1/cases?{query}"), status, field)


# -- one case


async def test_one_case_shows_all_that_happened(world: World, staff: Staff, recorder: Recorder) -> None:
    recorder.unsure.add(KNOWN)
    reference = await world.asked(rights=["access"], message="the blue one")
    await world.prove(reference)
    await world.drain()
    case_id = (await world.cases(reference))[0]["id"]
    await staff.act(case_id, "notes", text="Called back.")
    shown = await staff.case(case_id)
    assert shown["state"] == "in_review"
    assert [event["seq"] for event in shown["events"]] == list(range(1, len(shown["events"]) + 1))
    assert {"case.received", "identity.proven", "search.started", "review.needed", "note.added"} <= {
        event["type"] for event in shown["events"]
    }
    assert "fanout.search" in {step["kind"] for step in shown["steps"]}
    assert [system["key"] for system in shown["systems"]] == ["recorder"]
    assert [(m["system"], m["sure"], m["decision"]) for m in shown["matches"]] == [("recorder", False, None)]
    assert shown["holds"] == []
    assert [note["text"] for note in shown["notes"]] == ["Called back."]
    assert shown["identities"] == [{"kind": "email", "masked": "a…@e…", "proof": "code"}]
    assert shown["clock"]["steps"]
    for hidden in ("wrapped_key", "event_head", KNOWN):
        assert hidden not in str(shown)


@pytest.mark.parametrize(
    "path", ["", "/assign", "/notes", "/approve", "/refuse", "/extend", f"/matches/{NOBODY}"]
)
async def test_a_case_that_is_not_there_is_said_to_be_not_there(
    world: World, staff: Staff, path: str
) -> None:
    bodies = {
        "/assign": {"staff_id": None}, "/notes": {"text": "x"}, "/refuse": {"ground": "excessive", "reasons": "x"},
        "/extend": {"reason": "complexity", "reasons": "x"}, f"/matches/{NOBODY}": {"decision": "accepted"},
    }  # fmt: skip
    before = await world.counts()
    for case_id in (NOBODY, "not-a-uuid", "%00", "1"):
        url = f"/api/v1/cases/{case_id}{path}"
        answer = await (staff.client.post(url, json=bodies.get(path, {})) if path else staff.client.get(url))
        checked(answer, 404)
    assert await world.counts() == before


# -- who


async def test_a_controllers_key_opens_nothing_of_staffs(world: World, controller: Controller) -> None:
    case_id = await in_review(world)
    before = await world.snapshot()
    for method, path in (
        ("GET", "/api/v1/cases"), ("GET", f"/api/v1/cases/{case_id}"), ("POST", f"/api/v1/cases/{case_id}/approve"),
        ("POST", f"/api/v1/cases/{case_id}/steps/{NOBODY}/retry"),
    ):  # fmt: skip
        checked(await controller.client.request(method, path), 403)
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff SET disabled_at = now()",
        "UPDATE credential SET revoked_at = now()",
        "UPDATE credential SET expires_at = '2026-03-02T09:00:00Z'",
        "DELETE FROM credential",
    ],
)
async def test_a_key_that_was_taken_away_opens_nothing(world: World, staff: Staff, change: str) -> None:
    assert (await staff.client.get("/api/v1/cases")).status_code == 200
    await world.run(change)
    checked(await staff.client.get("/api/v1/cases"), 401)


# -- the acts


async def acted(
    world: World, staff: Staff, case_id: Any, answer: httpx.Response, status: int, event: str
) -> dict[str, Any]:
    """The act is the last entry of the history, by that staff member, and the chain holds."""
    assert answer.status_code == status, answer.text
    found = await world.rows(
        "SELECT * FROM event WHERE case_id = $1 AND type = $2 ORDER BY seq DESC", case_id, event
    )
    assert found, f"no {event} in the history"
    assert found[0]["actor"] == f"staff:{staff.id}"
    assert await chain(world, case_id) is None
    return found[0]


async def test_assign_and_take_back(world: World, staff: Staff) -> None:
    case_id = (await world.cases(await world.asked()))[0]["id"]
    event = await acted(
        world,
        staff,
        case_id,
        await staff.act(case_id, "assign", staff_id=str(staff.id)),
        204,
        "case.assigned",
    )
    assert event["data"] == {"to": str(staff.id)}
    assert (await staff.case(case_id))["assignee"] == str(staff.id)
    await acted(
        world, staff, case_id, await staff.act(case_id, "assign", staff_id=None), 204, "case.assigned"
    )
    assert (await staff.case(case_id))["assignee"] is None


async def test_assign_to_nobody_who_works_here_is_refused(world: World, staff: Staff) -> None:
    case_id = (await world.cases(await world.asked()))[0]["id"]
    before = await world.snapshot()
    checked(await staff.act(case_id, "assign", staff_id=str(uuid4())), 422, "staff_id")
    checked(await staff.act(case_id, "assign", staff_id="x"), 400, "staff_id")
    checked(await staff.act(case_id, "assign"), 400, "staff_id")
    assert await world.snapshot() == before


async def test_a_note_is_sealed_at_rest(world: World, staff: Staff) -> None:
    case_id = (await world.cases(await world.asked()))[0]["id"]
    text = "Spoke with Anna Zyxwv"
    await acted(world, staff, case_id, await staff.act(case_id, "notes", text=text), 201, "note.added")
    sealed = (await world.rows("SELECT sealed FROM note"))[0]["sealed"]
    assert text.encode() not in sealed
    assert "Zyxwv" not in str(await world.snapshot())
    assert (await staff.case(case_id))["notes"][0]["text"] == text


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2001])
async def test_an_empty_or_endless_note_is_refused(world: World, staff: Staff, text: str) -> None:
    case_id = (await world.cases(await world.asked()))[0]["id"]
    before = await world.counts()
    checked(await staff.act(case_id, "notes", text=text), 422, "text")
    assert await world.counts() == before


async def test_an_accepted_match_is_collected_and_a_rejected_one_is_not(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    recorder.unsure.update({KNOWN, UNKNOWN})
    recorder.people[None, "email", UNKNOWN] = [{"name": "somebody else"}]
    for email, decision, exports in ((KNOWN, "accepted", 1), (UNKNOWN, "rejected", 0)):
        recorder.calls.clear()
        reference = await world.asked(email=email)
        await world.prove(reference, to=email)
        await world.drain()
        case_id = (await world.cases(reference))[0]["id"]
        assert recorder.calls.count("export") == 0
        match = (await staff.case(case_id))["matches"][0]["id"]
        answer = await staff.act(case_id, f"matches/{match}", decision=decision)
        event = await acted(world, staff, case_id, answer, 204, "match.decided")
        assert event["data"] == {"match": match, "decision": decision}
        await world.drain()
        assert recorder.calls.count("export") == exports
        assert (await world.cases(reference))[0]["state"] == "delivered"
        checked(await staff.act(case_id, f"matches/{match}", decision="accepted"), 409, "match")


async def test_a_match_is_decided_with_one_of_two_words_and_in_its_own_case(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    recorder.unsure.add(KNOWN)
    first, second = await in_review(world), await in_review(world)
    match = (await staff.case(first))["matches"][0]["id"]
    before = await world.snapshot()
    checked(await staff.act(first, f"matches/{match}", decision="perhaps"), 422, "decision")
    checked(await staff.act(second, f"matches/{match}", decision="accepted"), 409, "match")
    checked(await staff.act(first, f"matches/{NOBODY}", decision="accepted"), 409, "match")
    assert await world.snapshot() == before


async def test_approve_lets_the_erasure_go_on(world: World, staff: Staff, recorder: Recorder) -> None:
    case_id = await in_review(world)
    assert "order:erase" not in recorder.calls
    await acted(world, staff, case_id, await staff.act(case_id, "approve"), 204, "case.approved")
    await world.drain()
    assert recorder.calls.count("order:erase") == 1
    assert (await staff.case(case_id))["state"] == "delivered"
    assert await chain(world, case_id) is None


async def test_approve_out_of_state_is_refused(world: World, staff: Staff) -> None:
    waiting = (await world.cases(await world.asked()))[0]["id"]
    done = await in_review(world)
    await staff.act(done, "approve")
    for case_id in (waiting, done):
        before = await world.snapshot()
        checked(await staff.act(case_id, "approve"), 409, "case")
        checked(await staff.act(case_id, "refuse", ground="excessive", reasons="x"), 409, "case")
        assert await world.snapshot() == before


async def test_approve_waits_for_the_matches(world: World, staff: Staff, recorder: Recorder) -> None:
    recorder.unsure.add(KNOWN)
    case_id = await in_review(world)
    checked(await staff.act(case_id, "approve"), 409, "matches")


async def test_refuse_names_its_ground_and_seals_its_words(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id = await in_review(world)
    words = "You asked Zyxwv times last week."
    answer = await staff.act(case_id, "refuse", ground="excessive", reasons=words)
    event = await acted(world, staff, case_id, answer, 204, "case.refused")
    assert event["data"]["ground"] == "GDPR 12(5)"
    await world.drain()
    assert "Zyxwv" not in str(await world.snapshot())
    assert "order:erase" not in recorder.calls
    shown = await staff.case(case_id)
    assert (shown["state"], shown["outcome"]) == ("delivered", "refused")
    link = await world.link(KNOWN)
    await world.client.post(f"{link}/send")
    letter = await world.client.post(link, data={"code": await world.code(KNOWN)})
    assert words in letter.text
    assert "tietosuoja.fi" in letter.text


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"ground": "because", "reasons": "x"}, 422, "ground"),
        ({"ground": "", "reasons": "x"}, 422, "ground"),
        ({"ground": "excessive", "reasons": " "}, 422, "reasons"),
        ({"ground": "excessive", "reasons": "x" * 2001}, 422, "reasons"),
        ({"ground": "excessive"}, 400, "reasons"),
        ({"ground": ["excessive"], "reasons": "x"}, 400, "ground"),
        ({"ground": "excessive", "reasons": "x", "silently": True}, 400, "silently"),
    ],
)
async def test_a_bad_refusal_is_refused(
    world: World, staff: Staff, body: dict[str, Any], status: int, field: str
) -> None:
    case_id = await in_review(world)
    before = await world.snapshot()
    checked(await staff.act(case_id, "refuse", **body), status, field)
    assert await world.snapshot() == before


async def test_extend_moves_the_due_date_and_tells_the_person(world: World, staff: Staff) -> None:
    case_id = await in_review(world)
    due = (await staff.case(case_id))["statutory_due_date"]
    answer = await staff.act(case_id, "extend", reason="complexity", reasons="Nine systems hold something.")
    event = await acted(world, staff, case_id, answer, 200, "clock.fact")
    assert "Nine systems" not in str(event["data"])
    shown = await staff.case(case_id)
    assert (due, shown["statutory_due_date"]) == ("2026-04-02", "2026-06-02")
    assert answer.json()["statutory_due_date"] == "2026-06-02"
    await world.drain()
    letter = world.messages(KNOWN)[0].text
    assert "Nine systems hold something." in letter
    assert "Nine systems" not in str(await world.snapshot())
    checked(await staff.act(case_id, "extend", reason="complexity", reasons="again"), 409, "reasons")


async def test_extend_after_the_first_month_is_refused(world: World, staff: Staff) -> None:
    case_id = await in_review(world)
    world.clock.forward(days=40)
    before = await world.snapshot()
    checked(await staff.act(case_id, "extend", reason="complexity", reasons="late"), 409, "reasons")
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "holidays", "reasons": "x"}, "reason"),
        ({"reason": "complexity", "reasons": ""}, "reasons"),
        ({"reason": "complexity", "reasons": "x" * 2001}, "reasons"),
    ],
)
async def test_a_bad_extension_is_refused(
    world: World, staff: Staff, body: dict[str, str], field: str
) -> None:
    case_id = await in_review(world)
    before = await world.snapshot()
    checked(await staff.act(case_id, "extend", **body), 422, field)
    assert await world.snapshot() == before


async def failing(world: World, recorder: Recorder) -> tuple[UUID, str]:
    """A case whose only system failed until a person has to look."""
    recorder.failing = True
    reference = await world.asked()
    await world.prove(reference)
    for _ in range(4):
        await world.drain()
        world.clock.forward(hours=2)
    case_id = (await world.cases(reference))[0]["id"]
    step = (
        await world.rows("SELECT id, state FROM step WHERE kind = 'fanout.search' AND case_id = $1", case_id)
    )[0]
    assert step["state"] == "manual"
    return UUID(str(case_id)), str(step["id"])


async def test_retry_tries_the_step_again(world: World, staff: Staff, recorder: Recorder) -> None:
    case_id, step = await failing(world, recorder)
    recorder.failing = False
    answer = await staff.client.post(f"/api/v1/cases/{case_id}/steps/{step}/retry")
    await acted(world, staff, case_id, answer, 204, "step.retried")
    await world.drain()
    assert (await staff.case(case_id))["state"] == "delivered"
    checked(await staff.client.post(f"/api/v1/cases/{case_id}/steps/{step}/retry"), 409, "step")
    checked(await staff.client.post(f"/api/v1/cases/{case_id}/steps/{NOBODY}/retry"), 404)


async def test_a_task_finished_as_a_gap_is_named_in_the_answer(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id, step = await failing(world, recorder)
    evidence = "Ticket 77 with Zyxwv"
    answer = await staff.client.post(
        f"/api/v1/cases/{case_id}/steps/{step}/finish", json={"outcome": "gap", "evidence": evidence}
    )
    await acted(world, staff, case_id, answer, 204, "task.finished")
    await world.drain()
    shown = await staff.case(case_id)
    assert shown["outcome"] == "fulfilled_in_part"
    assert evidence in {note["text"] for note in shown["notes"]}
    assert "Zyxwv" not in str(await world.snapshot())


async def test_a_bad_finish_is_refused(world: World, staff: Staff, recorder: Recorder) -> None:
    case_id, step = await failing(world, recorder)
    before = await world.snapshot()
    url = f"/api/v1/cases/{case_id}/steps/{step}/finish"
    checked(await staff.client.post(url, json={"outcome": "found", "evidence": "x"}), 422, "outcome")
    checked(await staff.client.post(url, json={"outcome": "done", "evidence": " "}), 422, "evidence")
    checked(await staff.client.post(url, json={"outcome": "done"}), 400, "evidence")
    other = f"/api/v1/cases/{case_id}/steps/{NOBODY}/finish"
    checked(await staff.client.post(other, json={"outcome": "done", "evidence": "x"}), 404)
    assert await world.snapshot() == before


async def test_a_step_of_another_case_is_not_there(world: World, staff: Staff, recorder: Recorder) -> None:
    _, step = await failing(world, recorder)
    other = (await world.cases(await world.asked(email=UNKNOWN)))[0]["id"]
    checked(await staff.client.post(f"/api/v1/cases/{other}/steps/{step}/retry"), 404)


async def test_rights_that_a_person_carries_out_end_with_their_task(world: World, staff: Staff) -> None:
    reference = await world.asked(rights=["rectification"], message="My name is Ana, not Anna.")
    await world.prove(reference)
    await world.drain()
    case_id = (await world.cases(reference))[0]["id"]
    step = next(s for s in (await staff.case(case_id))["steps"] if s["kind"] == "review.by_hand")
    checked(await staff.act(case_id, "approve"), 409, "steps")
    answer = await staff.client.post(
        f"/api/v1/cases/{case_id}/steps/{step['id']}/finish", json={"outcome": "done", "evidence": "Changed."}
    )
    await acted(world, staff, case_id, answer, 204, "task.finished")
    await world.drain()
    assert (await staff.case(case_id))["state"] == "delivered"


# -- a request that staff enters


async def test_a_request_by_telephone_keeps_the_time_it_came(world: World, staff: Staff) -> None:
    came = (START - timedelta(days=3)).isoformat()
    answer = await staff.enter(received_at=came)
    assert answer.status_code == 201
    case = (await world.cases(answer.json()["reference"]))[0]
    assert case["received_at"] == START - timedelta(days=3)
    assert (await last_event(world, case["id"]))["actor"] == f"staff:{staff.id}"
    assert [str(case["id"])] == answer.json()["cases"]


async def test_an_unchecked_request_still_needs_the_code(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    for checked_how in ("", "   "):
        answer = await staff.enter(checked=checked_how)
        await world.drain()
        assert recorder.calls == []
        assert (await world.cases(answer.json()["reference"]))[0]["state"] == "awaiting_identity"


async def test_a_checked_request_begins_and_the_check_is_sealed(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    how = "Called back on the number on file, Zyxwv"
    answer = await staff.enter(checked=how, rights=["access", "portability"])
    for case_id in answer.json()["cases"]:
        shown = await staff.case(case_id)
        assert [note["text"] for note in shown["notes"]] == [f"Identity checked: {how}"]
        assert {i["proof"] for i in shown["identities"]} == {"staff"}
        event = next(e for e in shown["events"] if e["type"] == "identity.checked")
        assert event["actor"] == f"staff:{staff.id}"
        assert await chain(world, case_id) is None
    assert "Zyxwv" not in str(await world.snapshot())
    await world.drain()
    assert "find" in recorder.calls


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"received_at": "2999-01-01T00:00:00Z"}, 422, "received_at"),
        ({"received_at": (START + timedelta(minutes=1)).isoformat()}, 422, "received_at"),
        ({"received_at": (START - timedelta(days=400)).isoformat()}, 422, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+23:00"}, 422, "received_at"),
        ({"received_at": "9999-12-31T23:59:00-23:00"}, 422, "received_at"),
        ({"received_at": "2026-03-01T10:00:00"}, 422, "received_at"),
        ({"received_at": "2026-02-30T10:00:00Z"}, 400, "received_at"),
        ({"received_at": "yesterday"}, 400, "received_at"),
        ({"received_at": None}, 400, "received_at"),
        ({"channel": "pigeon"}, 422, "channel"),
        ({"channel": "api"}, 422, "channel"),
        ({"checked": "x" * 2001}, 422, "checked"),
        ({"rights": ["fly"]}, 422, "rights"),
        ({"email": "x"}, 422, "email"),
        ({"proof": "code"}, 400, "proof"),
        ({"actor": "staff:x"}, 400, "actor"),
    ],
)
async def test_a_bad_entry_is_refused_and_nothing_is_half_written(
    shared_world: World, shared_staff: Staff, body: dict[str, Any], status: int, field: str
) -> None:
    before = await shared_world.counts()
    checked(await shared_staff.enter(**body), status, field)
    assert await shared_world.counts() == before


async def test_what_was_done_can_be_proven_after_the_closing(
    world: World, staff: Staff, controller: Controller, recorder: Recorder
) -> None:
    """The whole of a case, then its end: no personal data, a history that holds, and a list that still shows it."""
    case_id = await in_review(world)
    await staff.act(case_id, "notes", text="Zyxwv")
    await staff.act(case_id, "approve")
    await world.drain()
    world.clock.forward(days=31)
    await world.drain()
    shown = await staff.case(case_id)
    assert shown["state"] == "closed"
    assert (shown["identities"], shown["matches"], shown["notes"]) == ([], [], [])
    assert await chain(world, case_id) is None
    checked(await staff.act(case_id, "notes", text="late"), 410)
    assert await chain(world, case_id) is None
    assert TENANT not in str(shown)


async def test_an_unsure_match_shows_whom_it_means(world: World, staff: Staff, recorder: Recorder) -> None:
    recorder.unsure.add(KNOWN)
    case_id = await in_review(world)
    match = (await staff.case(case_id))["matches"][0]
    assert match["ref"] == {"kind": "email", "value": "a…@e…"}


# -- open, in other rooms


async def test_staff_cannot_bring_the_closing_of_a_case_forward(world: World, staff: Staff) -> None:
    reference, _ = await world.answered()
    case_id = (await world.cases(reference))[0]["id"]
    close = next(s for s in (await staff.case(case_id))["steps"] if s["kind"] == "delivery.close")
    answer = await staff.client.post(f"/api/v1/cases/{case_id}/steps/{close['id']}/retry")
    await world.drain()
    assert answer.status_code == 409
    assert (await staff.case(case_id))["state"] == "delivered"


async def test_an_extension_that_nobody_can_be_told_of_is_refused(world: World, staff: Staff) -> None:
    case_id = (await world.cases(await world.asked()))[0]["id"]
    checked(await staff.act(case_id, "extend", reason="complexity", reasons="Much to do."), 409)


async def test_a_weighed_objection_can_be_refused_on_compelling_grounds(world: World, staff: Staff) -> None:
    reference = await world.asked(rights=["objection"], message="No profiling either.")
    await world.prove(reference)
    await world.drain()
    case_id = (await world.cases(reference))[0]["id"]
    answer = await staff.act(case_id, "refuse", ground="compelling_grounds", reasons="Fraud prevention.")
    assert answer.status_code == 204
