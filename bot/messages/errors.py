"""What went wrong, or may not be: what happened, what did not happen, what to do next, and a ref for the log.

All of these are private messages: see bot.messages.contact.
"""

import math
from collections.abc import Collection

from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    BusyError,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    OutageError,
    QueueTimeoutError,
    ServerError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
    TurnedAwayError,
)
from bot.blockkit import text
from bot.blockkit.blocks import Message, channel, code, context, count, reference, section, user
from bot.messages.commands import DELETE, VIEW
from bot.messages.contact import who_to_ask
from bot.policy import Denial
from bot.tickets import CaseNumber

_LATER = "Try again in a minute. If it goes on, tell {who}."
_BUG = "This is a bug in this bot. Tell {who}, with the ref."
_MAX_CHANNELS = 5  # named; there may be more
_MAX_NAME = 80
_EXACT = 10  # so many lookups or more are counted roughly

# An error's class, or else the nearest one above it: emoji, what happened, and what to do next.
READ_ERRORS: dict[type[Exception], tuple[str, str, str]] = {
    TicketNotFoundError: (
        ":mag:",
        "No ticket {number}.",
        "The case number may be wrong, or the ticket belongs to an account this bot can't see.",
    ),
    AuthenticationError: (
        ":key:",
        "The ticket system rejects the bot's API key.",
        "Trying again won't help. Tell {who}.",
    ),
    BusyError: (":hourglass:", "The ticket system is busy.", "Try again in {wait}."),
    TurnedAwayError: (":hourglass:", "Too busy right now.", "{ahead} ahead of yours. Try again in {until}."),
    QueueTimeoutError: (":hourglass:", "Too busy right now.", "Your turn didn't come in time. Try again in a minute."),
    OutageError: (
        ":electric_plug:",
        "The ticket system has not answered for {lasted}.",
        "The bot tries again by itself. " + _LATER,
    ),
    NotSentError: (":electric_plug:", "The ticket system couldn't be reached.", _LATER),
    GatewayError: (":electric_plug:", "The ticket system couldn't be reached.", _LATER),
    NoResponseError: (":electric_plug:", "The ticket system didn't answer in time.", _LATER),
    InvalidResponseError: (
        ":electric_plug:",
        "The bot can't read the ticket system's answer about {number}.",
        "{said}" + _LATER,
    ),
    BadRequestError: (":beetle:", "The ticket system didn't understand the bot.", "{said}" + _BUG),
    ServerError: (":electric_plug:", "The ticket system has an error of its own ({status}).", "{said}" + _LATER),
    SweeppeaError: (":beetle:", "Something went wrong.", _BUG),
}


def read_error(
    error: SweeppeaError, case_number: CaseNumber, ref: str, bot_contact: str, *, nothing_changed: bool = False
) -> Message:
    """Why a ticket could not be read. `nothing_changed` where the person wanted to change something.

    Of a lookup that was turned away the log and the audit have nothing, so that there is no ref to it.
    """
    emoji, title, next_step = next(READ_ERRORS[kind] for kind in type(error).__mro__ if kind in READ_ERRORS)
    words = {
        "number": code(case_number),
        "who": who_to_ask(bot_contact, private=True),
        "wait": _wait(error),
        **_estimate(error),
        "said": quoted_api(getattr(error, "message", None)),
        "status": f"HTTP {error.status}" if isinstance(error, StatusError) else "",
    }
    changed = "Nothing was changed. " if nothing_changed else ""
    is_on_record = nothing_changed or not isinstance(error, TurnedAwayError | OutageError)
    return _message(emoji, title.format(**words), changed + next_step.format(**words), ref if is_on_record else "")


def _wait(error: SweeppeaError) -> str:
    wait_s = error.retry_after_s or 0 if isinstance(error, StatusError) else 0
    return count(round(wait_s), "second") if wait_s >= 1 else "a minute"


def _estimate(error: SweeppeaError) -> dict[str, str]:
    """Rounded, since more is not known."""
    if isinstance(error, TurnedAwayError):
        ahead = error.ahead if error.ahead < _EXACT else round(error.ahead, -len(str(error.ahead)) + 1)
        lookups = count(ahead, "lookup")
        are = "is" if ahead == 1 else "are"
        about = "" if error.ahead < _EXACT else "About "
        return {"ahead": f"{about}{lookups} {are}", "until": _until(error.wait_s)}
    return {"lasted": _duration(error.lasted_s)} if isinstance(error, OutageError) else {}


def _until(wait_s: float) -> str:
    """Not too early."""
    for longest_s, words in ((10, "10 seconds"), (20, "20 seconds"), (30, "half a minute"), (60, "a minute")):
        if wait_s <= longest_s:
            return words
    return f"{math.ceil(wait_s / 60)} minutes"


