"""What every conversation in the browser starts from, and what must hold after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.slack_page import SlackPage, open_page, pictures_folder
from tests.e2e.stage import Stage, Transport, open_stage


@pytest.fixture
async def stage(tmp_path: Path, transport: Transport) -> AsyncIterator[Stage]:
    """After the test the bot must end well on SIGTERM, and its whole log must hold no secret."""
    log = tmp_path / "bot.log"
    async with open_stage(tmp_path, transport=transport, bot_log=log) as stage:
        yield stage
        hunted = await stage.secrets()
        assert {"response_url 1", "UserToken 1"} <= hunted.keys()
        assert await stage.bot.stop() == 0, log.read_text()
        written = log.read_text()
        assert written
        assert " ERROR handlers." not in written, written  # the bot's own faults
        assert [name for name, secret in hunted.items() if secret in written] == []


@pytest.fixture
async def page(stage: Stage, transport: Transport, tmp_path: Path) -> AsyncIterator[SlackPage]:
    async with open_page(stage.slack.url, pictures=pictures_folder(tmp_path), connected=transport == "socket") as page:
        yield page
        await page.picture(tmp_path / "at-the-end.png")
