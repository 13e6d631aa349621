"""A caller named by number alone, whose calls two businesses hold: each is asked, each says, each gets its own."""

import io
import json
import re
import zipfile

import pytest_asyncio
from standardwebhooks.webhooks import Webhook
from support.house import until

from dsar.demo.business_page import BusinessPage
from dsar.demo.callstore import ANNA
from dsar.demo.exchange import answer
from dsar.demo.server import Server
from dsar.demo.stage import data

NOBODYS = "+358401112223"


class Wires:
    """The endpoints of all businesses: each keeps what came, and only listens."""

    def __init__(self):
        self.calls = {}
        self.secrets = {}
        self.server = Server(self.take)

    async def take(self, call):
        self.calls.setdefault(call.path.rpartition("/")[2], []).append(call)
        return answer(202, {})

    def events(self, tenant):
        """What came, each once however often it was sent, its signature verified."""
        opened = Webhook(self.secrets[tenant])
        return {
            call.headers["webhook-id"]: opened.verify(call.body, call.headers)
            for call in self.calls.get(tenant, [])
        }

    async def event(self, tenant, type_, **facts):
        async def came():
            return [
                event["data"]
                for event in self.events(tenant).values()
                if event["type"] == type_ and facts.items() <= event["data"].items()
            ]

        return (await until(came))[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wires(house):
    listening = Wires()
    address = await listening.server.start()
    kept = json.loads((house.stack.data_dir / "service" / "world.json").read_text())
    for business in house.world.businesses:
        moved = house.dsar(
            "controller", "webhook", kept[business.tenant]["id"], f"{address}/{business.tenant}"
        )
        assert moved.returncode == 0, moved.stderr
        fresh = json.loads(moved.stdout)["webhook_secret"] if moved.stdout.strip() else business.secret
        listening.secrets[business.tenant] = fresh
    yield listening
    await listening.server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(house, wires):
    """The whole way: asked, forwarded twice, instructed by API and by page, returned to both."""
    by_api, by_page = house.world.businesses
    reference = await house.person.ask_by_api(rights=["access"], relations=["caller"], phone=ANNA.phone)
    await house.person.prove(reference, "phone", ANNA.phone)
    theirs = await house.staff.until(reference, "awaiting_controller", count=2, of_business=True)
    numbers = {case["tenant"]: case["number"] for case in theirs}
    first, second = [
        await wires.event(tenant, "case.forwarded", reference=numbers[tenant])
        for tenant in (by_api.tenant, by_page.tenant)
    ]
    waiting = [await house.staff.case(event["case_id"]) for event in (first, second)]

    headers = {"authorization": f"Bearer {by_api.key}"}
    cases = "/api/v1/controller/cases"
    said = await house.client.post(
        f"{cases}/{first['case_id']}/instruction", json={"instruction": "fulfil"}, headers=headers
    )
    said.raise_for_status()

    page = BusinessPage(house.client, house.mailbox, by_page.mail)
    await page.ask_for_link(numbers[by_page.tenant])
    listed = await page.look(await page.sign_in(numbers[by_page.tenant]))
    where = f"/business/cases/{second['case_id']}"
    assert where in listed
    before = await page.look(where)
    await page.instruct(where, instruction="fulfil", answer_to="controller")

    await wires.event(by_api.tenant, "bundle.ready", case_id=first["case_id"])
    await wires.event(by_page.tenant, "bundle.ready", case_id=second["case_id"])
    address = f"{cases}/{first['case_id']}/bundle"
    whole = (await house.client.get(address, headers=headers)).raise_for_status().content
    half = len(whole) // 2
    halves = [
        (await house.client.get(address, headers={**headers, "range": part})).raise_for_status()
        for part in (f"bytes=0-{half - 1}", f"bytes={half}-")
    ]
    yield {
        "reference": reference,
        "numbers": numbers,
        "forwarded": {by_api.tenant: first, by_page.tenant: second},
        "waiting": waiting,
        "page": before,
        "archives": {by_api.tenant: whole, by_page.tenant: await page.download(where)},
        "halves": halves,
        "where": where,
    }


def test_two_cases_go_to_two_businesses_each_with_both_clocks(played):
    first, second = played["forwarded"].values()

    assert first["case_id"] != second["case_id"]
    for event in (first, second):
        assert event["assist_due_date"] < event["statutory_due_date"]
        assert event["state"] == "awaiting_controller"


def test_nothing_is_collected_before_either_has_said_so(played):
    for detail in played["waiting"]:
        assert detail["counts"] == []
        assert not [step for step in detail["steps"] if step["kind"].startswith("fanout.")]


def test_the_page_shows_the_request_both_dates_and_who_asks(house, played):
    number = played["numbers"][house.world.businesses[1].tenant]
    for words in (number, ANNA.phone, "We help by", "You answer by"):
        assert words in played["page"]
    assert "<script" not in played["page"]


async def test_neither_business_learns_the_reference_that_opens_the_persons_page(house, wires, played):
    reference = played["reference"]
    mails = house.mailbox.about("", house.world.businesses[1].mail)
    shown = [played["page"], *(mail.text for mail in mails)]
    shown += [call.body.decode() for calls in wires.calls.values() for call in calls]
    for archive in played["archives"].values():
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            shown += [opened.read(name).decode(errors="replace") for name in opened.namelist()]

    assert mails
    assert not [text for text in shown if reference in text]
    assert len(set(played["numbers"].values())) == 2
    for number in played["numbers"].values():
        assert (await house.client.get(f"/requests/{number}")).status_code == 404


async def test_each_business_gets_its_own_callers_records_and_no_others(house, played):
    for tenant, archive in played["archives"].items():
        text = data(archive)
        others = {one.tenant for one in house.world.businesses} - {tenant}
        assert tenant.encode() in text
        assert not [other for other in others if other.encode() in text]
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            wavs = [name for name in opened.namelist() if name.endswith(".wav")]
        assert len(wavs) == 3 * len(house.world.calls.of(ANNA.phone, tenant))


def test_an_archive_can_be_fetched_in_parts(house, played):
    whole = played["archives"][house.world.businesses[0].tenant]

    assert [part.status_code for part in played["halves"]] == [206, 206]
    assert b"".join(part.content for part in played["halves"]) == whole


async def test_the_person_learns_whom_to_ask_and_nothing_else(house, played):
    reference = await house.person.ask_by_api(rights=["access"], relations=["caller"], phone=NOBODYS)
    await house.person.prove(reference, "phone", NOBODYS)
    await house.staff.until(reference, "closed")
    unknown = await house.mailbox.letter(reference, NOBODYS)

    def told(of, to):
        return sorted(m.text.replace(of, "R") for m in house.mailbox.about(of, to) if "code" not in m.text)

    assert (
        told(played["reference"], ANNA.phone)
        == told(reference, NOBODYS)
        == [unknown.text.replace(reference, "R")]
    )
    assert not [one.name for one in house.world.businesses if one.name in unknown.text]
    pages = [
        # The two were sent minutes apart, and each page says when.
        re.sub(r"\d\d:\d\d \(", "hh:mm (", (await house.client.get(f"/requests/{of}")).text.replace(of, "R"))
        for of in (played["reference"], reference)
    ]
    assert pages[0] == pages[1]


async def test_one_business_s_page_shows_nothing_of_the_others(house, played):
    by_api, by_page = house.world.businesses
    page = BusinessPage(house.client, house.mailbox, by_page.mail)
    number = played["numbers"][by_page.tenant]
    await page.ask_for_link(number)
    await page.sign_in(number)
    theirs = played["forwarded"][by_api.tenant]["case_id"]

    listed = await page.look("/business")
    foreign = await house.client.get(f"/business/cases/{theirs}", headers=page.cookies)

    assert theirs not in listed
    assert foreign.status_code == 404
