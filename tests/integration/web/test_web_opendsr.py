"""OpenDSR 2.0 and OpenGDPR 1.0 as a controller's program speaks them: every answer signed, nothing begun too soon."""

import asyncio
import base64
import hashlib

import msgspec
import pytest

from dsar.engine import Signing
from dsar.settings import Settings

from .opendsr_client import DOMAIN, PATH, V1, V2, Program, error_of, identity, request
from .recorder import Recorder
from .world import KNOWN, KNOWN_PHONE, OTHER_TENANT, TENANT, Controller, Staff, World, open_world

pytestmark = pytest.mark.usefixtures("one_signing_key")

PHONE = {DOMAIN: {"telephone": KNOWN_PHONE}}


@pytest.fixture
async def program(world: World, controller: Controller) -> Program:
    return Program(world, controller)


async def begun(world: World) -> None:
    """The hour is over in which a request can be cancelled."""
    world.clock.forward(minutes=61)
    await world.drain()


# -- discovery and certificate


@pytest.mark.parametrize(("face", "version"), [(V2, "2.0"), (V1, "1.0")])
async def test_discovery_says_what_is_taken_and_needs_no_key(world: World, face: str, version: str) -> None:
    answer = await world.client.get(f"{face}/discovery")
    assert answer.status_code == 200
    said = answer.json()
    assert said["api_version"] == version
    assert {"identity_type": "email", "identity_format": "raw"} in said["supported_identities"]
    assert said["supported_subject_request_types"] == ["access", "portability", "erasure"]
    assert said["processor_certificate"] == "http://127.0.0.1:8321/opendsr/certificate.pem"
    assert said["extensions"][DOMAIN]["supported_regulations"] == ["gdpr"]
    assert said["extensions"][DOMAIN]["searched_by_a_person"] == ["md5", "sha1", "sha256"]


async def test_the_certificate_is_the_same_after_a_restart_and_its_key_is_kept_sealed(
    world: World, program: Program
) -> None:
    first = (await world.client.get("/opendsr/certificate.pem")).text
    (kept,) = await world.rows("SELECT domain, certificate, sealed_private_key FROM signing_key")
    assert (kept["domain"], kept["certificate"]) == (DOMAIN, first)
    assert b"PRIVATE KEY" not in kept["sealed_private_key"]
    service = world.service
    again = Signing(service.db, service.vault, service.settings, service.now)
    assert (await again.signer()).certificate == first


# -- a request


@pytest.mark.parametrize(("face", "version"), [(V2, "2.0"), (V1, "1.0")])
async def test_a_request_is_answered_with_its_own_bytes_and_our_dates(
    world: World, program: Program, face: str, version: str
) -> None:
    fields = request(regulation=... if face == V1 else "gdpr", api_version=version)
    body = msgspec.json.format(msgspec.json.encode(fields), indent=3) + b"\n\n"
    answer = await program.send(body, face)
    assert answer.status_code == 201
    said = answer.json()
    assert base64.b64decode(said["encoded_request"]) == body
    assert said["controller_id"] == program.id
    assert said["subject_request_id"] == fields["subject_request_id"]
    assert said["api_version"] == version
    assert said["received_time"] == "2026-03-02T10:00:00Z"
    assert said["expected_completion_time"].endswith("Z")
    assert "extensions" not in said


async def test_a_request_is_a_case_of_its_controller_that_touches_nothing_before_its_time(
    world: World, program: Program, recorder: Recorder
) -> None:
    asked = request()
    await program.send(msgspec.json.encode(asked))
    world.clock.forward(minutes=59)
    await world.drain()
    (case,) = await world.rows("SELECT * FROM case_file")
    assert (case["state"], case["role"], case["tenant"], case["right"]) == (
        "awaiting_controller",
        "processor",
        TENANT,
        "access",
    )
    assert recorder.calls == []
    assert (await program.status(asked["subject_request_id"])).json()["request_status"] == "pending"
    assert (await world.rows("SELECT channel FROM request"))[0]["channel"] == "opendsr"
    assert (await world.rows("SELECT proof FROM identity"))[0]["proof"] == "controller"


