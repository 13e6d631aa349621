"""The archive's page as the person opens it: from the disk, without a network, with the script and without it."""

import contextlib
import re
from urllib.parse import quote

import pytest
from axe_playwright_python.async_playwright import Axe
from support.person_page import (
    HOSTILE,
    collection,
    line,
    ordinary,
    page,
    recording,
    section,
    spoken_call,
    unpacked,
)

from dsar.bundle.searched import Ending, Searched
from dsar.contract import Speaker

from .visitor import SCREENS, WAIT_MILLISECONDS

SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)


@pytest.fixture
async def opened(browser, tmp_path):
    """Open a page from the disk: `await opened(sections, "phone")`. What it asked for and said is kept beside it."""
    async with contextlib.AsyncExitStack() as windows:

        async def opened(sections, screen="desktop", *, scheme="light", script=True, **facts):
            html = page(sections, **facts)
            folder = unpacked(tmp_path, html if script else SCRIPT.sub("", html))
            context = await browser.new_context(**SCREENS[screen], color_scheme=scheme, offline=True)
            windows.push_async_callback(context.close)
            context.set_default_timeout(WAIT_MILLISECONDS)
            view = await context.new_page()
            view.asked, view.said = [], []
            view.on("request", lambda request: view.asked.append(request.url))
            view.on("console", lambda message: view.said.append(message.text))
            view.on("pageerror", lambda error: view.said.append(str(error)))
            await view.goto(f"file://{quote(str(folder))}")
            return view

        yield opened


async def rows(view):
    """The names in the first table, as it is read now."""
    return await view.locator("table.sorts tbody tr:visible td:first-child bdi").all_inner_texts()


@pytest.mark.parametrize(
    ("screen", "scheme", "script", "language"),
    [
        ("desktop", "light", True, "en"),
        ("phone", "dark", True, "fi"),
        ("desktop", "dark", False, "fi"),
        ("phone", "light", False, "en"),
    ],
    ids=["wide", "phone-dark", "wide-dark-no-script", "phone-no-script"],
)
async def test_the_page_is_accessible_keeps_its_width_and_asks_nothing(
    opened, screen, scheme, script, language
):
    view = await opened(ordinary(language), screen, scheme=scheme, script=script, language=language)

    found = (await Axe().run(view)).response["violations"]

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert await view.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["viewport"]["width"]
    assert (len(view.asked), view.said) == (1, [])


async def test_without_the_script_all_is_read_and_no_control_is_shown(opened):
    view = await opened(ordinary(), script=False)

    assert await view.locator("form, button, input").locator("visible=true").count() == 0
    assert await view.get_by_text("Hi, Anna here.").first.is_visible()
    assert await view.get_by_text("Łukasz").is_visible()


async def test_hostile_records_run_nothing_ask_nothing_and_break_nothing(opened):
    lines = [line({text: text, "list": [{text: text}]}) for text in HOSTILE]
    hostile = [
        section(
            text,
            collections=[collection(text, text, lines)],
            calls=[spoken_call(text, turns=[(Speaker.SUBJECT, 0, 1, text)], recordings=[recording(f"calls/{text}.wav")])],
            call_count=1,
        )
        for text in HOSTILE
    ]  # fmt: skip
    view = await opened(hostile, "phone", searched=(Searched("a", HOSTILE[0], Ending.GAP, 1, 0),))

    await view.locator("thead button:visible").first.click()
    await view.fill("#find", HOSTILE[0])
    await view.select_option("#of-system", HOSTILE[2])
    await view.get_by_role("status").filter(has_text="Shown: 1 of 72").wait_for()

    assert await view.evaluate("window.pwned") is None
    assert (len(view.asked), view.said) == (1, [])
    assert await view.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_search_finds_whatever_the_case_and_the_accents_and_tells_how_many(opened):
    view = await opened(ordinary())
    status = view.locator(".tools [role=status]")

    await view.fill("#find", "anna SJOBERG")
    await status.filter(has_text="Shown: 1 of 7").wait_for()
    assert await rows(view) == ["Sjöberg Anna"]
    assert not await view.get_by_role("heading", name="Recordings of calls").is_visible()

    await view.fill("#find", "lukasz")
    await view.get_by_text("Łukasz").wait_for()
    assert await rows(view) == ["Łukasz"]

    await view.fill("#find", "nobody of this name")
    await status.filter(has_text="Nothing on this page fits.").wait_for()

    await view.get_by_role("button", name="Show all again").click()
    await view.get_by_text("Örn").wait_for()
    assert len(await rows(view)) == 3
    assert await status.inner_text() == ""


