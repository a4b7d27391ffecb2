"""What the tests of `app.py check` share: a check of a world's settings, and its lines."""

from pathlib import Path

from bot.runtime import Runtime
from bot.sandbox.slack_payloads import TEAM
from bot.settings import Settings
from commands.check.command import lines
from commands.check.everything import Limits, check_everything
from commands.check.result import Result
from handlers.open_ledger import connect_ledger
from tests.support.world import Transport, World


async def check(settings: Settings, world: World | None = None, limits: Limits | None = None) -> dict[str, Result]:
    """The last result of each name. Every line is one line and has no secret in it."""
    runtime = Runtime(now=lambda: world.now) if world else Runtime()
    results = await check_everything(settings, runtime=runtime, limits=limits)
    for line in lines(results):
        assert "\n" not in line
        assert [secret for secret in settings.secrets if secret in line] == []
    return {result.name: result for result in results}


def settings_of(world: World, folder: Path, transport: Transport = "socket", **more: object) -> Settings:
    return world.settings(transport, **{"database_url": f"sqlite:///{folder / 'ticket-bot.db'}", **more})


def broken(results: dict[str, Result]) -> set[str]:
    return {name for name, result in results.items() if result.ok is False}


async def start_once(settings: Settings) -> None:
    """A bot that has been started and has ended: its database is there."""
    async with connect_ledger(settings, Runtime(), TEAM):
        pass
