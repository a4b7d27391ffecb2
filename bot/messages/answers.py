"""Usage, refusals, and what went wrong: what happened, what did not happen, what to do next, and a reference."""

from collections.abc import Sequence
from functools import singledispatch

from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    BusyError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    QueueTimeoutError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.blockkit import text
from bot.blockkit.blocks import Message, actions, button, code, context, count, reference, section, user
from bot.messages.action_ids import ActionId
from bot.policy import Denial
from bot.tickets import CASE_NUMBER_LENGTH, CaseNumber

VIEW = "/ticket"
DELETE = "/ticket-delete"
_PURPOSE = {
    VIEW: "shows a support ticket.",
    DELETE: "deletes an open support ticket, after it has asked you once more.",
}
_SHORTCUT = "*Look up ticket*, in a message's ⋮ menu, shows the tickets that the message names, in threads too."
_EXAMPLE = {VIEW: "HYXTNJV", DELETE: "2531581"}
_LONGEST_ECHO = 30
_LATER = "Nothing was changed. Try again in a minute; if it lasts, tell whoever runs this bot."


def usage(command: str, typed: str) -> Message:
    """What is wrong comes first: whoever mistyped a number knows what the command is for."""
    example = f"`{command} {_EXAMPLE[command]}`"
    number = f"{CASE_NUMBER_LENGTH} letters or digits:"
    wrong = _what_is_wrong(typed)
    first = f"{wrong} A case number is {number}" if wrong else f"{_purpose(command)} Give it the case number, {number}"
    blocks = [section(first, example)]
    if typed.lower() == "help":
        others = (_purpose(name) for name in _PURPOSE if name != command)
        blocks.append(section(*others, _SHORTCUT))
    elif wrong:
        blocks.append(context(f"`{command} help` for more"))
    return Message(f"{first} {example}", tuple(blocks))


def _purpose(command: str) -> str:
    return f"`{command}` {_PURPOSE[command]}"


def _what_is_wrong(typed: str) -> str:
    words = typed.split()
    if not words or typed.lower() == "help":
        return ""
    if len(words) > 1:
        return f"That was {len(words)} words; one case number at a time."
    shown = text.mrkdwn(words[0], _LONGEST_ECHO)
    if len(words[0]) != CASE_NUMBER_LENGTH:
        return f"“{shown}” has {count(len(words[0]), 'character')}."
    return f"“{shown}” has something other than letters A to Z and digits in it."


def still_looking(case_number: CaseNumber, ahead: int) -> Message:
    line = f"Still looking up {code(case_number)}" + (f": {count(ahead, 'request')} ahead of you." if ahead else "…")
    return Message(line, (section(f":hourglass_flowing_sand: {line}"),))


def restarting() -> Message:
    return _answer(
        ":arrows_counterclockwise:", "The bot is restarting.", "Nothing was done with this. Try again in a minute."
    )


def interrupted(ref: str) -> Message:
    told = "Nothing was changed. Try again in a minute."
    return _answer(":arrows_counterclockwise:", "The bot was stopped before it had an answer.", told, ref)


def bug(ref: str) -> Message:
    told = "It is a fault of this bot. Tell whoever runs it, with the reference."
    return _answer(":beetle:", "Something went wrong here.", told, ref)


def not_posted(ref: str) -> Message:
    return _answer(":electric_plug:", "Slack did not take the message into the channel.", _LATER, ref)


def stale_button() -> Message:
    told = f"It belongs to another version, or another setting, of this bot. Nothing was changed. Use `{VIEW}` again."
    return _answer(":hourglass:", "This button doesn't work any more.", told)


def not_opened(ref: str) -> Message:
    told = "Slack gives it three seconds; it came too late, or was refused. Nothing was changed. Press *Details* again."
    return _answer(":hourglass:", "The details could not be opened.", told, ref)


def not_filled(ref: str) -> Message:
    told = "Slack did not take them. Nothing was changed. Close the window and press *Details* again."
    return _answer(":electric_plug:", "The details could not be shown.", told, ref)


def no_case_number() -> Message:
    told = f"A case number is {CASE_NUMBER_LENGTH} letters or digits. With `{VIEW} {_EXAMPLE[VIEW]}` you can type one."
    return _answer(":mag:", "There is no case number in that message.", told)


def choice(case_numbers: Sequence[CaseNumber], *, more: int) -> Message:
    """Which of the case numbers in a message? `more` of them are not offered."""
    title = f"That message has {count(len(case_numbers) + more, 'case number')} in it. Which ticket?"
    told = [context(f"the first {len(case_numbers)} are here; for another use `{VIEW}`")] if more else []
    buttons = (
        button(f"Look up {number}", ActionId.LOOK_UP, number, suffix=str(at)) for at, number in enumerate(case_numbers)
    )
    return Message(f"{title} {', '.join(case_numbers)}", (section(title), actions(*buttons), *told))


