"""The bot without Slack and without a key: the real app, on a fake ticket API, and Slack's side of it in a terminal.

The app knows nothing of it: it gets signed HTTP and answers over response_url, as it would with Slack.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from http import HTTPStatus
from tempfile import TemporaryDirectory
from typing import Protocol

from rich.console import Console
from rich.text import Text

from bot import logs
from bot.sandbox import terminal
from bot.sandbox.console import close_output, is_interactive, open_console, typed_lines
from bot.sandbox.slack import WINDOW, FakeSlack
from bot.sandbox.slack_messages import Acknowledgement, SlackMessage
from bot.sandbox.ticket_api import KEY, FakeTicketApi
from bot.settings import Settings

PEOPLE = ("alice", "bob", "carol")
_HELP = (
    "Type /ticket HYXTNJV or /ticket-delete 2531581 (there are also ABC1234, 2650478, EMPTY01 and 0000007), "
    f"a button's number to press it, as NAME to be somebody else ({', '.join(PEOPLE)}), quit to leave."
)
TOUR = (
    "/ticket HYXTNJV",
    "/ticket-delete 2531581",
    "press Cancel",
    "/ticket-delete 2531581",
    "press Delete 2531581",
    "/ticket 2531581",
)
_ANSWER_S = 30.0
_QUIET_S = 0.4  # nothing more to come after so long without a change


class RunningBot(Protocol):
    @property
    def port(self) -> int | None: ...


Serve = Callable[[Settings], AbstractAsyncContextManager[RunningBot]]


def main(serve: Serve) -> int:
    """What is typed, line by line; with nothing to read, a short tour. Returns the exit code."""
    logs.configure("ERROR")
    try:
        asyncio.run(_play(serve))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        close_output()
        return 0
    except OSError as error:
        close_output()
        print(f"The demo ended: {error.strerror}.", file=sys.stderr)  # noqa: T201 - the console can't be written to
        return 1
    return 0


async def _play(serve: Serve) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        ticket_api = await stack.enter_async_context(FakeTicketApi())
        slack = await stack.enter_async_context(FakeSlack())
        serving = await stack.enter_async_context(serve(_settings(ticket_api, slack, folder)))
        slack.app_url = f"http://127.0.0.1:{serving.port}/slack/events"
        await Demo(slack, open_console()).run()


def _settings(ticket_api: FakeTicketApi, slack: FakeSlack, folder: str) -> Settings:
    return Settings.model_validate(
        {
            "slack_bot_token": slack.bot_token,
            "slack_signing_secret": slack.signing_secret,
            "slack_api_url": f"{slack.url}/api",
            "sweeppea_api_key": KEY,
            "sweeppea_base_url": ticket_api.url,
            "host": "127.0.0.1",
            "port": 0,
            "ticket_deleters": "U01ALICE,U01BOB",
            "database_url": f"sqlite:///{folder}/demo.db",
        }
    )


class Demo:
    def __init__(self, slack: FakeSlack, console: Console) -> None:
        self._slack = slack
        self._console = console
        self._user = "U01ALICE"
        self._buttons: dict[str, tuple[SlackMessage, str]] = {}
        self._last_number = 0

    async def run(self) -> None:
        self._print("The Sweeppea ticket bot, with nothing behind it but this machine.", style="bold")
        self._print(_HELP, style="dim")
        lines = 0
        async for line in typed_lines(
            lambda: self._console.print(f"\n{_name(self._user)}> ", end="", style="bold cyan")
        ):
            lines += 1
            if line in {"quit", "exit"}:
                return
            await self.do(line)
        if not lines and not is_interactive():
            for line in TOUR:
                await self.do(line)

    async def do(self, line: str) -> None:
        if not is_interactive():
            self._print(f"\n{_name(self._user)}> {line}", style="bold cyan")
        words = line.split(maxsplit=1)
        match words:
            case []:
                return
            case ["as" | "As" | "AS", person] if person.lower() in PEOPLE:
                self._user = f"U01{person.upper()}"
                self._print(f"You are {person.lower()} now.", style="dim")
            case ["press", label]:
                await self._press(self._labelled(label))
            case [number] if number.isdigit():
                await self._press(self._buttons.get(number))
            case [command, *rest] if command in {"/ticket", "/ticket-delete"}:
                await self._show(await self._slack.command(self._user, command, rest[0] if rest else ""))
            case _:
                self._print(_HELP, style="dim")

    def _labelled(self, label: str) -> tuple[SlackMessage, str] | None:
        return next((button for button in reversed(self._buttons.values()) if button[1] == label), None)

    async def _press(self, button: tuple[SlackMessage, str] | None) -> None:
        if button is None:
            self._print("There is no such button.", style="dim")
            return
        posted, label = button
        if posted.visible_to not in {None, self._user}:
            self._print(f"Only {_name(posted.visible_to)} sees that message.", style="dim")
        elif posted.channel == WINDOW:
            payload = self._slack.view_click_payload(self._user, posted.payload, posted.button(label))
            await self._show(await self._slack.deliver("interactive", payload))
        else:
            await self._show(await self._slack.click(self._user, posted, label))

    async def _show(self, acknowledgement: Acknowledgement) -> None:
        """Every change until nothing more comes."""
        if acknowledgement.status != HTTPStatus.OK:
            self._print("The bot did not respond.", style="dim")
            return
        patience_s = _ANSWER_S
        while changes := await self._changes(patience_s):
            for posted in changes:
                self._draw(posted)
                patience_s = _ANSWER_S if _is_at_work(posted) else _QUIET_S

    async def _changes(self, patience_s: float) -> list[SlackMessage]:
        waiting = {asyncio.create_task(queue.get()) for queue in (self._slack.changed, self._slack.viewed)}
        done, late = await asyncio.wait(waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
        return [task.result() for task in done]

    def _draw(self, posted: SlackMessage) -> None:
        self._buttons = {n: button for n, button in self._buttons.items() if button[0] is not posted}
        visible_to = f"only {_name(posted.visible_to)}" if posted.visible_to else "the whole channel"
        audience = "in a window" if posted.channel == WINDOW else f"seen by {visible_to}"

        def number(button: terminal.Json) -> int:
            self._last_number += 1
            self._buttons[str(self._last_number)] = (posted, str(button["text"]["text"]))
            return self._last_number

        title = f"Tickets · {'changed' if posted.edits else 'new'} · {audience}"
        self._console.print(terminal.message(posted.blocks, number, title))

    def _print(self, line: str, style: str) -> None:
        self._console.print(Text(line, style=style))


def _name(user: str | None) -> str:
    return (user or "").removeprefix("U01").lower()


def _is_at_work(posted: SlackMessage) -> bool:
    """Whether another change will follow: the bot begins such a message with an hourglass."""
    first = posted.blocks[0] if posted.blocks else {}
    return str((first.get("text") or {}).get("text", "")).startswith(":hourglass_flowing_sand:")
