"""`make slack`: the bot in your browser, on a Slack emulator and sample tickets. Nothing leaves this machine."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.e2e.stage import Stage, Transport, open_stage

_WELCOME = """
  Open   {url}

  and type there, in #support:

      /ticket HYXTNJV
      /ticket-delete 2531581

  You are Alice; "Act as", at the top right, makes you Bob or Carol. Alice and Bob may delete, Carol may not.
  The page is an emulator's: private messages are shown to everybody, rich text as "[rich_text]", times as "<!date^…>".
  It listens on every network interface of this machine, until Ctrl-C. Bot over {transport}; its log goes on:

"""


async def play(*, transport: Transport, port: int) -> int:
    """Until the bot ends or this task is cancelled."""
    with tempfile.TemporaryDirectory(prefix="ticket-bot-") as folder:
        async with open_stage(Path(folder), transport=transport, slack_port=port) as stage:
            _welcome(stage, transport)
            return await stage.bot.ended() or 1


def _welcome(stage: Stage, transport: Transport) -> None:
    spoken = "Socket Mode" if transport == "socket" else "signed HTTP"
    sys.stdout.write(_WELCOME.format(url=stage.slack.url, transport=spoken))
    sys.stdout.flush()


async def _until_told(*, transport: Transport, port: int) -> int:
    playing = asyncio.ensure_future(play(transport=transport, port=port))
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop_signal, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make slack", description=__doc__)
    parser.add_argument("--port", type=int, default=3100, help="the emulator's port (default: 3100)")
    parser.add_argument("--http", action="store_true", help="deliver over signed HTTP, not over Socket Mode")
    given = parser.parse_args()
    try:
        return asyncio.run(_until_told(transport="http" if given.http else "socket", port=given.port))
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
