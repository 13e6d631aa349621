"""What people write stays text: on every page, in every header, in every message."""

import re
from typing import Any

import pytest

from .world import KNOWN, World

EVIL = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{7*7}}{%raw%}"""
MARKS = ("<script", "<img", "onerror=alert(2)>", "\"'>")


def clean(text: str) -> None:
    for mark in MARKS:
        assert mark not in text.replace('<script src="', "")


@pytest.mark.parametrize("field", ["email", "phone", "account_id", "business", "number_called", "message"])
async def test_a_typed_value_is_escaped_where_it_is_shown_again(world: World, field: str) -> None:
    typed: dict[str, Any] = {"rights": ["access"], "relations": ["caller"], field: EVIL}
    answer = await world.client.post("/requests", data=typed)
    assert answer.status_code == 422
    clean(answer.text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "{{7*7}}" in answer.text


@pytest.mark.parametrize("field", ["rights", "relations", "unheard_of"])
async def test_a_choice_that_is_none_is_not_shown(world: World, field: str) -> None:
    answer = await world.client.post("/requests", data={field: EVIL, "email": "x"})
    assert answer.status_code == 422
    clean(answer.text)
    assert "alert(1)" not in answer.text


async def test_what_was_written_comes_back_on_no_page_and_in_no_message(world: World) -> None:
    reference = await world.asked(
        relations=["prospect"], message=EVIL, business=EVIL, account_id="<b>acct</b>", rights=["access"]
    )
    await world.prove(reference)
    link = await world.link(KNOWN)
    await world.client.post(f"{link}/send")
    opened = await world.client.post(link, data={"code": await world.code(KNOWN)})
    paths = (f"/requests/{reference}", f"/verify/{reference}", link, "/outbox")
    pages = [opened.text, *[(await world.client.get(path)).text for path in paths]]
    for text in pages:
        clean(text)
        assert "alert(1)" not in text
    for message in world.messages():
        assert "alert" not in message.text


@pytest.mark.parametrize("path", ["/requests/{}", "/verify/{}", "/download/{}", "/{}"])
async def test_an_address_is_not_repeated_on_the_page_that_says_it_is_wrong(world: World, path: str) -> None:
    async with world.new_client(headers={"accept": "text/html"}) as browser:
        answer = await browser.get(path.format("%3Cscript%3Ealert(1)%3C%2Fscript%3E"))
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text


async def test_staffs_words_are_escaped_in_the_letter(world: World) -> None:
    staff = await world.staff()
    reference = await world.asked(rights=["erasure"])
    await world.prove(reference)
    await world.drain()
    case_id = (await world.cases(reference))[0]["id"]
    refused = await staff.act(case_id, "refuse", ground="manifestly_unfounded", reasons=EVIL)
    assert refused.status_code == 204, refused.text
    link = await world.link(KNOWN)
    await world.client.post(f"{link}/send")
    page = await world.client.post(link, data={"code": await world.code(KNOWN)})
    clean(page.text)
    assert "&lt;script&gt;" in page.text
    for message in world.messages(KNOWN):
        clean(getattr(message, "html", ""))


async def test_no_header_can_be_split(world: World) -> None:
    for field in ("message", "business"):
        answer = await world.post(**{field: "x\r\nSet-Cookie: a=b"})
        assert "set-cookie" not in answer.headers
    reference = await world.asked(message="x\r\nBcc: y@example.com")
    await world.drain()
    for message in world.messages():
        assert "Bcc" not in message.text
        assert "\n" not in getattr(message, "subject", "")
    assert re.fullmatch(r"R(-[0-9A-HJKMNP-TV-Z]{4}){4}", reference)


async def test_the_records_of_a_bundle_are_text_in_its_page(world: World) -> None:
    import io
    import zipfile

    world.recorder.people[None, "email", KNOWN] = [{"name": EVIL, "=cmd|' /C calc'!A0": "=1+1"}]
    _, link = await world.answered()
    await world.client.post(f"{link}/send")
    await world.client.post(link, data={"code": await world.code(KNOWN)})
    archive = await world.client.get(f"{link}/bundle/1")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as bundle:
        page, _, own = bundle.read("index.html").decode().rpartition("<script>")
        tables = [bundle.read(name).decode() for name in bundle.namelist() if name.endswith(".csv")]
    clean(page)
    assert "alert(1)" not in own
    for table in tables:
        for line in table.splitlines():
            assert not re.search(r'(^|,)"?[=+@]', line.removeprefix("\ufeff"))
