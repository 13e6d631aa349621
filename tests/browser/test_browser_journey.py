"""From the form to the opened bundle, in a real browser, on a desktop and on a phone without JavaScript."""

import zipfile

import pytest

from dsar.demo import crm
from dsar.demo.callstore import ANNA

from .visitor import CODE, REFERENCE, SCREENS

JOURNEYS = [
    ("desktop", True, crm.PETRA, "prospect"),
    ("phone", False, crm.TOMI, "account_user"),
]


@pytest.mark.parametrize(("screen", "scripts", "person", "relation"), JOURNEYS)
async def test_from_the_form_to_the_opened_bundle(
    visit, browser, tmp_path, screen, scripts, person, relation
):
    visitor = await visit(screen, java_script_enabled=scripts, accept_downloads=True)
    page = visitor.page

    await visitor.go("/")
    await visitor.look("1-form")
    await visitor.fill_in(rights=["access"], relation=relation, email=person)
    await visitor.press("Send")
    await page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    await visitor.look("2-verify")

    code = await visitor.code(reference, "code")
    await visitor.look("3-outbox", visitor.outbox)
    await page.fill("#code-email", code)
    await visitor.press("Confirm")
    await page.get_by_role("heading", name="The work has begun").wait_for()
    await visitor.look("4-verified")
    await page.get_by_role("link", name="See where it stands").click()
    await page.wait_for_url(f"**/requests/{reference}")
    assert reference in await page.inner_text("main")
    await visitor.look("5-status")

    article = await visitor.message(reference, "/download/")
    await page.goto(await article.locator("a[href*='/download/']").get_attribute("href"))
    await visitor.look("6-download")
    assert await page.locator("article.letter").count() == 0
    await page.locator("form[action$='/send'] button").click()
    code = await visitor.code(reference, "opened from our letter")
    await visitor.look("7-download-code")
    await page.fill("#code", code)
    await visitor.press("Open the answer")
    letter = page.locator("article.letter")
    await letter.wait_for()
    assert "Ombudsman" in await letter.inner_text()
    await visitor.look("8-letter")

    async with page.expect_download() as started:
        await page.get_by_role("link", name="Download the file").click()
    download = await started.value
    assert download.suggested_filename == f"{reference}.zip"
    await download.save_as(tmp_path / "answer.zip")
    assert all(url.startswith(browser_origin(visitor)) for url in visitor.requests)
    await opens_offline(browser, tmp_path, visitor, person)


def browser_origin(visitor):
    return visitor.page.url.partition("/download")[0]


async def opens_offline(browser, tmp_path, visitor, person):
    """As the person would: unpack, open index.html, with no network at all."""
    with zipfile.ZipFile(tmp_path / "answer.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "answer")
    context = await browser.new_context(offline=True, **SCREENS[visitor.screen])
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = await context.new_page()
    await page.goto((tmp_path / "answer" / "index.html").as_uri())

    assert REFERENCE.search(await page.inner_text("body"))
    await visitor.look("9-bundle", page)
    assert person in await page.content()
    links = await page.eval_on_selector_all("a[href]", "found => found.map(one => one.getAttribute('href'))")
    inside = [link for link in links if not link.startswith(("#", "http", "mailto:"))]
    assert inside
    assert [link for link in inside if not (tmp_path / "answer" / link.partition("#")[0]).exists()] == []
    assert [url for url in asked if not url.startswith("file://")] == []
    await context.close()


@pytest.mark.parametrize("screen", ["desktop", "phone"])
async def test_a_caller_is_told_whom_to_ask(visit, screen):
    visitor = await visit(screen)
    await visitor.fill_in(rights=["access"], relation="caller", phone="040 1234567")
    await visitor.press("Send")
    await visitor.page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    await visitor.page.fill("#code-phone", await visitor.code(reference, "code"))
    await visitor.press("Confirm")
    await visitor.page.get_by_role("heading", name="The work has begun").wait_for()

    article = await visitor.message(reference, "ask the business")

    assert ANNA.phone in await article.inner_text()
    await visitor.look("caller-outbox", visitor.outbox)
    await visitor.go(f"/requests/{reference}")
    await visitor.look("caller-status")


async def test_two_addresses_are_proven_one_by_one_or_left_out(visit):
    visitor = await visit("phone")
    await visitor.fill_in(
        rights=["access", "portability"], relation="account_user", email=crm.TOMI, phone="+358401234568"
    )
    await visitor.press("Send")
    await visitor.page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    await visitor.look("two-codes")
    article = await visitor.message(reference, crm.TOMI)
    await visitor.page.fill("#code-email", CODE.search(await article.inner_text()).group())
    await visitor.press("Confirm this e-mail address")
    await visitor.page.get_by_text("Confirmed", exact=True).wait_for()
    await visitor.look("one-of-two-codes")

    await visitor.page.locator("#continue").click()

    await visitor.page.wait_for_url(f"**/requests/{reference}")
    await visitor.look("two-rights-status")
