"""`changes`: what is not over, and what it waits for. `receipt`: what is kept of a deleted ticket."""

from argparse import ArgumentParser, Namespace
from functools import partial

from bot.changes.outcome import UNCLEAR
from bot.ledger import operator, reading
from bot.ledger.database import Database, Row
from bot.ledger.row import DAY_S, UNDELIVERED, decode_ticket, is_held
from bot.messages.receipt_text import receipt_text
from bot.runtime import Runtime
from bot.settings import Settings
from commands.command import EXIT_MEND, Command, complain, load_keys, with_database
from commands.table import Table, local, printable

_UNCLEAR = {kind.name for kind in UNCLEAR}

UNKNOWN_ID = "There is no change with the id {}: `python app.py changes` lists them."


def _changes_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--open", action="store_true", help="only what is not over")


def _changes(arguments: Namespace) -> int:
    return with_database(partial(_print_changes, arguments.open))


async def _print_changes(only_open: bool, _: Settings, database: Database, __: Runtime) -> int:  # noqa: FBT001
    rows = await operator.due_rows(database, only_open=only_open)
    if rows:
        table = Table("ID", "TICKET", "CHANGE", "STATE", "BY", "SINCE", "WAITS FOR")
        print(*table.lines(map(_cells, rows)), sep="\n")
    else:
        complain("Nothing is unfinished." if only_open else "Nothing is left to be done.")
    return 0


def _cells(row: Row) -> tuple[str, ...]:
    by, since = (row["clicker"], row["clicked_at"]) if row["clicker"] else (row["asker"], row["asked_at"])
    outcome = row["outcome"].lower().replace("_", " ")
    state = f"{row['state']}: {outcome}" if outcome else row["state"]
    return row["id"], row["case_number"], row["change"], state, by, local(since), waits_for(row)


def waits_for(row: Row) -> str:  # noqa: PLR0911 - one for each state
    if is_held(row["lease_until"], row["now"]):
        return "a process that is at work on it"
    when = "as soon as a bot looks" if row["due_at"] <= row["now"] else f"at {local(row['due_at'])}"
    match row["state"]:
        case "open" if row["expires_at"] > row["now"]:
            return f"a click, until {local(row['expires_at'])}"
        case "open" if row["editable"]:
            return f"its message to say that it expired, {when}"
        case "open":
            return f"nothing: it expired, and a click hears so until {local(row['due_at'])}"
        case "claimed":
            return f"its buttons to come back, {when}: nothing was sent"
        case "sending":
            return f"a look at the ticket, {when}: it was sent, and not answered"
        case "ended":
            return f"people to be told, {when}"
        case _ if row["receipt"] in UNDELIVERED:
            is_lost = row["copy"] is None  # as after `rotate --lost`
            kept = f"its receipt, which nobody got: kept until {local(row['due_at'])}"
            return "nothing: nobody got its receipt, and its text is not kept any more" if is_lost else kept
        case _ if row["outcome"] in _UNCLEAR and row["due_at"] < (row["send_not_after"] or 0) + DAY_S:
            return f"another look at the ticket, {when}"
        case _:
            return f"nothing: its texts go {when}"


def _receipt_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="of the change, as `changes` shows it")


def _receipt(arguments: Namespace) -> int:
    return with_database(partial(_print_receipt, arguments.id))


async def _print_receipt(row_id: str, settings: Settings, database: Database, runtime: Runtime) -> int:
    row = await reading.find(database, row_id)
    if row is None:
        complain(UNKNOWN_ID.format(row_id))
        return EXIT_MEND
    text = reading.copy_of(row, await load_keys(settings, database, runtime))
    if text is None:
        complain(
            "Nothing is kept of that ticket: nobody has confirmed, its receipt was delivered, its time is over, or its "
            "key was lost."
        )
        return EXIT_MEND
    since = row.outcome.name.lower().replace("_", " ") if row.outcome else row.state
    print(f"As it was when {row.clicker} confirmed, {local(row.clicked_at)}. Since then: {since}.\n")
    print(printable(receipt_text(decode_ticket(text))))
    return 0


COMMANDS = (
    Command("changes", "show what the bot has still to do, and for what it waits", _changes, _changes_arguments),
    Command("receipt", "print what is kept of a deleted ticket", _receipt, _receipt_arguments),
)
