"""`settle`: ends by hand what the bot can't end by itself."""

import os
import pwd
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bot.audit import AuditEvent
from bot.changes.conclude import Found, conclude_later
from bot.changes.outcome import UNCLEAR, Kind, Outcome
from bot.ledger import operator, reading
from bot.ledger.database import Database
from bot.ledger.encryption import Cipher
from bot.ledger.row import ChangeRow, Receipt, decode_ticket, is_whole
from bot.messages.delete_outcome import outcome_message
from bot.runtime import Runtime
from bot.settings import Settings
from bot.settings.sudo import sudo_user
from commands.changes import UNKNOWN_ID
from commands.command import EXIT_AGAIN, EXIT_MEND, Command, complain, load_keys, with_database
from commands.table import local
from handlers.services import request_options

# What somebody who looked at the ticket found there: for which change that says something, or for either.
_FOUND: dict[str, tuple[str, Found]] = {
    "deleted": ("delete", "gone"),
    "not-deleted": ("delete", "open"),
    "resolved": ("resolve", "closed"),
    "not-resolved": ("resolve", "open"),
    "unknown": ("", "unknown"),
}
WORDS = tuple(_FOUND)
_AT_WORK = "A process is at work on it: try again in some seconds."


@dataclass(frozen=True)
class Refusal:
    words: str
    exit_code: int = EXIT_MEND


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="of the change, as `changes` shows it")
    parser.add_argument("--as", dest="word", required=True, choices=WORDS, help="what you found in the ticket system")


def _settle(arguments: Namespace) -> int:
    return with_database(partial(end_by_hand, arguments.id, arguments.word))


async def end_by_hand(row_id: str, word: str, settings: Settings, database: Database, runtime: Runtime) -> int:
    row = await reading.find(database, row_id)
    if row is None:
        complain(UNKNOWN_ID.format(row_id))
        return EXIT_MEND
    if refusal := _why_not(row, word):
        complain(refusal.words)
        return refusal.exit_code
    cipher = await load_keys(settings, database, runtime)
    outcome = await _outcome(row, word, database, cipher)
    is_told = outcome.kind is not Kind.UNKNOWN
    message = outcome_message(row.click, outcome, request_options(settings)) if is_told else None
    receipt = _receipt(row, outcome, settings)
    event = _event(row, outcome, word)
    if not await operator.settle(database, cipher, row, outcome.kind, event, message=message, receipt=receipt):
        complain(_AT_WORK)
        return EXIT_AGAIN
    then = "A running bot tells people now." if is_told else "What people see is left as it is."
    print(f"Ticket {row.case_number} is settled as {word}, by {event.user}. {then}")
    return 0


def _why_not(row: ChangeRow, word: str) -> Refusal | None:  # noqa: PLR0911 - one for each reason
    change, found = _FOUND[word]
    is_over = row.state in {"ended", "delivered"} and row.outcome not in UNCLEAR
    if row.state == "open":
        return Refusal("Nobody has confirmed it: there is nothing to settle, and it expires by itself.")
    if row.new_answer:
        words = Outcome(kind=row.new_answer).meaning(row.change).audit
        return Refusal(f"The ticket system's own answer is on record ({words}): a running bot tells people.")
    if is_over and row.outcome:
        return Refusal(f"It has ended: {Outcome(kind=row.outcome).meaning(row.change).audit}.")
    if row.is_held:
        return Refusal(_AT_WORK, EXIT_AGAIN)
    if change and change != row.change:
        return Refusal(f"That was a click to {row.change} the ticket: say {row.change}d, not-{row.change}d or unknown.")
    if row.state == "claimed" and found != "open":
        return Refusal(f"Nothing was sent: only not-{row.change}d can be true.")
    if row.is_unsettled and row.settled_at and found in {"open", "unknown"}:
        settled_at = local(row.settled_at)
        return Refusal(f"It may still be carried out, until {settled_at}: look at the ticket after that.", EXIT_AGAIN)
    return None


async def _outcome(row: ChangeRow, word: str, database: Database, cipher: Cipher) -> Outcome:
    """As if recovery had found that."""
    if row.state == "claimed":
        return Outcome(kind=Kind.INTERRUPTED)
    rivals = await reading.rivals(database, row.click)
    kind = conclude_later(row.change, _FOUND[word][1], is_settled=True, is_sole_attempt=not rivals.users)
    text = reading.copy_of(row, cipher)
    ticket = decode_ticket(text) if text else None
    last_try = row.last_try or row.clicked_at
    return Outcome(kind=kind, ticket=ticket, last_try=last_try, seen_at=row.now, rivals=rivals)


def _receipt(row: ChangeRow, outcome: Outcome, settings: Settings) -> Receipt:
    is_wanted = outcome.is_gone and row.change == "delete" and settings.delete_receipt
    is_due = is_wanted and outcome.ticket is not None and is_whole(outcome.ticket)
    # A process that stopped may have sent one: see handlers.receipts.
    return "maybe" if is_due and not row.receipt else row.receipt


def _event(row: ChangeRow, outcome: Outcome, word: str) -> AuditEvent:
    return AuditEvent(
        event=outcome.meaning(row.change).event,
        change=row.change,
        user=f"os:{_user()}",
        asker=row.request.requester,
        confirmer=row.clicker,
        team=row.place.team,
        channel=row.place.channel,
        case_number=row.case_number,
        request=row.id,
        replaces=row.request.replaces or "",
        outcome=f"settled by hand as {word}",
        ref=row.ref,
    )


def _user() -> str:
    """Of this machine, who types: under sudo the person, not whom they became."""
    with suppress(KeyError):
        return pwd.getpwnam(sudo_user()).pw_name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


COMMANDS = (Command("settle", "end by hand what the bot can't end by itself", _settle, _arguments),)
