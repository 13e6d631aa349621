"""Somebody at a screen, who sees each page as it is: no sideways scrolling, and a picture of it if wanted."""

import os
import re
from pathlib import Path

SHOTS = os.environ.get("DSAR_SHOTS")
WAIT_MILLISECONDS = 20_000
REFERENCE = re.compile(r"R(?:-[0-9A-Z]{4}){4}")
CODE = re.compile(r"\b\d{6}\b")

SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


class Visitor:
    """One browser window of one size; `outbox` is a second one, for what is sent."""

    def __init__(self, page, outbox, screen):
        self.page, self.outbox, self.screen = page, outbox, screen

    async def go(self, path):
        return await self.page.goto(path)

    async def look(self, name, page=None):
        """Hold the page to its width, and keep a picture of the whole of it."""
        page = page or self.page
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= await page.evaluate("window.innerWidth"), (
            f"{name} scrolls sideways on the {self.screen}"
        )
        assert wide <= SCREENS[self.screen]["viewport"]["width"]
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{self.screen}-{name}.png", full_page=True)

    async def press(self, name):
        """A button by its words."""
        await self.page.get_by_role("button", name=name).first.click()

    async def fill_in(self, *, rights, relation, **fields):
        """The form, by its labels' inputs."""
        await self.go("/")
        for right in rights:
            await self.tick("rights", right)
        await self.tick("relations", relation)
        for name, text in fields.items():
            await self.page.fill(f"#{name}", text)

    async def tick(self, name, value):
        """A box by its label, which is the larger target."""
        box = await self.page.get_attribute(f"input[name={name}][value={value}]", "id")
        await self.page.click(f"label[for={box}]")

    async def reference(self):
        return REFERENCE.search(self.page.url).group()

    async def message(self, reference, about):
        """The newest message about a request, from the page that shows what was sent; its article."""
        await self.outbox.goto("/outbox")
        article = (
            self.outbox.locator("article.message").filter(has_text=reference).filter(has_text=about).first
        )
        for _ in range(100):
            if await article.count():
                return article
            await self.outbox.wait_for_timeout(200)
            await self.outbox.reload()
        raise AssertionError(f"no message about {about!r} came")

    async def code(self, reference, about):
        article = await self.message(reference, about)
        return CODE.search(await article.inner_text()).group()
