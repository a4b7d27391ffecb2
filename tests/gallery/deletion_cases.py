"""The conversation of a deletion, its receipt and its audit lines."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from bot import audit
from bot.changes import claims
from bot.changes.claims import Claim
from bot.changes.request import Difference
from bot.messages import audit_channel, deletion, presses, receipt
from bot.messages.deletion import Offer, Press
from bot.tickets import Ticket
from tests.gallery import fixed
from tests.gallery.case import Case, sent

_OFFER = Offer(ttl_s=300)
_PRESS = Press(fixed.ALICE, fixed.PRESSED_AT, fixed.REF)
_HOSTILE_ANSWER = "<!channel> *Bob*: <https://evil.example|no>, :tada: and `so on`\n" * 20


def _prompt(
    name: str, title: str, ticket: Ticket, offer: Offer = _OFFER, note: str = "", *, seen: bool = True
) -> Iterator[Case]:
    yield from sent(name, title, deletion.prompt, ticket, fixed.question(ticket), offer, note=note, seen=seen)


def course() -> Iterator[Case]:
    yield from _prompt("prompt", "/ticket-delete 2531581", fixed.PRIZE)
    yield from sent(
        "under-way", "Pressed, before the call is made", deletion.under_way, fixed.PRIZE, "delete", fixed.CHECK
    )
    yield from sent("deleted", "The record", deletion.done, fixed.PRIZE, "delete", _PRESS)
    yield from sent("resolved", "Resolved instead", deletion.done, fixed.PRIZE, "resolve", _PRESS)
    yield from sent("cancelled", "Cancelled", deletion.cancelled, fixed.NUMBER, fixed.BOB, seen=True)
    yield from sent("expired", "Pressed too late", deletion.expired, fixed.NUMBER, fixed.ASKED_AT + 300)


def prompts() -> Iterator[Case]:
    """The question with what the settings and the ticket make of it."""
    yield from _prompt("prompt-second-person", "DELETE_SECOND_PERSON=on", fixed.PRIZE, Offer(300, second_person=True))
    yield from _prompt("prompt-delete-only", "TICKET_RESOLVE=off", fixed.REFERENCE, Offer(300, resolve=False))
    yield from _prompt("prompt-empty", "Nothing in it", fixed.EMPTY)
    yield from _prompt("prompt-largest", "The largest there can be", fixed.LARGEST)


def prompts_again() -> Iterator[Case]:
    """The question again, with what happened since."""
    changed = deletion.changed([Difference("subject"), Difference("notes", 1), Difference("files", -2)])
    yield from _prompt("prompt-changed", "The ticket changed in between", fixed.PRIZE, note=changed)
    busy = deletion.not_done("delete", deletion.BUSY)
    yield from _prompt("prompt-busy", "Busy past the deadline", fixed.PRIZE, note=busy)
    unreachable = deletion.not_done("resolve", deletion.UNREACHABLE, seen=False)
    yield from _prompt("prompt-unreachable", "Resolving: not reached", fixed.PRIZE, note=unreachable, seen=False)
    unseen = deletion.not_done("delete", deletion.BUSY, seen=False)
    yield from _prompt("prompt-busy-unseen", "Busy, and not to be read either", fixed.PRIZE, note=unseen, seen=False)
    unusable = deletion.not_done("delete", deletion.unusable("Internal error 17"))
    yield from _prompt("prompt-unusable", "An unusable answer, read again: still there", fixed.PRIZE, note=unusable)
    hostile = deletion.not_done("delete", deletion.unusable(_HOSTILE_ANSWER))
    yield from _prompt("prompt-hostile", "Hostile, and so is the answer", fixed.HOSTILE, note=hostile)


def unclear() -> Iterator[Case]:
    yield from sent("unclear", "No answer, and not to be read either", deletion.unclear, fixed.CHECK, fixed.REF)
    yield from sent("may-still-happen", "No answer, still there", deletion.may_still_happen, fixed.CHECK, fixed.REF)
    yield from sent(
        "may-still-be-resolved", "The same of resolving", deletion.may_still_happen, fixed.CHECK_RESOLVE, fixed.REF
    )
    yield from sent("gone", "Check: gone", deletion.gone, fixed.CHECK, fixed.REF)
    yield from sent("still-there", "Check, a minute later: still there", deletion.still_there, fixed.CHECK, fixed.REF)
    yield from sent(
        "deleted-late",
        "The answer was lost, the ticket is gone",
        deletion.done,
        fixed.PRIZE,
        "delete",
        _PRESS,
        late=True,
    )
    yield from sent("resolved-late", "The same of resolving", deletion.done, fixed.PRIZE, "resolve", _PRESS, late=True)
    yield from sent(
        "resolving", "Resolving, before the call", deletion.under_way, fixed.PRIZE, "resolve", fixed.CHECK_RESOLVE
    )


def ends() -> Iterator[Case]:
    number, ref = fixed.NUMBER, fixed.REF
    yield from sent("closed", "Closed before, or found so", deletion.closed, number, ref)
    unknown = fixed.PRIZE.model_copy(update={"status": None})
    yield from sent("not-known-open", "The ticket system does not say", deletion.not_open, unknown, ref)
    yield from sent("not-there", "Gone before", deletion.not_there, number, ref)
    yield from sent(
        "cancelled-unseen",
        "Cancelled, and the ticket can't be read",
        deletion.cancelled,
        number,
        fixed.BOB,
        seen=False,
    )
    yield from sent("not-deletable", "404 on the delete", deletion.not_deletable, number, "delete", ref, seen=True)
    yield from sent("not-resolvable", "404 on the resolve", deletion.not_deletable, number, "resolve", ref, seen=True)
    yield from sent(
        "not-deletable-unseen",
        "404 on the delete, and the ticket can't be read",
        deletion.not_deletable,
        number,
        "delete",
        ref,
        seen=False,
    )
    yield from sent("key-refused", "401 or 403 on the delete", deletion.key_refused, number, "delete", ref)
    yield from sent(
        "unchangeable", "The buttons could not be taken away (direct)", deletion.unchangeable, number, "delete", ref
    )


def further_presses() -> Iterator[Case]:
    for state in get_args(claims.State):
        claim = Claim(state, fixed.ALICE, fixed.PRESSED_AT)
        yield from sent(f"already-{state}", f"A further press (private): {state}", presses.already, fixed.NUMBER, claim)
    yield from sent("check-restarting", "Check while the bot ends", presses.not_looked_up, presses.RESTARTING)
    yield from sent("check-outsider", "Check by a stranger", presses.not_looked_up, presses.FOR_MEMBERS)
    yield from sent("check-stale", "Check of another version", presses.not_looked_up, presses.OTHER_VERSION)


def receipts() -> Iterator[Case]:
    yield from sent("receipt", "The receipt (direct)", receipt.receipt, fixed.PRIZE)
    yield from sent("receipt-hostile", "Of a ticket that tries everything", receipt.receipt, fixed.HOSTILE)
    yield from sent("receipt-empty", "Of an empty ticket", receipt.receipt, fixed.EMPTY)
    yield from sent("receipt-unsent", "Where it cannot be sent (private)", receipt.shortened, fixed.PRIZE)


def long_receipts() -> Iterator[Case]:
    ticket = fixed.LONG.model_copy(update={"notes": fixed.LONG.notes[:2]})
    yield from sent("receipt-long", "The receipt of a long ticket", receipt.receipt, ticket)
    yield from sent("receipt-shortened", "Where it cannot be sent (private)", receipt.shortened, ticket)


def audited() -> Iterator[Case]:
    outcomes = {
        "asked": "prompted",
        "refused": "asked for by somebody else",
        "cancelled": "the ticket was still there",
        "expired": "pressed too late",
        "confirmed": "calling the API",
        "deleted": "confirmed by the API",
        "resolved": "read back",
        "failed": "HTTP 503",
        "unclear": "no answer; found open",
        "checked": "gone",
    }
    for event in get_args(audit.Event):
        yield from _audited(event, event, outcomes[event])
    refused = _event("refused", "asked for by somebody else")
    often = audit_channel.audit_line(refused, more=14)
    other = audit_channel.audit_line(replace(refused, user=fixed.CAROL), fixed.PRESSED_AT)
    yield from sent("audit-refused-often", "", audit_channel.together, [often, other], more=230)
    yield from _audited("refused-mistyped", "refused", "no case number", case_number=None, asker="", channel="D01ALICE")
    yield from _audited("deleted-alone", "deleted", "", user=fixed.ALICE, confirmer=fixed.ALICE)
    yield from _audited("cancelled-by-asker", "cancelled", "", user=fixed.ALICE, confirmer="")


def _audited(name: str, event: audit.Event, outcome: str, **more: object) -> Iterator[Case]:
    yield from sent(f"audit-{name}", "", audit_channel.audit_line, _event(event, outcome, **more))


def _event(event: audit.Event, outcome: str, **more: object) -> audit.AuditEvent:
    done: dict[str, object] = {"user": fixed.BOB, "asker": fixed.ALICE, "confirmer": fixed.BOB, "channel": "C01SUPPORT"}
    if event in {"asked", "refused", "cancelled", "expired"}:
        done["confirmer"] = ""
    fields = {**done, "case_number": fixed.NUMBER, "change": "resolve" if event == "resolved" else "delete", **more}
    return audit.AuditEvent(event=event, team="T01SWEEP", outcome=outcome, reference=fixed.REF, **fields)  # type: ignore[arg-type]
