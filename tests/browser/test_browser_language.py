"""The whole journey in Finnish, on pages and in letters, and not a word of English; the others are one link away.

A stack of its own: the sample company, which here speaks four languages.
"""

import contextlib
import re

import pytest
import pytest_asyncio
from support.house import inhabited, roomy_folder, running_stack
from support.languages import leftover

from dsar.demo import crm
from dsar.store import shipped

from .visitor import SCREENS, WAIT_MILLISECONDS, Visitor

ENGLISH_MONTHS = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)


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
async def speaking_house(speaking_stack):
    async with inhabited(speaking_stack) as settled:
        yield settled


@pytest.fixture
async def visit(speaking_house, browser):
    """As in conftest.py, at the house that speaks."""
    async with contextlib.AsyncExitStack() as windows:

        async def opened(screen, **more):
            url = speaking_house.stack.url
            context = await browser.new_context(base_url=url, **SCREENS[screen], **more)
            windows.push_async_callback(context.close)
            context.set_default_timeout(WAIT_MILLISECONDS)
            return Visitor(await context.new_page(), await context.new_page(), screen)

        yield opened


async def in_one_language(page, language):
    """Hold a page to its language; the switch names each in its own."""
    shown = await page.evaluate(
        """() => {
            const body = document.body.cloneNode(true);
            body.querySelectorAll('nav.languages').forEach(one => one.remove());
            return document.title + ' ' + body.textContent;
        }"""
    )
    assert await page.evaluate("document.documentElement.lang") == language
    assert leftover(shown, language) == []
    assert not ENGLISH_MONTHS.search(shown)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
async def test_the_whole_journey_in_finnish(visit, screen):
    visitor = await visit(screen, java_script_enabled=screen == "desktop", locale="fi-FI")
    page = visitor.page

    await visitor.go("/")
    await visitor.look("fi-1-form")
    await in_one_language(page, "fi")
    await visitor.fill_in(rights=["access"], relation="prospect", email="ei osoite")
    await visitor.press("Lähetä pyyntöni")
    await page.locator(".summary").wait_for()
    await visitor.look("fi-2-errors")
    await in_one_language(page, "fi")
    error = " ".join((await page.locator("#email-error").inner_text()).split())
    assert (
        error
        == "Virhe: Sähköpostiosoite: tämä ei ole sähköpostiosoite. Kirjoita se muodossa nimi@example.com."
    )
    await page.fill("#email", crm.PETRA)
    await visitor.press("Lähetä pyyntöni")
    await page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    await visitor.look("fi-3-verify")
    await in_one_language(page, "fi")

    code = await visitor.code(reference, "Koodisi")
    await page.fill("#code-email", "000000" if code != "000000" else "000001")
    await visitor.press("Vahvista tämä sähköpostiosoite")
    assert "tämä ei ole lähettämämme koodi" in await page.locator("#code-email-error").inner_text()
    await page.fill("#code-email", code)
    await visitor.press("Vahvista tämä sähköpostiosoite")
    await page.get_by_role("heading", name="Työ on alkanut").wait_for()
    await in_one_language(page, "fi")
    await page.get_by_role("link", name="Katso, missä vaiheessa pyyntö on").click()
    await page.wait_for_url(f"**/requests/{reference}")
    await visitor.look("fi-4-status")
    await in_one_language(page, "fi")

    article = await visitor.message(reference, "/download/")
    await page.goto(await article.locator("a[href*='/download/']").get_attribute("href"))
    await visitor.look("fi-5-download")
    await in_one_language(page, "fi")
    await page.locator("form[action$='/send'] button").click()
    code = await visitor.code(reference, "avasit pyyntöä")
    await page.fill("#code", code)
    await visitor.press("Avaa vastaus")
    letter = page.locator("article.letter")
    await letter.wait_for()
    await visitor.look("fi-6-letter")
    await in_one_language(page, "fi")
    text = await letter.inner_text()
    assert "tietosuoja-asetuksen 15 artiklan 3 kohta" in text
    assert leftover(text, "fi") == []
    assert not ENGLISH_MONTHS.search(text)


async def test_every_page_of_the_journey_is_in_finnish_alone(visit):
    visitor = await visit("desktop", locale="fi-FI")
    page = visitor.page
    await visitor.fill_in(
        rights=["access"],
        relation="caller",
        email=f"kaikki-{visitor.screen}@example.com",
        phone="040 7654321",
    )
    await in_one_language(page, "fi")
    await page.fill("#email", "ei")
    await visitor.press("Lähetä")
    await page.locator(".summary").wait_for()
    await in_one_language(page, "fi")
    await page.fill("#email", "joku@example.com")
    await visitor.press("Lähetä")
    await page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    await in_one_language(page, "fi")
    await page.fill("#code-email", "1")
    await visitor.press("Vahvista")
    await page.locator(".summary").wait_for()
    await in_one_language(page, "fi")
    await visitor.go(f"/requests/{reference}")
    await in_one_language(page, "fi")
    await visitor.go("/download/nothing")
    await in_one_language(page, "fi")
    article = await visitor.message(reference, "joku@example.com")
    assert leftover(await article.inner_text(), "fi") == []


@pytest.mark.parametrize(
    ("language", "title"), [("sv", "Gör en begäran"), ("pl", "Złóż wniosek"), ("fi", "Tee tietojasi")]
)
async def test_another_language_is_one_link_away_without_a_script(visit, language, title):
    visitor = await visit("phone", java_script_enabled=False, locale="en-US")
    await visitor.go("/")
    assert "Make a request" in await visitor.page.title()

    await visitor.page.locator(f"nav.languages a[hreflang={language}]").click()
    await visitor.page.wait_for_url(f"**/?lang={language}")

    assert title in await visitor.page.title()
    await visitor.look(f"{language}-form")
    assert await visitor.page.locator("nav.languages b").get_attribute("lang") == language
    assert await visitor.page.locator("input[name=language]").get_attribute("value") == language


async def test_a_request_speaks_its_own_language_whoever_looks(visit):
    finnish = await visit("phone", java_script_enabled=False, locale="fi-FI")
    await finnish.fill_in(rights=["erasure"], relation="prospect", email="kieli@example.com")
    await finnish.press("Lähetä")
    await finnish.page.wait_for_url("**/verify/*")
    reference = await finnish.reference()

    english = await visit("phone", java_script_enabled=False, locale="en-US")
    await english.go(f"/verify/{reference}")
    assert "Kirjoita koodisi" in await english.page.title()
    await english.page.locator("nav.languages a[hreflang=en]").click()
    await english.page.wait_for_url(f"**/verify/{reference}?lang=en")
    assert "Type your code" in await english.page.title()
    await english.page.fill("#code-email", "1")
    await english.press("Confirm")
    assert "is not the one we sent" in await english.page.locator("#code-email-error").inner_text()
