"""An audit line in words, for AUDIT_CHANNEL."""

from collections.abc import Sequence

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message, code, context, count, date, reference, user

_CHANNELS = ("C", "G")  # ids of public and of private ones
_WORDS = {
    "asked": ":speech_balloon: {who} asked to delete {ticket}",
    "refused": ":lock: a press or command of {who} about the {noun} of {ticket} was refused",
    "cancelled": ":no_entry_sign: {who} cancelled the deletion of {ticket}",
    "expired": ":hourglass: {who} wanted to {change} {ticket}",
    "confirmed": ":point_up: {who} confirmed the {noun} of {ticket}",
    "deleted": ":wastebasket: {who} deleted {ticket}",
    "resolved": ":white_check_mark: {who} resolved {ticket}",
    "failed": ":electric_plug: {who} got no further with the {noun} of {ticket}",
    "unclear": ":grey_question: {who} tried to {change} {ticket}; whether it happened is not known",
    "checked": ":mag: {who} checked what became of {ticket}",
}


def told(line: AuditEvent, at: int, *, more: int = 0) -> Message:
    """`more` refusals of the same person for the same reason are not told."""
    ticket = code(line.case_number) if line.case_number else "a ticket"
    noun = {"delete": "deletion", "resolve": "resolution"}[line.change]
    words = _WORDS[line.event].format(who=user(line.user), change=line.change, noun=noun, ticket=ticket)
    where = f"<#{line.channel}>" if line.channel.startswith(_CHANNELS) else "a direct message"
    repeated = [_more(more)] if more else []
    parts = (words, line.outcome, *repeated, where, date(at), reference(line.reference))
    return Message(", ".join([f"{words}: {line.outcome}", *repeated]), (context(*parts),))


def together(lines: Sequence[Message], *, more: int = 0) -> Message:
    """Several in one message; `more` refusals are not among them."""
    first, *others = lines
    rest = [_more(more)] if more else []
    text = first.text + (f", and {count(len(others), 'more line')}" if others else "")
    return Message(text, (*(block for line in lines for block in line.blocks), *map(context, rest)))


def _more(refusals: int) -> str:
    return f"and {count(refusals, 'more refusal')}"
