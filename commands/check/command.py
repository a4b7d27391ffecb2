"""What is typed, what is printed, and the exit code."""

import asyncio
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import suppress

from bot import logs
from bot.settings import Settings, SettingsError
from commands.check.everything import Limits, check_everything
from commands.check.result import Result
from commands.check.settings import setting_errors
from commands.check.threads import DaemonThreads
from commands.command import EXIT_MEND, Command, printing
from commands.table import printable

# For a terminal that has no such characters.
_PLAIN = {"✓": "ok  ", "✗": "FAIL", "!": "warn", "–": "-   "}
_HIDDEN = "[hidden]"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a list of objects: name, ok (null: not tried), text, hint")


def _check(arguments: Namespace) -> int:
    return printing(lambda: _print_results(as_json=arguments.json))


def _print_results(*, as_json: bool) -> int:
    """2 where something has to be mended."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        results = setting_errors(error)
    else:
        logs.configure("ERROR", settings.secrets)
        found = asyncio.run(all_results(settings))
        results = [_hidden(result, settings.secrets) for result in found]
    with suppress(BrokenPipeError):  # without a buffer, as of PYTHONUNBUFFERED: the exit code says what is to be said
        if as_json:
            print(json.dumps([vars(result) for result in results], ensure_ascii=False, indent=1))
        else:
            print(*lines(results, is_plain=not _can_print("".join(_PLAIN))), sep="\n")
    return EXIT_MEND if any(result.ok is False for result in results) else 0


async def all_results(settings: Settings, limits: Limits | None = None) -> list[Result]:
    """Has the loop for itself."""
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    return await check_everything(settings, limits=limits)


def lines(results: Iterable[Result], *, is_plain: bool = False) -> Iterator[str]:
    """One for each; what to do stands behind an arrow."""
    results = list(results)
    width = max((len(result.name) for result in results), default=0)
    for result in results:
        mark = _PLAIN[result.mark] if is_plain else result.mark
        hint = f" {'->' if is_plain else '→'} {result.hint}" if result.hint else ""
        yield printable(f"{mark} {result.name:{width}}  {result.text}{hint}").replace("\n", " ")


def _can_print(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")  # None: it is closed
    except UnicodeEncodeError:
        return False
    return True


def _hidden(result: Result, secrets: Iterable[str]) -> Result:
    """None of our texts has a secret in it; what a library says of an error might."""
    text, hint = result.text, result.hint
    for secret in secrets:
        text, hint = text.replace(secret, _HIDDEN), hint.replace(secret, _HIDDEN)
    return Result(result.name, result.ok, text, hint)


COMMANDS = (Command("check", "try everything that a start needs, and what would only fail later", _check, _arguments),)