async def test_after_its_time_it_is_carried_out_as_the_controllers_instruction_in_its_tenant_alone(
    world: World, program: Program, recorder: Recorder
) -> None:
    asked = request(subject_identities=None, extensions=PHONE)
    await program.send(msgspec.json.encode(asked))
    await begun(world)
    said = (await program.status(asked["subject_request_id"])).json()
    assert said["request_status"] == "completed"
    assert said["results_count"] == 2
    assert said["extensions"] == {DOMAIN: {"outcome": "fulfilled"}}
    assert {scope.tenant for scope in recorder.scopes_seen} == {TENANT}
    bundle = await program.client.get(said["results_url"].removeprefix("http://127.0.0.1:8321"))
    assert bundle.content[:2] == b"PK"
    (heard,) = await world.rows("SELECT actor, data FROM event WHERE type = 'controller.instructed'")
    assert heard["actor"].startswith(f"controller:{program.id}/key:")
    assert heard["data"]["instruction"] == "fulfil"


async def test_an_erasure_counts_what_was_erased_even_after_the_case_is_closed(
    world: World, program: Program, recorder: Recorder
) -> None:
    asked = request(subject_request_type="erasure", subject_identities=None, extensions=PHONE)
    await program.send(msgspec.json.encode(asked))
    await begun(world)
    assert (TENANT, "phone", KNOWN_PHONE) not in recorder.people
    for _ in range(2):
        said = (await program.status(asked["subject_request_id"])).json()
        assert (said["request_status"], said["results_count"]) == ("completed", 2)
        assert "results_url" not in said
        world.clock.forward(days=40)
        await world.drain()
    assert (await world.rows("SELECT state FROM case_file"))[0]["state"] == "closed"


async def test_nobody_found_is_completed_with_no_results(world: World, program: Program) -> None:
    asked = request(subject_identities=[identity("nobody@example.com")])
    await program.send(msgspec.json.encode(asked))
    await begun(world)
    said = (await program.status(asked["subject_request_id"])).json()
    assert (said["request_status"], said["results_count"]) == ("completed", 0)
    assert said["extensions"] == {DOMAIN: {"outcome": "nothing_held"}}


async def test_of_the_body_nothing_is_kept_but_a_keyed_hash(world: World, program: Program) -> None:
    body = msgspec.json.encode(request())
    await program.send(body)
    kept = str(await world.rows("SELECT o::text FROM opendsr_request o")) + str(await world.snapshot())
    assert KNOWN not in kept
    assert base64.b64encode(body).decode()[:40] not in kept
    assert hashlib.sha256(body).hexdigest() not in kept


async def test_a_californian_erasure_is_a_deletion_counted_by_californian_law_where_the_profile_knows_it(
    settings: Settings, recorder: Recorder
) -> None:
    # Civ. 1798.105
    async with open_world(msgspec.structs.replace(settings, profile="sonexlabs"), recorder) as world:
        program = Program(world, await world.controller())
        said = (await world.client.get(f"{V2}/discovery")).json()
        assert said["extensions"][DOMAIN]["supported_regulations"] == ["gdpr", "ccpa"]
        answer = await program.ask(regulation="ccpa", subject_request_type="erasure")
        assert answer.status_code == 201
        (case,) = await world.rows('SELECT "right", residence, regime FROM case_file')
        assert (case["right"], case["residence"]) == ("delete", "US-CA")
        assert case["regime"] == world.service.profile.profile.residents["US-CA"].regime.value


# -- the same again


async def test_the_same_body_again_is_answered_byte_for_byte_and_files_nothing(
    world: World, program: Program
) -> None:
    body = msgspec.json.encode(request())
    first = await program.send(body)
    before = await world.snapshot()
    world.clock.forward(minutes=5)
    again = await program.send(body)
    assert (again.status_code, again.content) == (201, first.content)
    assert await world.snapshot() == before


