"""python -m tests.gallery.render [FOLDER]: draws the golden files, one picture a sheet; docs/images unless told.

The renderer is a third party's, from npm, photographed by Chromium: close to how Slack shows a message, not the same.
"""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.gallery.case import Case
from tests.gallery.cases import SHEETS

Sheet = Mapping[str, object]
_HERE = Path(__file__).parent
IMAGES = _HERE.parents[1] / "docs" / "images"
_LIMIT_MS = 15_000
# Chromium must not call home: there is nobody there, and nothing here leaves the machine.
_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-lcd-text",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
]


def page(sheets: Sequence[Sheet]) -> str:
    """All of them as HTML, each a section with its name as id."""
    return _node("draw.mjs", json.dumps(sheets).encode()).decode()


def golden() -> list[Sheet]:
    return [{"name": name, "messages": [_message(case) for case in cases]} for name, cases in SHEETS.items()]


def _node(script: str, given: bytes) -> bytes:
    return subprocess.run([_tool("node"), script], cwd=_HERE, input=given, check=True, stdout=subprocess.PIPE).stdout


def _message(case: Case) -> dict[str, object]:
    return {"title": case.title, "payload": json.loads(case.golden.read_text())}


def _install() -> None:
    """The renderer, at the locked versions."""
    locked, installed = _HERE / "package-lock.json", _HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        subprocess.run([_tool("npm"), "ci", "--silent"], cwd=_HERE, check=True)


def _tool(name: str) -> str:
    if not (path := shutil.which(name)):
        raise RuntimeError(f"{name} is needed: tests/e2e/install.sh")
    return path


async def photograph(html: str, names: Sequence[str], folder: Path) -> None:
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=_tool("chromium"), args=_FLAGS) as browser,
    ):
        page = await browser.new_page(viewport={"width": 700, "height": 900}, device_scale_factor=1.5)
        page.set_default_timeout(_LIMIT_MS)
        await page.set_content(html)
        for name in names:
            await _picture(page, name, folder)


async def _picture(page: Page, name: str, folder: Path) -> None:
    """By itself, so that it depends on nothing that stands on another sheet."""
    path = folder / f"{name}.png"
    await page.evaluate("name => document.querySelectorAll('section').forEach(s => s.hidden = s.id !== name)", name)
    picture = await page.locator(f"section#{name}").screenshot()
    path.write_bytes(_node("squeeze.mjs", picture))
    sys.stdout.write(f"{path}: {path.stat().st_size // 1024} KB\n")


def draw(sheets: Sequence[Sheet], folder: Path) -> None:
    """One picture a sheet, which is a `name` and `messages`; each of those a `title` and a `payload`."""
    _install()
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(photograph(page(sheets), [str(sheet["name"]) for sheet in sheets], folder))


if __name__ == "__main__":
    draw(golden(), Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