async def test_filters_show_what_a_machine_made_what_is_withheld_and_one_system(opened):
    view = await opened(ordinary())

    await view.get_by_label("inferred").check()
    await view.get_by_text("Sjöberg Anna").wait_for(state="hidden")
    assert await rows(view) == ["Łukasz"]

    await view.get_by_label("inferred").uncheck()
    await view.get_by_label("withheld, wholly or in part").check()
    await view.get_by_text("Łukasz").wait_for(state="hidden")
    assert await rows(view) == ["Örn"]
    assert await view.locator("article.call:visible").count() == 2

    await view.select_option("#of-system", "Telephone")
    await view.get_by_text("Örn").wait_for(state="hidden")
    assert await view.locator("article.call:visible").count() == 2

    await view.select_option("#of-category", label="Contact details")
    await view.locator("article.call").first.wait_for(state="hidden")


@pytest.mark.parametrize("screen", ["desktop", "phone"])
async def test_a_table_is_sorted_by_a_column_back_and_forth_and_as_it_was(opened, screen):
    view = await opened(ordinary(), screen)
    head = view.get_by_role("columnheader", name="visits")

    for order, expected in (
        ("ascending", ["3", "12", "101"]),
        ("descending", ["101", "12", "3"]),
        ("none", ["12", "3", "101"]),
    ):
        await head.get_by_role("button").click()
        assert await head.get_attribute("aria-sort") == order
        assert await view.locator("td[data-label=visits] bdi").all_inner_texts() == expected

    await view.get_by_role("columnheader", name="name").get_by_role("button").click()
    assert await rows(view) == ["Łukasz", "Örn", "Sjöberg Anna"]


async def test_a_turn_plays_from_where_it_was_spoken_and_is_marked_while_it_is_heard(opened):
    view = await opened(ordinary())
    call = view.locator("article.call").first

    await call.get_by_role("button", name="Play from 0:02").click()

    await call.locator("li.other[aria-current=true]").wait_for()
    await call.locator("li.business[aria-current=true]").wait_for()
    assert await call.locator("[aria-current]").count() == 1
    assert [url for url in view.asked if not url.startswith("file://")] == []
    assert view.said == []


async def test_on_paper_every_conversation_is_open(opened):
    calls = [spoken_call(str(n), recordings=[]) for n in range(6)]
    view = await opened([section("call_recordings", calls=calls, call_count=6)])
    closed = view.locator("details.transcript:not([open])")
    assert await closed.count() == 3

    await view.evaluate(
        "addEventListener('beforeprint', () => { window.open_on_paper = [...document.querySelectorAll('details.transcript')].every((box) => box.open); })"
    )
    await view.pdf()

    assert await view.evaluate("window.open_on_paper") is True
    assert await closed.count() == 3
    await view.get_by_role("button", name="Open all conversations").click()
    assert await closed.count() == 0


async def test_words_in_a_closed_conversation_are_found_and_shown(opened):
    calls = [spoken_call(str(n), recordings=[]) for n in range(5)]
    calls.append(spoken_call("6", turns=[(Speaker.SUBJECT, 0, 1, "The word is Zürich.")], recordings=[]))
    view = await opened([section("call_recordings", calls=calls, call_count=6)])

    await view.fill("#find", "zurich")

    await view.get_by_text("The word is Zürich.").wait_for()
    assert await view.locator("article.call:visible").count() == 1
