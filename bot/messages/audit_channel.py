"""An audit event in one line, for AUDIT_CHANNEL. Slack shows the time."""

from collections.abc import Sequence

from bot.audit import AuditEvent
from bot.blockkit.blocks import SEPARATOR, Message, channel, code, context, count, date, reference, user

# What happened, with the ticket and the noun of the change.
_TITLES = {
    "asked": ":speech_balloon: *Request to delete* {ticket}",
    "refused": ":lock: *Refused* {ticket}",
    "cancelled": ":no_entry_sign: *Request cancelled* {ticket}",
    "expired": ":alarm_clock: *Request expired* {ticket}",
    "confirmed": ":point_up: *{noun} confirmed* {ticket}",
    "deleted": ":wastebasket: *Deleted* {ticket}",
    "found deleted": ":wastebasket: *Can't be found any more* {ticket}",
    "resolved": ":white_check_mark: *Resolved* {ticket}",
    "found resolved": ":white_check_mark: *Found closed* {ticket}",
    "failed": ":electric_plug: *{noun} failed* {ticket}",
    "unclear": ":warning: *We don't know whether* {ticket} *was {done}*",
    "checked": ":mag: *Checked* {ticket}",
}
_NOUN = {"delete": "Deletion", "resolve": "Resolution"}
_DONE = {"delete": "deleted", "resolve": "resolved"}
_SAYS_ALL = {"asked", "cancelled", "expired", "confirmed", "deleted", "resolved"}  # needs no `outcome`
_OF_ONE_PERSON = {"refused", "checked"}
_BY_ANYBODY = {"cancelled", "expired"}  # may be somebody else than who asked


def audit_line(event: AuditEvent, at: int | None = None, *, more: int = 0) -> Message:
    """`at` where the line comes late, in seconds since the epoch; `more` refusals of one person are left out."""
    ticket = code(event.case_number) if event.case_number else ""
    title = _TITLES[event.event].format(ticket=ticket, noun=_NOUN[event.change], done=_DONE[event.change])
    why = "" if event.event in _SAYS_ALL else event.outcome
    repeated = _more(more) if more else ""
    when = date(at) if at is not None else ""
    parts = [part for part in (title.strip(), _people(event), why, repeated, _place(event), when) if part]
    return Message(SEPARATOR.join(parts), (context(*parts, reference(event.ref)),))


def together(lines: Sequence[Message], *, more: int = 0) -> Message:
    """Several in one message; `more` refusals are not among them."""
    first, *others = lines
    rest = [_more(more)] if more else []
    text = first.text + (f", and {count(len(others), 'more line')}" if others else "")
    return Message(text, (*(block for line in lines for block in line.blocks), *map(context, rest)))


def _more(refusals: int) -> str:
    return f"and {count(refusals, 'more refusal')}"


def _people(event: AuditEvent) -> str:
    by = f"{'clicked ' if event.event == 'expired' else ''}by {user(event.user)}"
    if event.event in _OF_ONE_PERSON or not event.asker:
        return by
    if event.event in _BY_ANYBODY:
        return f"{by}, who asked" if event.user == event.asker else f"{by}, asked by {user(event.asker)}"
    if event.asker == event.confirmer:
        return f"asked and confirmed by {user(event.asker)}"
    confirmed = f", confirmed by {user(event.confirmer)}" if event.confirmer else ""
    return f"asked by {user(event.asker)}{confirmed}"


def _place(event: AuditEvent) -> str:
    if event.channel.startswith("D"):
        return "direct message"
    return channel(event.channel) if event.channel else ""