def _duration(lasted_s: float) -> str:
    """Not more than it was."""
    minutes = int(lasted_s // 60)
    return count(minutes, "minute") if minutes > 1 else count(int(lasted_s), "second")


def quoted_api(message: str | None) -> str:
    """The ticket system's own words, and a space, where it had any."""
    said = text.mrkdwn((message or "").strip().removesuffix("."), 200)
    return f"It says: “{said}”. " if said else ""


def denied(
    denial: Denial,
    bot_contact: str,
    *,
    channels: Collection[str] = (),
    workspace: str = "",
    requester: str = "",
    case_number: CaseNumber | None = None,
) -> Message:
    """`channels` and `workspace` (its name) are where the bot works; `requester` and `case_number` a request's."""
    if denial is Denial.NOT_THE_REQUESTER:
        words = f"Only {user(requester)}, who asked, can confirm this.\nTo ask yourself: `{DELETE} {case_number}`"
    else:
        words = why_denied(denial, bot_contact, channels, workspace)
    return Message(words, (section(f":lock: {words}"),))


def why_denied(denial: Denial, bot_contact: str, channels: Collection[str] = (), workspace: str = "") -> str:
    who = who_to_ask(bot_contact, private=True)
    return {
        Denial.OTHER_WORKSPACE: _members_only(workspace),
        Denial.WRONG_CHANNEL: f"This doesn't work in this channel. {_where(channels, who)}",
        Denial.NOT_A_VIEWER: f"You can't look at tickets here. Ask {who} for access.",
        Denial.DELETION_OFF: f"Deleting tickets is turned off. If you need it, ask {who}.",
        Denial.NOT_A_DELETER: f"You can't delete tickets here. Ask {who} for access.",
        Denial.NOT_THE_REQUESTER: "Only the person who asked can confirm this.",
        Denial.SAME_PERSON: "A second person must confirm this. You asked, so you can't.",
    }[denial]


def _members_only(workspace: str) -> str:
    """Somebody may belong to several workspaces of one organization, and be in another of them just now."""
    name = text.mrkdwn(workspace, _MAX_NAME)
    if not name:
        return "Only members of this bot's workspace can use it."
    return f"Only members of this bot's workspace, “{name}”, can use it. Are you one? Switch to that workspace."


def _where(channels: Collection[str], who: str) -> str:
    """A direct message has no name that others could read."""
    named = [channel(channel_id) for channel_id in sorted(channels) if not channel_id.startswith("D")]
    if not named:
        return f"Ask {who} where to use it."
    others = named[_MAX_CHANNELS:]
    *first, last = [*named[:_MAX_CHANNELS], *([count(len(others), "other channel")] if others else [])]
    return f"Use it in {', '.join(first)} or {last}." if first else f"Use it in {last}."


def restarting() -> Message:
    return _message(
        ":arrows_counterclockwise:", "The bot is restarting.", "Nothing was changed. Try again in a minute."
    )


def interrupted(ref: str) -> Message:
    next_step = "Nothing was changed. Try again in a minute."
    return _message(":arrows_counterclockwise:", "The bot was stopped before it had an answer.", next_step, ref)


def unexpected_error(ref: str, bot_contact: str) -> Message:
    return _message(":beetle:", "Something went wrong.", _BUG.format(who=who_to_ask(bot_contact, private=True)), ref)


def stale_button() -> Message:
    next_step = f"It belongs to another version or setting of this bot. Nothing was changed. Start again with `{VIEW}`."
    return _message(":hourglass:", "This button doesn't work any more.", next_step)


def not_posted(ref: str, bot_contact: str) -> Message:
    later = _LATER.format(who=who_to_ask(bot_contact, private=True))
    return _message(":electric_plug:", "Slack didn't accept the message for the channel.", later, ref)


def maybe_posted(ref: str, bot_contact: str) -> Message:
    next_step = "Look into the channel. If the message is there, it works. If not, try again."
    later = f" If it goes on, tell {who_to_ask(bot_contact, private=True)}."
    return _message(":electric_plug:", "Slack didn't confirm that it posted the message.", next_step + later, ref)


def not_recordable(ref: str, bot_contact: str) -> Message:
    next_step = f"Nothing was changed. {_LATER.format(who=who_to_ask(bot_contact, private=True))}"
    return _message(":electric_plug:", "The bot can't put a request on record right now.", next_step, ref)


def not_cancelled(number: CaseNumber, ref: str, bot_contact: str) -> Message:
    why = "The bot can't put that on record right now, and the buttons still work."
    next_step = f"{why} {_LATER.format(who=who_to_ask(bot_contact, private=True))}"
    return _message(":electric_plug:", f"The request to delete {number} was not cancelled.", next_step, ref)


def not_opened(ref: str) -> Message:
    return _message(":electric_plug:", "Slack didn't open the details.", "Click *Details* again.", ref)


def not_filled(ref: str) -> Message:
    next_step = "Close the window and click *Details* again."
    return _message(":electric_plug:", "Slack didn't accept the details.", next_step, ref)


def _message(emoji: str, title: str, next_step: str, ref: str = "") -> Message:
    """A ref where the log has something on it."""
    foot = [context(reference(ref))] if ref else []
    said = f"{title} {next_step}"
    return Message(f"{said} ({reference(ref)})" if ref else said, (section(f"{emoji} *{title}*", next_step), *foot))
