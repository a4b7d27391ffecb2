"""The emulator's page, as a person uses it. Everything waits, and nothing longer than the limit set here."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

_LIMIT_MS = 15_000
# Chromium must not call home: there is nobody there, and nothing here leaves the machine.
_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
]


class SlackPage:
    def __init__(self, page: Page, pictures: Path) -> None:
        self._page = page
        self._pictures = pictures

    async def act_as(self, name: str) -> None:
        await self._page.get_by_label("Act as").select_option(label=name)

    async def say(self, text: str) -> None:
        """Types into the composer, key by key, and presses Enter."""
        composer = self._page.locator("main .composer-input")
        await composer.press_sequentially(text)
        await composer.press("Enter")

    def message(self, *texts: str) -> Locator:
        """The messages in the open channel that have all these texts in them."""
        found = self._page.locator("main .msg")
        for text in texts:
            found = found.filter(has_text=text)
        return found

    async def open_conversation(self, name: str) -> None:
        await self._page.locator(".sidebar-item").filter(has_text=name).click()

    async def picture(self, name: str | Path) -> None:
        await self._page.screenshot(path=self._pictures / name)


@asynccontextmanager
async def open_page(url: str, *, pictures: Path, connected: bool) -> AsyncIterator[SlackPage]:
    """The page in headless Chromium; `connected`: wait until it shows the bot's Socket Mode connection."""
    if not (chromium := shutil.which("chromium")):
        raise RuntimeError("Chromium is needed (Debian: apt-get install chromium)")
    expect.set_options(timeout=_LIMIT_MS)
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=chromium, args=_FLAGS) as browser,
    ):
        page = await browser.new_page(viewport={"width": 1000, "height": 720}, device_scale_factor=2)
        page.set_default_timeout(_LIMIT_MS)
        await page.goto(url)
        await expect(page.get_by_text("ui live")).to_be_visible()
        if connected:
            await expect(page.locator(".app-status").get_by_text("connected")).to_be_visible()
        yield SlackPage(page, pictures)


def pictures_folder(otherwise: Path) -> Path:
    """Where pictures go: the folder that `SCREENSHOTS` names, for the README."""
    folder = Path(os.environ.get("SCREENSHOTS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