async def test_the_same_body_sent_many_times_at_once_is_one_request(world: World, program: Program) -> None:
    body = msgspec.json.encode(request())
    await program.certificate()
    answers = await asyncio.gather(*(program.send(body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await world.rows("SELECT id FROM case_file")) == 1


async def test_the_same_id_with_another_body_is_refused(world: World, program: Program) -> None:
    asked = request()
    await program.send(msgspec.json.encode(asked))
    before = await world.snapshot()
    changed = asked | {"subject_request_type": "erasure"}
    error_of(await program.send(msgspec.json.encode(changed)), 400, "subject_request_id")
    assert await world.snapshot() == before


async def test_two_controllers_may_use_the_same_id(world: World, program: Program) -> None:
    other = Program(world, await world.controller(OTHER_TENANT))
    body = msgspec.json.encode(request())
    first, second = await program.send(body), await other.send(body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["controller_id"] != second.json()["controller_id"]


# -- whom it means


async def test_a_dictionary_of_identities_and_null_lists_are_taken(
    world: World, program: Program, recorder: Recorder
) -> None:
    answer = await program.ask(
        subject_identities={
            "email": {"value": KNOWN.upper(), "encoding": "raw"},
            "ios_advertising_id": {"value": "EA7583CD-A667-48BC-B806-42ECB2B48606", "encoding": "raw"},
        },
        api_version="3.0",
        status_callback_urls=None,
        extensions=None,
    )
    assert answer.status_code == 201
    assert answer.json()["extensions"] == {DOMAIN: {"ignored_identities": ["ios_advertising_id"]}}
    await begun(world)
    assert {(ref.kind, ref.value) for ref in recorder.refs_seen} == {("email", KNOWN)}


async def test_a_customer_id_is_our_account_id(world: World, program: Program, recorder: Recorder) -> None:
    await program.ask(subject_identities=[identity("cust-77", "controller_customer_id")])
    await begun(world)
    assert {(ref.kind, ref.value) for ref in recorder.refs_seen} == {("account_id", "cust-77")}


@pytest.mark.parametrize("form", ["md5", "sha1", "sha256"])
async def test_a_hash_that_agrees_with_the_identity_beside_it_adds_nothing(
    world: World, program: Program, form: str
) -> None:
    digest = hashlib.new(form, KNOWN.encode()).hexdigest()
    answer = await program.ask(subject_identities=[identity(), identity(digest, form=form)])
    assert answer.status_code == 201
    assert await world.rows("SELECT id FROM step WHERE key = 'hashed_identity'") == []
    answer = await program.ask(subject_identities=[identity(), identity("0" * len(digest), form=form)])
    error_of(answer, 400, "subject_identities[1]")


async def test_a_hash_alone_is_a_persons_task_and_never_an_answer_that_nothing_is_held(
    world: World, program: Program, recorder: Recorder, staff: Staff
) -> None:
    digest = hashlib.sha256(KNOWN.encode()).hexdigest()
    answer = await program.ask(subject_identities=[identity(digest.upper(), form="sha256")])
    assert answer.json()["extensions"] == {DOMAIN: {"searched_by_a_person": 1}}
    asked_id = answer.json()["subject_request_id"]
    await begun(world)
    assert recorder.calls == []
    assert (await program.status(asked_id)).json()["request_status"] == "in_progress"
    tasks = await world.rows(
        "SELECT id, case_id, key, state FROM step WHERE kind = 'fanout.search' ORDER BY key"
    )
    assert [(task["key"], task["state"]) for task in tasks] == [
        ("hashed_identity", "manual"),
        ("recorder", "manual"),
    ]
    shown = await staff.case(tasks[0]["case_id"])
    assert f"email, sha256 {digest}" in shown["details"]["message"]
    assert digest not in str(await world.snapshot())
    for task in tasks:
        done = await staff.act(
            task["case_id"], f"steps/{task['id']}/finish", outcome="gap", evidence="nobody by that hash"
        )
        assert done.status_code < 300, done.text
    await world.drain()
    said = (await program.status(asked_id)).json()
    assert (said["request_status"], said["results_count"]) == ("completed", 0)
    assert said["extensions"] == {DOMAIN: {"outcome": "fulfilled_in_part"}}


async def test_a_slash_after_the_address_and_a_charset_beside_the_media_type_change_nothing(
    world: World, program: Program
) -> None:
    answer = await program.client.post(
        f"{PATH[V2]}/",
        content=msgspec.json.encode(request()),
        headers={"content-type": "application/json; charset=utf-8"},
    )
    assert (await program.signed(answer)).status_code == 201


async def test_an_erasure_by_a_hash_alone_waits_for_a_persons_eyes_before_it_is_answered(
    world: World, program: Program, recorder: Recorder, staff: Staff
) -> None:
    digest = hashlib.md5(KNOWN.encode(), usedforsecurity=False).hexdigest()
    await program.ask(subject_request_type="erasure", subject_identities=[identity(digest, form="md5")])
    await begun(world)
    for task in await world.rows("SELECT id, case_id FROM step WHERE kind = 'fanout.search'"):
        await staff.act(
            task["case_id"], f"steps/{task['id']}/finish", outcome="gap", evidence="cannot be compared"
        )
    await world.drain()
    assert [case["state"] for case in await world.rows("SELECT state FROM case_file")] == ["in_review"]
    assert "order:erase" not in recorder.calls


async def test_a_hash_beside_another_identity_holds_the_answer_until_a_person_has_looked(
    world: World, program: Program, recorder: Recorder, staff: Staff
) -> None:
    digest = hashlib.sha1(KNOWN.encode(), usedforsecurity=False).hexdigest()
    answer = await program.ask(subject_identities=[identity(digest, form="sha1")], extensions=PHONE)
    await begun(world)
    assert "export" in recorder.calls
    asked_id = answer.json()["subject_request_id"]
    assert (await program.status(asked_id)).json()["request_status"] == "in_progress"
    (task,) = await world.rows("SELECT id, case_id FROM step WHERE key = 'hashed_identity'")
    await staff.act(
        task["case_id"], f"steps/{task['id']}/finish", outcome="no_match", evidence="hashed all: nobody"
    )
    await world.drain()
    said = (await program.status(asked_id)).json()
    assert (said["request_status"], said["results_count"]) == ("completed", 2)
    assert said["extensions"] == {DOMAIN: {"outcome": "fulfilled"}}


# -- taking back


@pytest.mark.parametrize("face", [V2, V1])
async def test_a_pending_request_is_cancelled_and_never_begins(
    world: World, program: Program, recorder: Recorder, face: str
) -> None:
    asked = request(api_version=None)
    await program.send(msgspec.json.encode(asked), face)
    asked_id = asked["subject_request_id"]
    answer = await program.cancel(asked_id, face)
    assert answer.status_code == 202
    assert answer.json() == {
        "controller_id": program.id,
        "subject_request_id": asked_id,
        "received_time": "2026-03-02T10:00:00Z",
        "api_version": "2.0" if face == V2 else "1.0",
    }
    await begun(world)
    said = (await program.status(asked_id, face)).json()
    assert said["request_status"] == "cancelled"
    assert "results_count" not in said
    assert recorder.calls == []
    assert (await program.cancel(asked_id, face)).status_code == 202


async def test_a_request_that_has_begun_is_not_cancelled(world: World, program: Program) -> None:
    asked = request()
    await program.send(msgspec.json.encode(asked))
    await begun(world)
    before = await world.snapshot()
    error_of(await program.cancel(asked["subject_request_id"]), 400, "request_status")
    assert await world.snapshot() == before


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_controllers_request_looks_as_if_it_were_not_there(
    world: World, program: Program, method: str
) -> None:
    other = Program(world, await world.controller(OTHER_TENANT))
    asked = request()
    await program.send(msgspec.json.encode(asked))
    before = await world.snapshot()
    theirs = f"{PATH[V2]}/{asked['subject_request_id']}"
    absent = f"{PATH[V2]}/{request()['subject_request_id']}"
    for path in (theirs, absent, f"{PATH[V2]}/x", f"{PATH[V2]}/{asked['subject_request_id'].upper()}"):
        error_of(await other.signed(await other.client.request(method, path)), 404)
    assert await world.snapshot() == before


async def test_staff_does_not_shorten_the_time_in_which_a_request_can_be_cancelled(
    world: World, program: Program, recorder: Recorder, staff: Staff
) -> None:
    await program.ask()
    (step,) = await world.rows("SELECT id, case_id FROM step WHERE kind = 'routing.begin'")
    before = await world.snapshot()
    assert (await staff.act(step["case_id"], f"steps/{step['id']}/retry")).status_code == 409
    assert await world.snapshot() == before
    await world.drain()
    assert recorder.calls == []


# -- what the controller or staff make of it


async def test_what_the_controller_says_elsewhere_meanwhile_holds_and_its_refusal_is_completed_with_its_ground(
    world: World, program: Program, controller: Controller, recorder: Recorder
) -> None:
    asked = request()
    await program.send(msgspec.json.encode(asked))
    (case,) = await world.rows("SELECT id FROM case_file")
    assert (await controller.instruct(case["id"], "refuse", "not our customer")).status_code == 200
    await begun(world)
    said = (await program.status(asked["subject_request_id"])).json()
    assert (said["request_status"], said["results_count"]) == ("completed", 0)
    assert said["extensions"] == {DOMAIN: {"outcome": "refused", "ground": "GDPR 28(3)(a)"}}
    assert recorder.calls == []


async def test_staffs_refusal_is_completed_with_no_results_and_the_provision(
    world: World, program: Program, recorder: Recorder, staff: Staff
) -> None:
    recorder.unsure.add(KNOWN_PHONE)
    asked = request(subject_identities=None, extensions=PHONE)
    await program.send(msgspec.json.encode(asked))
    await begun(world)
    (case,) = await world.rows("SELECT id, state FROM case_file")
    assert case["state"] == "in_review"
    refused = await staff.act(case["id"], "refuse", ground="excessive", reasons="Asked daily")
    assert refused.status_code < 300, refused.text
    await world.drain()
    said = (await program.status(asked["subject_request_id"])).json()
    assert (said["request_status"], said["results_count"]) == ("completed", 0)
    assert said["extensions"] == {DOMAIN: {"outcome": "refused", "ground": "GDPR 12(5)"}}
    assert "daily" not in str(said)


# -- signatures


async def test_a_controller_may_choose_pss(world: World, program: Program) -> None:
    await world.run("UPDATE controller SET opendsr_padding = 'pss'")
    program.scheme = "pss"
    asked = request()
    assert (await program.send(msgspec.json.encode(asked))).status_code == 201
    assert (await program.status(asked["subject_request_id"])).status_code == 200
    error_of(await program.ask(subject_request_type="fly"), 400, "subject_request_type")


async def test_the_status_stands_at_both_addresses_that_the_text_names_in_the_words_of_each_edition(
    world: World, program: Program
) -> None:
    asked = request()
    await program.send(msgspec.json.encode(asked))
    for face, version in ((V2, "2.0"), (V1, "1.0")):
        by_status = await program.client.get(f"{face}/status/{asked['subject_request_id']}")
        assert by_status.content == (await program.status(asked["subject_request_id"], face)).content
        assert by_status.json()["api_version"] == version


async def test_a_key_that_calls_too_often_is_told_so_in_the_protocols_shape(
    settings: Settings, recorder: Recorder
) -> None:
    async with open_world(msgspec.structs.replace(settings, calls_per_minute=2), recorder) as world:
        program = Program(world, await world.controller())
        for _ in range(2):
            assert (await program.ask()).status_code == 201
        answer = await program.ask()
        error_of(answer, 429)
        assert int(answer.headers["retry-after"]) > 0
        assert len(await world.rows("SELECT id FROM case_file")) == 2
