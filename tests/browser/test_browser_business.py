"""A business without developers, in a real browser: from the link in a mail to the file, wide and narrow, two languages.

A stack of its own: the sample company, which here speaks four languages, and a business that takes no webhooks.
"""

import contextlib
import re
import zipfile
from uuid import uuid4

import pytest
import pytest_asyncio
from support.house import inhabited, roomy_folder, running_stack
from support.languages import leftover

from dsar.demo.callstore import ANNA
from dsar.store import shipped

from .visitor import SCREENS, WAIT_MILLISECONDS, Visitor

LINK = re.compile(r"/business/sign-in/[\w-]+")
# What is pressed, in the member's language.
WORDS = {
    "en": {
        "in": "Sign in", "out": "Sign out", "refuse": "Refuse the request", "file": "Download the file",
        "erase": "Erase it, and tell us", "sure": "Yes, erase it", "do": "Do it, and send it to us", "link": "Send me a link",
        "fresh": "Send me a fresh link",
    },
    "fi": {
        "in": "Kirjaudu sisään", "out": "Kirjaudu ulos", "refuse": "Hylkää pyyntö", "file": "Lataa tiedosto",
        "erase": "Poistakaa tiedot ja kertokaa meille", "sure": "Kyllä, poistakaa", "do": "Toteuttakaa pyyntö ja lähettäkää tulos meille",
        "link": "Lähettäkää minulle linkki", "fresh": "Lähettäkää minulle uusi linkki",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def speaking_stack(chromium):
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    spoken, found = re.subn(r"languages = \[.*?\]", 'languages = ["en", "fi", "sv", "pl"]', text)
    assert found == 1
    with roomy_folder() as folder:
        path = folder / "speaking.toml"
        path.write_text(spoken, encoding="utf-8")
        path.chmod(0o644)
        with running_stack(profile=str(path)) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(speaking_stack):
    """The house in which one business has nothing but mailboxes."""
    async with inhabited(speaking_stack) as house:
        business = house.world.businesses[0]
        await house.db.execute(
            "DELETE FROM endpoint WHERE controller_id = (SELECT id FROM controller WHERE tenant = $1)",
            business.tenant,
        )
        for language in WORDS:
            joined = await house.client.post(
                "/api/v1/controller/team",
                json={"name": "Outi Omistaja", "email": mailbox(language), "language": language},
                headers={"authorization": f"Bearer {business.key}", "idempotency-key": str(uuid4())},
            )
            joined.raise_for_status()
        yield house


def mailbox(language):
    return f"outi.{language}@kampaamo.example"


@pytest.fixture
async def visit(shop, browser):
    """As in conftest.py, at the house with the business."""
    async with contextlib.AsyncExitStack() as windows:

        async def opened(screen, **more):
            context = await browser.new_context(base_url=shop.stack.url, **SCREENS[screen], **more)
            windows.push_async_callback(context.close)
            context.set_default_timeout(WAIT_MILLISECONDS)
            return Visitor(await context.new_page(), await context.new_page(), screen)

        yield opened


async def link(shop, language, number):
    """The path of the link in the newest mail to a member about a case."""
    message = await shop.mailbox.message(number, mailbox(language), "/business/sign-in/")
    return LINK.search(message.text)[0]


async def asked(shop, right):
    """A caller names the business and proves their telephone; the number of the business's case."""
    name = shop.world.businesses[0].name
    reference = await shop.person.ask_by_api(
        rights=[right], relations=["caller"], phone=ANNA.phone, business=name
    )
    await shop.person.prove(reference, "phone", ANNA.phone)
    [case] = await shop.staff.until(reference, "awaiting_controller", of_business=True)
    return case["number"]


async def holds(page, language):
    """The page is in one language, and nothing runs or comes from elsewhere."""
    shown = await page.evaluate(
        """() => {
            const body = document.body.cloneNode(true);
            body.querySelectorAll('nav.languages').forEach(one => one.remove());
            return document.title + ' ' + body.textContent;
        }"""
    )
    assert await page.evaluate("document.documentElement.lang") == language
    assert language == "en" or leftover(shown, language) == []
    assert await page.locator("script").count() == 0


async def until_there(page, locator):
    """The page is loaded again until the work is done: no script does it."""
    for _ in range(60):
        if await locator.count():
            return
        await page.wait_for_timeout(500)
        await page.reload()
    raise AssertionError("it did not come")


JOURNEYS = [("desktop", "en", True), ("phone", "fi", False), ("desktop", "fi", False), ("phone", "en", True)]


@pytest.mark.parametrize(("screen", "language", "scripts"), JOURNEYS)
async def test_from_the_mail_to_the_file(visit, shop, tmp_path, screen, language, scripts):
    words = WORDS[language]
    number = await asked(shop, "access")
    visitor = await visit(screen, java_script_enabled=scripts, accept_downloads=True)
    page = visitor.page

    path = await link(shop, language, number)
    await visitor.go(path)
    await visitor.look(f"business-{language}-1-link")
    await holds(page, language)
    await visitor.press(words["in"])
    await page.wait_for_url("**/business/cases/*")
    assert ANNA.phone in await page.inner_text("main")
    await visitor.look(f"business-{language}-2-case")
    await holds(page, language)

    await page.fill("#ground", "")
    await visitor.press(words["refuse"])
    await page.locator(".summary").wait_for()
    await visitor.look(f"business-{language}-3-no-ground")
    await holds(page, language)
    await visitor.press(words["do"])
    await page.wait_for_url("**/business/cases/*")
    await until_there(page, page.get_by_role("link", name=words["file"]))
    await visitor.look(f"business-{language}-4-file")
    await holds(page, language)

    async with page.expect_download() as started:
        await page.get_by_role("link", name=words["file"]).click()
    download = await started.value
    assert download.suggested_filename == f"{number}.zip"
    await download.save_as(tmp_path / "file.zip")
    with zipfile.ZipFile(tmp_path / "file.zip") as archive:
        assert archive.testzip() is None

    await visitor.go("/business")
    await visitor.look(f"business-{language}-5-list")
    await holds(page, language)
    assert number in await page.inner_text("main")
    await visitor.press(words["out"])
    await page.locator("#email").wait_for()
    await visitor.go(path)
    await visitor.look(f"business-{language}-6-used-up")
    await page.get_by_role("button", name=words["fresh"]).wait_for()


@pytest.mark.parametrize(("screen", "language"), [("phone", "en"), ("desktop", "fi")])
async def test_an_erasure_is_confirmed_and_its_number_shown(visit, shop, screen, language):
    words = WORDS[language]
    visitor = await visit(screen)
    page = visitor.page
    await visitor.go("/business")
    await visitor.look("business-door")
    await page.fill("#email", mailbox(language))
    await visitor.press(WORDS["en"]["link"])
    await page.get_by_role("heading", name="Look in your mailbox").wait_for()
    await visitor.look("business-asked")

    number = await asked(shop, "erasure")
    await visitor.go(await link(shop, language, number))
    await visitor.press(words["in"])
    await page.wait_for_url("**/business/cases/*")
    await visitor.look(f"business-{language}-7-erasure")
    await visitor.press(words["erase"])
    await page.get_by_role("button", name=words["sure"]).wait_for()
    await visitor.look(f"business-{language}-8-confirm")
    await holds(page, language)
    await visitor.press(words["sure"])
    await page.wait_for_url("**/business/cases/*")
    await until_there(page, page.locator(".state.done"))
    await visitor.look(f"business-{language}-9-erased")
    await holds(page, language)


@pytest.mark.parametrize("width", [320, 390])
async def test_the_page_fits_a_narrow_screen_and_the_keyboard_reaches_every_button(visit, shop, width):
    number = await asked(shop, "portability")
    visitor = await visit("phone")
    page = visitor.page
    await page.set_viewport_size({"width": width, "height": 800})
    await visitor.go(await link(shop, "en", number))
    await visitor.press("Sign in")
    await page.wait_for_url("**/business/cases/*")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    names = await page.evaluate(
        """() => [...document.querySelectorAll('main button, main textarea, main a')].map(one => {
            const words = one.innerText || (one.labels && one.labels[0].innerText) || '';
            return [words.trim(), one.getBoundingClientRect().height];
        })"""
    )
    assert all(words for words, _ in names)
    assert min(height for _, height in names) >= 24  # WCAG 2.2, 2.5.8
    reached = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.add(
            await page.evaluate(
                "(document.activeElement.innerText || document.activeElement.id || '').trim()"
            )
        )
    for wanted in ("Do it, and send it to us", "We deal with it", "ground", "Refuse the request", "Sign out"):
        assert wanted in reached
