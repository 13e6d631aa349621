import contextlib
import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright
from support.house import inhabited, running_stack

from .visitor import SCREENS, WAIT_MILLISECONDS, Visitor

HERE = Path(__file__).parent
CHROMIUM = Path(os.environ.get("DSAR_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there; apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
def stack(chromium):
    with running_stack() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(stack):
    async with inhabited(stack) as settled:
        yield settled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium):
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def visit(house, browser):
    """Open a window: `await visit("phone", java_script_enabled=False)`. No request may leave this machine."""
    async with contextlib.AsyncExitStack() as windows:

        async def opened(screen, **more):
            context = await browser.new_context(base_url=house.stack.url, **SCREENS[screen], **more)
            windows.push_async_callback(context.close)
            context.set_default_timeout(WAIT_MILLISECONDS)
            visitor = Visitor(await context.new_page(), await context.new_page(), screen)
            visitor.requests = []
            context.on("request", lambda request: visitor.requests.append(request.url))
            return visitor

        yield opened
