"""The bot's command line.

    python app.py           serves, with settings from the environment and .env
    python app.py --demo    no Slack and no key: everything on this machine, in this terminal
    python app.py check     tries everything that a start needs, and what would only fail later
    python app.py --help    the other commands
    python app.py --version which release this is

Exit codes: 0 after SIGTERM, SIGINT or SIGHUP; 1 where Slack or the database could not be reached;
2 where a setting or a token is wrong, or the database can't be used as it is.
"""

import argparse
import asyncio
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial

import uvloop

from bot import logs
from bot.ledger.database import LedgerStartError
from bot.settings import Settings
from commands import COMMANDS
from commands.command import EXIT_AGAIN, EXIT_MEND, complain, load_settings
from handlers.serve import STOP_TIMEOUT_S, serve
from handlers.slack.startup import StartupError
from handlers.start_line import start_line, version

GC_THRESHOLD = 5_000  # new objects between two collections: some hundred commands, which leave no garbage

_STANDARD_ERROR = 2  # the number of the last of the three standard files

log = logging.getLogger("app")


def main() -> int:
    _fill_standard_files()
    _print_question_marks()
    parser = argparse.ArgumentParser(description="Work Sweeppea support tickets from Slack. Without a command: serve.")
    parser.set_defaults(run=_serve)
    parser.add_argument("--demo", action="store_true", help="no Slack and no key: everything on this machine")
    parser.add_argument("--version", action="version", version=version(), help="which release this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        subparser = commands.add_parser(command.name, help=command.help, description=command.help)
        subparser.set_defaults(run=command.run)
        command.add_arguments(subparser)
    arguments = parser.parse_args()
    if arguments.demo and arguments.run is not _serve:
        parser.error("--demo takes no command")
    try:
        code: int = arguments.run(arguments)
    except KeyboardInterrupt:  # of a command: the bot at work finishes what is under way
        complain("Stopped before the end.")
        return EXIT_AGAIN
    return code


def _fill_standard_files() -> None:
    """Where one is closed the next file or connection would take its number, and whatever is printed would go there."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        pass
    os.close(number)


def _print_question_marks() -> None:
    """For what the terminal has no character, in the help, too."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # None where it is closed
        sys.stdout.reconfigure(errors="replace")


def _serve(arguments: argparse.Namespace) -> int:
    if arguments.demo:
        from bot.sandbox import demo  # noqa: PLC0415 - what draws in a terminal is not loaded into the bot

        return demo.main(partial(serve, write_audit=_discard))
    settings = load_settings()
    if settings is None:
        return EXIT_MEND
    _forget_slack_variables()
    logs.configure(settings.log_level, settings.secrets, settings.log_format)
    log.info(start_line(settings))
    for warning in settings.warnings:
        log.warning(warning)
    try:
        return uvloop.run(run(settings))
    except (StartupError, LedgerStartError) as error:
        complain(str(error))
        return error.exit_code


async def _discard(_: str) -> None:
    """The demo's terminal shows a conversation, not its audit lines."""


async def run(settings: Settings) -> int:
    """Serves until the process is told to stop, then finishes what is under way."""
    stop = asyncio.Event()
    task = asyncio.current_task()
    serving = False

    def on_signal() -> None:
        stop.set()
        if task and not serving:  # still trying to reach Slack
            task.cancel()

    for number in _stop_signals():
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    try:
        async with serve(settings) as bot:
            serving = True
            _tune_gc()
            await stop.wait()
            log.info("stopping: %d under way, at most %.0f s", bot.services.runner.under_way, STOP_TIMEOUT_S)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    return 0


def _stop_signals() -> Iterator[signal.Signals]:
    """SIGHUP comes when the terminal is closed; `nohup` has it ignored, and means that."""
    yield from (signal.SIGTERM, signal.SIGINT)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


def _tune_gc() -> None:
    """5 to 9 % of a command's CPU would go into collections that find nothing."""
    gc.freeze()  # what lives as long as the process is never looked through again
    gc.set_threshold(GC_THRESHOLD)


def _forget_slack_variables() -> None:
    """Bolt reads these by itself: two of them make an OAuth app of it, the others are warned of at each start."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_VERIFICATION_TOKEN"):
        os.environ.pop(name, None)


if __name__ == "__main__":
    sys.exit(main())
