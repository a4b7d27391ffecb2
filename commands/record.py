"""`audit`: who did what, and when. `erase-person` takes somebody out of it."""

import json
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from functools import partial

from bot.ledger.database import Database, Row
from bot.ledger.operator import audit_rows
from bot.ledger.retention import erase_person
from bot.runtime import Runtime
from bot.settings import Settings
from bot.tickets import parse_case_number
from commands.command import Command, complain, with_database
from commands.table import Table, local

_USER = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,30})(?:\|[^>]*)?>?|(os:\S+)")
_COLUMNS = ("WHEN", "TICKET", "EVENT", "BY", "ASKED BY", "CONFIRMED BY", "OUTCOME", "REF")
_LINE = ("event", "change", "user", "asker", "confirmer", "team", "channel", "case_number", "request", "replaces")


def case_number(text: str) -> str:
    if number := parse_case_number(text):
        return number
    raise ArgumentTypeError("a case number is 7 letters or digits")


def user_id(text: str) -> str:
    if match := _USER.fullmatch(text.strip()):
        return match[1] or match[2]
    raise ArgumentTypeError("a Slack user id is U… or W… (profile, ⋮, Copy member ID)")


def moment(text: str) -> float:
    """In this machine's time zone, unless it says another."""
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError):  # the last day of the year 9999, in another time zone
        raise ArgumentTypeError("a date is 2026-11-26, or 2026-11-26T09:30") from None


def _audit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--case", type=case_number, metavar="N", help="of this ticket")
    parser.add_argument("--user", type=user_id, metavar="U…", help="who did it, asked or confirmed")
    parser.add_argument("--since", type=moment, metavar="DATE", help="2026-11-26, or 2026-11-26T09:30")
    parser.add_argument("--json", action="store_true", help="a line of JSON each, as the bot writes them")


def _audit(arguments: Namespace) -> int:
    return with_database(partial(_print_audit, arguments))


async def _print_audit(arguments: Namespace, settings: Settings, database: Database, _: Runtime) -> int:
    table, is_empty = Table(*_COLUMNS), True
    case, user, since = arguments.case or "", arguments.user or "", arguments.since or 0.0
    async for page in audit_rows(database, case_number=case, user=user, since=since):
        is_empty = False
        print(*(map(_json_line, page) if arguments.json else table.lines(map(_cells, page))), sep="\n")
    if is_empty:
        about = f" about ticket {case}" if case else ""
        by = f" with {user} in it" if user else ""
        after = f" since {local(since)}" if since else ""
        complain(
            f"Nothing is on record{about}{by}{after}. The record goes back {settings.retention_days} days at most."
        )
    return 0


def _cells(row: Row) -> tuple[str, ...]:
    is_of_resolving = row["change"] == "resolve" and "resolved" not in row["event"]
    event = f"{row['event']} (resolve)" if is_of_resolving else row["event"]
    who = (row["user_id"], row["asker"], row["confirmer"])
    return (local(row["at"]), row["case_number"] or "", event, *who, row["outcome"], row["ref"])


def _json_line(row: Row) -> str:
    """As of bot.audit.AuditLog."""
    time = datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="milliseconds")
    values = {**row, "user": row["user_id"]}
    return json.dumps({"time": time, **{key: values[key] for key in (*_LINE, "outcome", "ref")}})


def _erase_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("user", type=user_id, metavar="U…", help="a Slack user id")


def _erase(arguments: Namespace) -> int:
    return with_database(partial(_erase_rows, arguments.user))


async def _erase_rows(user: str, _: Settings, database: Database, __: Runtime) -> int:
    """1 where something is left."""
    erased, left = await erase_person(database, user)
    print(f"Erased: {erased} rows with {user} in them.")
    if left:
        complain(
            f"{left} more are younger than a day, or something is still to be done about them: "
            "`python app.py changes` says what. Run this again then."
        )
    return bool(left)


COMMANDS = (
    Command("audit", "show who did what, and when", _audit, _audit_arguments),
    Command("erase-person", "take somebody out of the database", _erase, _erase_arguments),
)
