"""A controller knows its case by a number of its own: the request's reference, which opens the person's page, stays the person's."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from msgspec import Struct, field

from dsar.domain.case import case_number

from .hook import Hook, listening
from .opendsr_client import Program
from .recorder import Recorder
from .visitors import Guest, member
from .world import KNOWN, KNOWN_PHONE, OTHER_TENANT, Controller, Staff, World

REFERENCE = re.compile(rb"R(-[0-9A-HJKMNP-TV-Z]{4}){4}")
API = "/api/v1/controller"
DAYS = {"alarm": "days_3", "clock": "assist", "days": 3, "due_date": "2026-03-16", "date": "2026-03-16"}
MAILS = {
    "business_forwarded": {},
    "business_due_soon": DAYS,
    "business_ready": {},
    "business_withdrawn": {},
    "business_referred": {},
    "business_restriction_ends": {"lifted_on": "2026-06-01"},
    "business_endpoint_off": {"reason": "gone"},
    "business_sign_in": {"page": "list"},
}


class Shared(Struct):
    """One request for the operator and for two businesses, and the two cases by right of the one that is looked at."""

    reference: str
    access: UUID
    erasure: UUID
    seen: dict[str, bytes] = field(default_factory=dict)

    def keep(self, what: str, answer: httpx.Response) -> httpx.Response:
        """All of an answer, its headers too; an archive opened."""
        assert answer.is_success, (what, answer.text)
        self.seen[f"{what}: headers"] = str(answer.headers).encode()
        if answer.headers["content-type"] == "application/zip" and answer.content:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                for name in archive.namelist():
                    self.seen[f"{what}: {name}"] = name.encode() + archive.read(name)
        else:
            self.seen[what] = answer.content
        return answer


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with listening() as made:
        yield made


@pytest.fixture
async def business(world: World, hook: Hook) -> Controller:
    """Full messages at one business."""
    made = await world.controller(webhook=hook.url)
    moved = await made.client.put(f"{API}/endpoint", json={"url": hook.url, "payload": "full"})
    assert moved.is_success
    return made


@pytest.fixture
async def boss(world: World, business: Controller) -> Guest:
    return await member(world, business.id)


@pytest.fixture
async def other(world: World, recorder: Recorder, hook: Hook) -> Controller:
    """Thin ones at the other."""
    recorder.people[OTHER_TENANT, "phone", KNOWN_PHONE] = [{"call": 8}]
    return await world.controller(OTHER_TENANT, webhook=hook.url)


@pytest.fixture
async def asked(world: World, business: Controller, other: Controller) -> Shared:
    """The person asks the operator itself and both businesses at once."""
    reference = await world.asked(
        rights=["access", "erasure"], phone=KNOWN_PHONE, relations=["prospect", "caller"]
    )
    await world.prove(reference)
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    rows = await world.cases(reference)
    assert {row["controller_id"] for row in rows} == {None, business.id, other.id}
    own = {row["right"]: row["id"] for row in rows if row["controller_id"] == business.id}
    return Shared(reference, own["access"], own["erasure"])


async def test_nothing_that_a_controller_gets_holds_the_requests_reference(
    world: World, hook: Hook, business: Controller, other: Controller, boss: Guest, asked: Shared
) -> None:
    await by_page_and_mail(world, boss, asked)
    await by_api(world, business, asked)
    for one in (business, other):
        answered = asked.keep(f"cases of {one.id}", await one.client.get(f"{API}/cases"))
        for case in answered.json()["cases"]:
            assert case["reference"] == case_number(UUID(case["id"]))
            asked.keep(f"case {case['id']}", await one.client.get(f"{API}/cases/{case['id']}"))
        asked.keep(f"deliveries of {one.id}", await one.client.get(f"{API}/deliveries"))
    for at, (headers, body) in enumerate(hook.got):
        asked.seen[f"webhook {at}"] = str(headers).encode() + body

    for what, content in asked.seen.items():
        assert asked.reference.encode() not in content, what
        assert not REFERENCE.search(content), what
    number = case_number(asked.access).encode()
    for what in ("page", "page list", "page bundle: manifest.json", "page bundle: index.html"):
        assert number in asked.seen[what], what
    for what in ("bundle: README.en.txt", "bundle: headers", "head: headers", "mail business_forwarded"):
        assert number in asked.seen[what], what
    told = [body for _, body in hook.got]
    assert any(number in body and KNOWN_PHONE.encode() in body for body in told)  # the full one
    assert any(b"identities" not in body and b'"C-' in body for body in told)  # the thin one


async def by_page_and_mail(world: World, boss: Guest, asked: Shared) -> None:
    for template, facts in MAILS.items():
        await boss.told(asked.access, template, **facts)
        newest = boss.mails()[0]
        assert template == "business_sign_in" or case_number(asked.access) in newest.subject
        asked.seen[f"mail {template}"] = (newest.subject + newest.text + newest.html).encode()
    asked.keep("page", await boss.sign_in(asked.access))
    asked.keep("page list", await boss.client.get("/business"))
    asked.keep("asked once more", await boss.say(asked.erasure, "fulfil", answer_to="controller"))
    said = await boss.say(asked.access, "fulfil", answer_to="controller")
    assert said.status_code == 303
    await world.drain()
    asked.keep("page bundle", await boss.client.get(f"/business/cases/{asked.access}/bundle/1"))
    asked.keep("page after", await boss.client.get(f"/business/cases/{asked.access}"))


async def by_api(world: World, business: Controller, asked: Shared) -> None:
    address = f"{API}/cases/{asked.access}/bundle"
    asked.keep("bundle", await business.client.get(address))
    asked.keep("head", await business.client.head(address))
    said = await business.instruct(asked.erasure, "need_information", "Which of the two shops was it?")
    asked.keep("a question", said)
    asked.keep("instructed", await business.instruct(asked.erasure, "fulfil"))
    program = Program(world, business)
    filed = await program.ask()
    asked.keep("OpenDSR", filed)
    asked.keep("OpenDSR status", await program.status(filed.json()["subject_request_id"]))
    world.clock.forward(minutes=61)
    await world.drain()
    asked.keep("OpenDSR later", await program.status(filed.json()["subject_request_id"]))


async def test_no_entry_of_a_controllers_case_and_no_message_about_it_holds_the_reference(
    world: World, business: Controller, asked: Shared
) -> None:
    await business.instruct(asked.access, "fulfil")
    await world.drain()
    kept = await world.rows(
        "SELECT e.data::text AS said FROM event e JOIN case_file c ON c.id = e.case_id WHERE c.controller_id IS NOT NULL"
        " UNION ALL SELECT o.facts::text FROM outbox o WHERE o.controller_id IS NOT NULL OR o.member_id IS NOT NULL"
    )
    assert len(kept) > 10
    assert not [row["said"] for row in kept if REFERENCE.search(row["said"].encode())]


@pytest.mark.parametrize("path", ["requests", "verify"])
async def test_a_case_number_opens_no_page_of_the_person(world: World, asked: Shared, path: str) -> None:
    assert (await world.client.get(f"/{path}/{asked.reference}")).status_code == 200
    for spelled in (case_number(asked.access), case_number(asked.access).replace("C-", "R-")):
        assert (await world.client.get(f"/{path}/{spelled}")).status_code == 404


async def test_staff_sees_reference_and_number(world: World, staff: Staff, asked: Shared) -> None:
    listed = (await staff.client.get("/api/v1/cases", params={"limit": 200})).json()["cases"]
    assert {case["reference"] for case in listed} == {asked.reference}
    for case in listed:
        number = case_number(UUID(case["id"])) if case["controller_id"] else None
        assert case["number"] == number
        assert (await staff.case(case["id"]))["number"] == number
    assert len([case for case in listed if case["number"]]) == 4


async def test_the_person_keeps_the_reference_where_the_answer_is_sent_on_a_businesss_behalf(
    world: World, business: Controller, asked: Shared
) -> None:
    """The archive alone bears the number, for its controller may fetch it as well."""
    said = {"instruction": "fulfil", "answer_to": "person"}
    await business.client.post(f"{API}/cases/{asked.access}/instruction", json=said)
    await world.drain()
    letter = next(mail for mail in world.messages(KNOWN) if "/download/" in mail.text)
    link = await world.link(KNOWN)
    assert asked.reference in letter.text
    assert asked.reference in (await world.client.get(link)).text
    await world.client.post(f"{link}/send")
    code = await world.code(KNOWN)
    opened = await world.client.post(link, data={"code": code})
    assert asked.reference in opened.text
    assert case_number(asked.access) not in opened.text
    fetched = asked.keep("archive", await world.client.get(f"{link}/bundle/1"))
    assert f'"{asked.reference}.zip"' in fetched.headers["content-disposition"]
    assert asked.reference.encode() not in asked.seen["archive: manifest.json"]
    assert case_number(asked.access).encode() in asked.seen["archive: manifest.json"]


@pytest.mark.parametrize("identity", ["our_word", "ask_the_person"])
async def test_the_page_of_a_request_that_a_business_filed_shows_its_own_cases_alone(
    world: World, business: Controller, asked: Shared, identity: str
) -> None:
    filed = (await business.create(rights=["portability"], identity=identity)).json()
    await world.drain()
    assert REFERENCE.fullmatch(filed["reference"].encode())
    assert filed["reference"] != asked.reference
    rows = await world.cases(filed["reference"])
    assert [str(row["id"]) for row in rows] == filed["cases"]
    assert {row["controller_id"] for row in rows} == {business.id}
    persons, page = [
        (await world.client.get(f"/requests/{of}")).text for of in (asked.reference, filed["reference"])
    ]
    assert page.count('<section class="card" aria-labelledby="case-') == len(rows) == 1
    assert "See my data" in persons
    assert "See my data" not in page
    shown = (await business.client.get(f"{API}/cases/{filed['cases'][0]}")).json()
    assert shown["reference"] == case_number(UUID(filed["cases"][0]))
