"""An answer that lacked a system gets its supplement, and the person has that sent straight to another provider."""

import asyncio
import json
import os
import re
import sys
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import Struct
from support.house import until

from dsar.demo import crm
from dsar.demo.posthog_double.mischief import status

RECEIVER = Path(__file__).parents[2] / "docs" / "receivers" / "transfer_receiver.py"
LINK = re.compile(r"/download/[\w-]+")


class Played(Struct):
    """The two archives, what the other provider has of the second, and the letter that told of it."""

    answer: bytes
    supplement: bytes
    letter: str
    taken: bytes
    told: str


async def opened(house, link, reference):
    """The page behind a link with a fresh code, and the cookie that it gives."""
    known = len(house.mailbox.codes(reference, crm.TOMI))
    await house.client.post(f"{link}/send")
    code = await house.mailbox.code(reference, crm.TOMI, after=known)
    page = await house.client.post(link, data={"code": code})
    assert page.status_code == 200, page.text
    return page.text, {"cookie": page.headers["set-cookie"].partition(";")[0]}


async def answered_without_analytics(house):
    """The vendor asks to be left alone for an hour; staff has the answer go out without it."""
    house.world.analytics.misbehave(status(429, on="query/", retry_after="3600"), times=1)
    reference = await house.person.ask_by_form(
        rights=["portability"], relations=["account_user"], email=crm.TOMI
    )
    await house.person.prove(reference, "email", crm.TOMI)
    (case,) = await house.staff.until(reference, "searching")

    async def alone():
        found = await house.staff.case(case["id"])
        searches = [step for step in found["steps"] if step["kind"] == "fanout.search"]
        waiting = [step["key"] for step in searches if step["state"] != "done"]
        return waiting == ["analytics"] and any(step["detail"].get("reason") for step in searches)

    await until(alone)
    await house.staff.act(case["id"], "leave-open")
    await house.staff.until(reference, "delivered")
    return reference, case["id"]


async def supplemented(house, reference, case_id):
    """The vendor's hour is over: it is asked again, and what it gives goes out."""
    await house.db.execute("UPDATE system_rate SET held_until = now() WHERE system_key = 'analytics'")
    found = await house.staff.case(case_id)
    (search,) = [step for step in found["steps"] if step["key"] == "analytics"]
    await house.staff.act(case_id, f"steps/{search['id']}/retry")
    hurry = "UPDATE step SET due_at = now() WHERE case_id = $1 AND kind = 'bundle.supplement' RETURNING id"

    async def hurried():
        return await house.db.fetchval(hurry, case_id)

    await until(hurried)
    mail = await house.mailbox.message(reference, crm.TOMI, "More to our answer")
    return LINK.search(mail.text).group()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(house, tmp_path_factory):
    reference, case_id = await answered_without_analytics(house)
    link = await supplemented(house, reference, case_id)
    letter, cookie = await opened(house, link, reference)
    files = [
        (await house.client.get(f"{link}/bundle/{number}", headers=cookie)).raise_for_status().content
        for number in (1, 2)
    ]
    folder = tmp_path_factory.mktemp("provider")
    (folder / "codes").write_text("TOMI-1")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(RECEIVER),
        env={
            "PATH": os.environ["PATH"],
            "PORT": "0",
            "CODES": str(folder / "codes"),
            "FOLDER": str(folder / "inbox"),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        await transferred(house, link, cookie, line.removeprefix("listening on "))
        told = await house.mailbox.message(reference, crm.TOMI, "Your data is with the other provider")
        (taken,) = (folder / "inbox").glob("*.zip")
        yield Played(*files, letter, taken.read_bytes(), told.text)
    finally:
        process.kill()
        await process.wait()


async def transferred(house, link, cookie, url):
    """Named and confirmed on the page."""
    asked = {"url": f"{url}/take", "reference": "TOMI-1", "number": "2"}
    assert (await house.client.post(f"{link}/transfer", data=asked, headers=cookie)).status_code == 303
    page = (await house.client.get(f"{link}/transfer", headers=cookie)).text
    shown = {"transfer": re.search(r'name="transfer" value="([\w-]+)"', page)[1]}
    assert (
        await house.client.post(f"{link}/transfer/confirm", data=shown, headers=cookie)
    ).status_code == 303


def manifest(archive):
    with zipfile.ZipFile(BytesIO(archive)) as opened_:
        return json.loads(opened_.read("manifest.json"))


@pytest.mark.parametrize(("number", "gaps"), [(1, ["analytics"]), (2, [])])
def test_the_gap_is_named_in_the_answer_and_closed_by_the_supplement(played, number, gaps):
    archive = played.answer if number == 1 else played.supplement
    assert manifest(archive)["gaps"] == gaps


def test_the_supplement_holds_what_came_after_alone(played):
    systems = {system for file in manifest(played.supplement)["files"] for system in file.get("systems", [])}
    assert systems == {"analytics"}
    assert "Nothing is missing any more" in played.letter


def test_the_other_provider_has_the_very_file_and_the_person_is_told(played):
    assert sha256(played.taken).digest() == sha256(played.supplement).digest()
    assert "Other Provider Ltd" in played.told
    assert sha256(played.taken).hexdigest() in played.told
