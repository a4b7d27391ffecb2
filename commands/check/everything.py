"""All of it at the same time, each part with a time limit of its own: whatever hangs, the rest is said."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot import logs
from bot.ledger.database import LedgerError
from bot.runtime import Runtime
from bot.settings import Settings
from commands.check import postgres, settings, slack, sqlite, ticket_api
from commands.check.result import Result, Subject

log = logging.getLogger(f"bot.{__name__}")
_SAME_USER = "run this as the user that runs the bot"


@dataclass(frozen=True)
class Limits:
    """Seconds: for whoever has the port; for one call to Slack, of which at most four follow each other; and so on.

    With the start of Python, below 10 for each of them.
    """

    port_s: float = 2.0
    slack_call_s: float = 1.75
    api_s: float = 5.0
    database_s: float = 5.0


async def check_everything(
    given: Settings, *, runtime: Runtime | None = None, limits: Limits | None = None
) -> list[Result]:
    """In the order in which they are read. Raises nothing."""
    found = await asyncio.gather(*map(_run, subjects(given, runtime or Runtime(), limits or Limits())))
    return [result for results in found for result in results]


def subjects(given: Settings, runtime: Runtime, limits: Limits) -> list[Subject]:
    team: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    return [
        settings.subject(given, limits.port_s),
        slack.subject(given, runtime, limits.slack_call_s, team),
        ticket_api.subject(given, runtime, limits.api_s),
        (sqlite if sqlite.is_file(given) else postgres).subject(given, runtime, limits.database_s, team),
    ]


async def _run(subject: Subject) -> list[Result]:
    found: list[Result] = []
    try:
        async with asyncio.timeout(subject.limit_s):
            async for result in subject.run():
                found.append(result)  # noqa: PERF401 - what came before an error counts
    except LedgerError as error:
        found.append(_broken(subject, found, str(error)))
    except TimeoutError:
        found.append(_broken(subject, found, f"no answer within {subject.limit_s:g} s"))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        found.append(_broken(subject, found, f"{where}{logs.cause_of(error)}", _SAME_USER))
    except Exception as error:  # noqa: BLE001 - the other lines are worth reading
        logs.log_unexpected(log, error)
        found.append(_broken(subject, found, f"the check itself failed: {type(error).__name__}", "report the log line"))
    tried = {result.name for result in found}
    found += (Result(name, ok=None, text="not tried") for name in subject.names if name not in tried)
    return sorted(found, key=lambda result: subject.names.index(result.name))


def _broken(subject: Subject, found: Sequence[Result], text: str, hint: str = "") -> Result:
    """In place of the first that is missing."""
    tried = {result.name for result in found}
    name = next((name for name in subject.names if name not in tried), subject.names[-1])
    return Result(name, ok=False, text=text, hint=hint)