def refused(refusal: Denial, *, requester: str = "", case_number: CaseNumber | None = None) -> Message:
    """`requester` and `case_number` where a press on a prompt was refused."""
    title, told = {
        Denial.OTHER_WORKSPACE: ("This is for members of this workspace.", "Ask one of them."),
        Denial.WRONG_CHANNEL: ("Tickets are worked on in other channels.", "Use the command in one of those."),
        Denial.NOT_A_VIEWER: (
            "You are not on the list of people who may see tickets.",
            "Whoever runs this bot keeps it in `TICKET_VIEWERS`.",
        ),
        Denial.DELETION_OFF: (
            "Deleting tickets is turned off.",
            "Whoever runs this bot turns it on by naming people in `TICKET_DELETERS`.",
        ),
        Denial.NOT_A_DELETER: (
            "You are not on the list of people who may delete tickets.",
            "Whoever runs this bot keeps it in `TICKET_DELETERS`.",
        ),
        Denial.NOT_THE_REQUESTER: (
            f"Only {user(requester)}, who asked, can press this.",
            f"To ask yourself: `{DELETE} {case_number}`",
        ),
        Denial.SAME_PERSON: (
            "Somebody else has to confirm what you asked for.",
            "Another person who may delete tickets presses the button.",
        ),
    }[refusal]
    if refusal not in {Denial.NOT_A_VIEWER, Denial.WRONG_CHANNEL} or case_number:
        told = f"Nothing was changed. {told}"
    return _answer(":lock:", title, told)


@singledispatch
def failed(error: SweeppeaError, case_number: CaseNumber, ref: str) -> Message:
    """Why a ticket could not be read. Nothing is changed by reading, and each says so where one might wonder."""
    del error, case_number
    return bug(ref)


@failed.register
def _(error: TicketNotFoundError, case_number: CaseNumber, ref: str) -> Message:
    del error
    told = "The number may be wrong, or the ticket belongs to an account that this bot cannot see."
    return _answer(":mag:", f"No ticket {code(case_number)} here.", told, ref)


@failed.register
def _(error: AuthenticationError, case_number: CaseNumber, ref: str) -> Message:
    del error, case_number
    told = "Nothing was changed, and trying again won't help. Tell whoever runs this bot."
    return _answer(":key:", "The ticket system does not accept this bot's key.", told, ref)


@failed.register
def _(error: BusyError, case_number: CaseNumber, ref: str) -> Message:
    del case_number
    wait_s = error.retry_after_s or 0
    again = f"in {count(round(wait_s), 'second')}" if wait_s >= 1 else "in a minute"
    return _answer(":hourglass:", "The ticket system is busy.", f"Nothing was changed. Try again {again}.", ref)


@failed.register
def _(error: NotSentError, case_number: CaseNumber, ref: str) -> Message:
    del error, case_number
    return _answer(":electric_plug:", "The ticket system could not be reached in time.", _LATER, ref)


@failed.register
def _(error: QueueTimeoutError, case_number: CaseNumber, ref: str) -> Message:
    del error, case_number
    told = "Nothing was changed. Try again in a minute."
    return _answer(":hourglass:", "Too many requests were before this one.", told, ref)


@failed.register
def _(error: NoResponseError, case_number: CaseNumber, ref: str) -> Message:
    del error, case_number
    return _answer(":electric_plug:", "The ticket system did not answer in time.", _LATER, ref)


@failed.register
def _(error: InvalidResponseError, case_number: CaseNumber, ref: str) -> Message:
    said = said_by_api(error.message)
    title = f"The ticket system's answer about {code(case_number)} can't be understood."
    return _answer(":grey_question:", title, f"{said}{_LATER}", ref)


@failed.register
def _(error: BadRequestError, case_number: CaseNumber, ref: str) -> Message:
    said = said_by_api(error.message)
    told = "Nothing was changed. It is a fault of this bot: tell whoever runs it, with the reference."
    title = f"The ticket system did not understand the question about {code(case_number)}."
    return _answer(":beetle:", title, f"{said}{told}", ref)


@failed.register
def _(error: ServerError, case_number: CaseNumber, ref: str) -> Message:
    del case_number
    title = f"The ticket system has a fault of its own (HTTP {error.status})."
    return _answer(":electric_plug:", title, f"{said_by_api(error.message)}{_LATER}", ref)


def said_by_api(message: str | None) -> str:
    """The API's own words, where it had any."""
    said = text.mrkdwn((message or "").strip().removesuffix("."), 200)
    return f"It says: “{said}”. " if said else ""


def _answer(emoji: str, title: str, told: str, ref: str | None = None) -> Message:
    blocks = [section(f"{emoji} *{title}*", told)]
    if ref:
        blocks.append(context(reference(ref)))
    return Message(f"{title} {told}" + (f" (reference {ref})" if ref else ""), tuple(blocks))
