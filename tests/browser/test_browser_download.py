"""The link to an answer in a browser: what is inside, the file by a plain link, a dead link that brings another."""

import io
import zipfile

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe

from dsar.demo import crm


async def is_sound(visitor, name):
    await visitor.look(name)
    found = (await Axe().run(visitor.page)).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.fixture
async def link(house):
    """A link that was mailed, and the request that it answers."""
    address = crm.PETRA
    reference = await house.person.ask_by_form(rights="access", relations="prospect", email=address)
    await house.person.prove(reference, "email", address)
    message = await house.mailbox.message(reference, address, "/download/")
    return message.text.partition("/download/")[2].split()[0], reference


async def test_the_page_says_what_is_inside_and_the_file_is_fetched_and_gone_on_with(visit, house, link):
    token, reference = link
    # axe runs in the page, which forbids every script of its own.
    visitor = await visit("phone", bypass_csp=True)
    await visitor.go(f"/download/{token}")
    inside = await visitor.page.get_by_role("region", name="What is inside").inner_text()
    assert "A zip archive" in inside
    assert "items" in inside
    await is_sound(visitor, "download-inside")
    await visitor.press("Send me a code")
    await visitor.page.fill("#code", await visitor.code(reference, "opened from our letter"))
    await visitor.press("Open the answer")
    button = visitor.page.get_by_role("link", name="Download the file")
    await button.wait_for()
    await is_sound(visitor, "download-open")
    async with visitor.page.expect_download() as started:
        await button.click()
    download = await started.value
    assert download.suggested_filename == f"{reference}.zip"

    # The same cookie, as the browser's own download list sends it to go on.
    (cookie,) = await visitor.page.context.cookies(f"{house.stack.url}/download/{token}")
    async with httpx.AsyncClient(cookies={cookie["name"]: cookie["value"]}) as client:
        url = f"{house.stack.url}/download/{token}/bundle/1"
        first = await client.get(url, headers={"range": "bytes=0-999"})
        rest = await client.get(url, headers={"range": "bytes=1000-", "if-range": first.headers["etag"]})
    assert zipfile.ZipFile(io.BytesIO(first.content + rest.content)).testzip() is None
    await visitor.go(f"/download/{token}")
    assert "You can download 4 more files" in await visitor.page.inner_text("main")


async def test_a_dead_link_says_so_and_brings_another_to_the_same_mailbox(visit, house, link):
    token, reference = link
    visitor = await visit("desktop", bypass_csp=True)
    case = "case_id IN (SELECT c.id FROM case_file c JOIN request r ON r.id = c.request_id WHERE r.reference = $1)"
    await house.db.execute(f"UPDATE download SET expires_at = now() WHERE {case}", reference)
    answer = await visitor.go(f"/download/{token}")
    assert answer.status == 410
    assert reference not in await visitor.page.inner_text("main")
    await is_sound(visitor, "download-ended")
    await visitor.press("Send me a new link")
    await visitor.page.get_by_role("heading", name="Look for our message").wait_for()
    await is_sound(visitor, "download-asked")
    for _ in range(100):
        article = await visitor.message(reference, "/download/")
        fresh = await article.locator("a[href*='/download/']").first.get_attribute("href")
        if not fresh.endswith(token):
            break
        await visitor.page.wait_for_timeout(100)
    await visitor.page.goto(fresh)
    await visitor.page.get_by_role("heading", name="Your answer is ready").wait_for()
