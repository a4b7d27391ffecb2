"""The conversation of a deletion, its receipt and its audit lines."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from bot import audit
from bot.api.errors import BadRequestError, BusyError, NotSentError, ServerError
from bot.changes import outcome as outcomes
from bot.changes.outcome import Kind, Outcome, Rivals, Standing
from bot.changes.request import Click
from bot.changes.snapshot import Difference
from bot.messages import audit_channel, delete_check, delete_elsewhere, delete_outcome, delete_request, receipt
from bot.messages.delete_request import RequestOptions
from bot.tickets import Ticket
from tests.gallery import fixed
from tests.gallery.case import Case, sent

_OPTIONS = RequestOptions(ttl_s=300)
_RENEWED = "ba9876543210"
_HOSTILE_ANSWER = "<!channel> *Bob*: <https://evil.example|no>, :tada: and `so on`\n" * 20


def _request(name: str, title: str, ticket: Ticket, options: RequestOptions = _OPTIONS) -> Iterator[Case]:
    yield from sent(name, title, delete_request.request_message, ticket, fixed.request(ticket), options)


def _outcome(name: str, title: str, outcome: Outcome, click: Click | None = None) -> Iterator[Case]:
    clicked = click or fixed.click()
    if outcome.has_buttons_again:
        outcome = replace(outcome, renewed=clicked.request.repeat(id=_RENEWED))
    yield from sent(name, title, delete_outcome.outcome_message, clicked, outcome, _OPTIONS)


def course() -> Iterator[Case]:
    yield from _request("request", "/ticket-delete 2531581", fixed.PRIZE)
    resolving, under_way = fixed.click(change="resolve"), delete_check.under_way
    yield from sent("under-way", "Clicked, before the call", under_way, fixed.click(), fixed.PRIZE, fixed.CHECK)
    yield from sent("resolving", "Resolving, the same", under_way, resolving, fixed.PRIZE, fixed.CHECK_RESOLVE)
    done = Outcome(kind=Kind.DONE, ticket=fixed.PRIZE)
    yield from _outcome("deleted", "The record", done)
    yield from _outcome("resolved", "Resolved instead", done, resolving)
    yield from _outcome("cancelled", "Cancelled", Outcome(kind=Kind.CANCELLED))
    yield from _outcome("expired", "Clicked too late", Outcome(kind=Kind.EXPIRED))


def requests() -> Iterator[Case]:
    """The request with what the settings and the ticket make of it."""
    second_person, delete_only = RequestOptions(300, second_person=True), RequestOptions(300, resolve=False)
    yield from _request("request-second-person", "DELETE_SECOND_PERSON=on", fixed.PRIZE, second_person)
    yield from _request("request-delete-only", "TICKET_RESOLVE=off", fixed.REFERENCE, delete_only)
    yield from _request("request-empty", "Nothing in it", fixed.EMPTY)
    yield from _request("request-largest", "The largest there can be", fixed.LARGEST)


def requests_again() -> Iterator[Case]:
    """The request again, with what happened since."""
    changes = (
        Difference("the priority", previous="2"),
        Difference("note", 1),
        Difference("file", -2),
        Difference("a collaborator"),
        Difference("the field Mood", ignored=True),
    )
    changed = Outcome(kind=Kind.CHANGED, ticket=fixed.PRIZE, differences=changes)
    yield from _outcome("request-changed", "The ticket changed in between", changed)
    busy = Outcome(kind=Kind.BUSY, ticket=fixed.PRIZE, error=fixed.BUSY, verified=True)
    yield from _outcome("request-busy", "Busy past the deadline", busy)
    unread = Outcome(kind=Kind.BUSY, ticket=fixed.PRIZE, error=fixed.BUSY)
    yield from _outcome("request-busy-unread", "Busy, and not to be read either", unread)
    unreachable = Outcome(kind=Kind.UNREACHABLE, ticket=fixed.PRIZE, error=NotSentError("x"))
    yield from _outcome("request-unreachable", "Resolving: not reached", unreachable, fixed.click(change="resolve"))
    error = ServerError(500, message="Internal error 17")
    answered = Outcome(kind=Kind.API_ERROR, ticket=fixed.PRIZE, error=error, verified=True)
    yield from _outcome("request-error", "An error, read again: still there", answered)
    interrupted = Outcome(kind=Kind.INTERRUPTED, ticket=fixed.PRIZE, verified=True)
    yield from _outcome("request-interrupted", "Interrupted before anything was sent", interrupted)
    hostile = BadRequestError(400, message=_HOSTILE_ANSWER)
    tried = Outcome(kind=Kind.API_ERROR, ticket=fixed.HOSTILE, error=hostile, verified=True)
    yield from _outcome("request-hostile", "Hostile, and so is the answer", tried, fixed.click(fixed.HOSTILE))


def unclear() -> Iterator[Case]:
    resolving = fixed.click(change="resolve")
    last_try = float(fixed.PRESSED_AT + 20)
    unknown = Outcome(kind=Kind.UNKNOWN, ticket=fixed.PRIZE, last_try=last_try)
    yield from _outcome("unknown", "No answer, and not to be read either", unknown)
    may = Outcome(kind=Kind.MAY_STILL_HAPPEN, ticket=fixed.PRIZE, last_try=last_try, verified=True)
    yield from _outcome("may-still-happen", "No answer, still there", may)
    yield from _outcome("may-still-be-resolved", "The same of resolving", may, resolving)
    found = Outcome(kind=Kind.FOUND_DONE, ticket=fixed.PRIZE, last_try=last_try)
    yield from _outcome("found-deleted", "No confirmation, and the ticket can't be found", found)
    yield from _outcome("found-resolved", "The same of resolving", found, resolving)
    gone = Outcome(kind=Kind.FOUND_GONE, ticket=fixed.PRIZE, last_try=last_try)
    yield from _outcome("found-gone", "The same, and another request may have done it", gone)
    either = Outcome(kind=Kind.FOUND_GONE, ticket=fixed.PRIZE, last_try=last_try, rivals=Rivals((fixed.ALICE,)))
    yield from _outcome("found-gone-either", "The same, and it is known whose", either)
    carols = Rivals((fixed.CAROL,), done_by=fixed.CAROL)
    named = Outcome(kind=Kind.FOUND_GONE, ticket=fixed.PRIZE, last_try=last_try, rivals=carols)
    yield from _outcome("found-gone-named", "The same, and the API confirmed whose", named)
    still_open = Outcome(kind=Kind.FOUND_OPEN, last_try=last_try, seen_at=fixed.PRESSED_AT + 90)
    yield from _outcome("found-open", "No answer, and still there when it can't happen any more", still_open)
    busy = Outcome(kind=Kind.BUSY)
    yield from _outcome("busy-late", "Busy, and no time left for new buttons", busy)
    late = fixed.CHECK, fixed.REF
    yield from sent("unknown-late", "Not known, the ticket is not at hand", delete_check.unknown, *late)
    yield from sent("may-late", "May still happen, the same", delete_check.may_still_happen, *late)
    for kind in (Kind.FOUND_GONE, Kind.FOUND_CLOSED, Kind.FOUND_OPEN, Kind.MAY_STILL_HAPPEN, Kind.UNKNOWN):
        words = kind.name.lower().replace("_", " ")
        made = (fixed.CHECK, kind, fixed.ALICE, fixed.PRESSED_AT + 120, fixed.REF)
        yield from sent(f"check-{words.replace(' ', '-')}", f"Check now: {words}", delete_check.check_message, *made)


def ends() -> Iterator[Case]:
    resolving = fixed.click(change="resolve")
    yield from sent("ask-closed", "/ticket-delete, closed (private)", delete_outcome.not_open, fixed.SOLVED, fixed.REF)
    yield from _outcome("closed", "Closed before", Outcome(kind=Kind.NOT_OPEN, ticket=fixed.SOLVED))
    yield from _outcome("found-closed", "Resolving: found closed", Outcome(kind=Kind.FOUND_CLOSED), resolving)
    unsaid = Outcome(kind=Kind.NOT_OPEN, ticket=fixed.PRIZE.model_copy(update={"status": None}))
    yield from _outcome("not-known-open", "The ticket system does not say", unsaid)
    yield from _outcome("not-found", "Can't be found any more", Outcome(kind=Kind.NOT_FOUND))
    refused = Outcome(kind=Kind.REFUSED, ticket=fixed.PRIZE, verified=True)
    yield from _outcome("not-deletable", "404 on the delete", refused)
    yield from _outcome("not-resolvable", "404 on the resolve", refused, resolving)
    unread = Outcome(kind=Kind.REFUSED, ticket=fixed.PRIZE)
    yield from _outcome("not-deletable-unread", "404 on the delete, and the ticket can't be read", unread)
    yield from _outcome("rejected-key", "401 or 403 on the delete", Outcome(kind=Kind.REJECTED_KEY))
    yield from _outcome("not-updatable", "The buttons can't be taken away (direct)", Outcome(kind=Kind.NOT_UPDATABLE))
    yield from _outcome("not-recorded", "No audit line could be written (private)", Outcome(kind=Kind.NOT_RECORDED))
    yield from _outcome("not-saved", "The database went away before the call", Outcome(kind=Kind.NOT_SAVED))
    yield from _outcome("interrupted-late", "Interrupted, too late for new buttons", Outcome(kind=Kind.INTERRUPTED))
    busy = Outcome(kind=Kind.NOT_READ, error=BusyError(503))
    yield from _outcome("not-read", "The ticket could not be read (private)", busy)


def further_clicks() -> Iterator[Case]:
    for state in get_args(outcomes.State):
        claim = Standing(state, fixed.ALICE, fixed.PRESSED_AT)
        title = f"A further click (private): {state}"
        yield from sent(f"already-{state}", title, delete_elsewhere.already_handled, fixed.NUMBER, claim)
    yield from sent("other-request", "Another request for the ticket", delete_elsewhere.other_request, fixed.click())
    settled_at = fixed.PRESSED_AT + 73.0
    under_way = fixed.click(change="resolve"), settled_at, fixed.REF
    yield from sent(
        "asked-meanwhile", "/ticket-delete meanwhile (private)", delete_elsewhere.under_way_already, *under_way
    )
    done = Outcome(kind=Kind.DONE, ticket=fixed.HOSTILE)
    record = delete_outcome.outcome_message(fixed.click(fixed.HOSTILE), done, RequestOptions(ttl_s=300))
    link = "https://sweeppea.slack.com/archives/C01SUPPORT/p1795000000000001"
    yield from sent("out-of-date", "Where it can't be edited (direct)", delete_elsewhere.out_of_date, record, link)
    yield from sent("out-of-date-private", "The same of a private one", delete_elsewhere.out_of_date, record, "")
    for name, title, is_sent in (
        ("out-of-date-to-another", "To who checks, and may not look", True),
        ("out-of-date-to-nobody", "The same where Slack takes no direct message", False),
    ):
        yield from sent(name, title, delete_elsewhere.sent_to_another, fixed.ALICE, link, is_sent=is_sent)
    yield from sent(
        "went-on", "Where its new buttons were clicked directly", delete_elsewhere.went_on, fixed.NUMBER, fixed.ALICE
    )
    yield from sent("check-at-it", "Check while the bot looks by itself", delete_check.at_it, fixed.NUMBER)
    yield from sent("check-shown-before", "Check of what is settled", delete_check.shown_before, fixed.NUMBER)
    yield from sent("check-elsewhere", "Check in another message", delete_check.in_its_message, fixed.NUMBER)
    yield from sent("check-restarting", "Check while the bot ends", delete_check.not_looked_up, delete_check.RESTARTING)
    yield from sent("check-away", "Check without the database", delete_check.not_looked_up, delete_check.AWAY)
    yield from sent("check-outsider", "Check by a stranger", delete_check.not_looked_up, delete_check.FOR_MEMBERS)
    yield from sent("check-stale", "Check of another version", delete_check.not_looked_up, delete_check.OTHER_VERSION)


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
        "resolved": "confirmed by the API",
        "found deleted": "never confirmed; most likely this request",
        "found resolved": "never confirmed; most likely this request",
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
    yield from sent(f"audit-{name.replace(' ', '-')}", "", audit_channel.audit_line, _event(event, outcome, **more))


def _event(event: audit.Event, outcome: str, **more: object) -> audit.AuditEvent:
    done: dict[str, object] = {"user": fixed.BOB, "asker": fixed.ALICE, "confirmer": fixed.BOB, "channel": "C01SUPPORT"}
    if event in {"asked", "refused", "cancelled", "expired"}:
        done["confirmer"] = ""
    fields = {**done, "case_number": fixed.NUMBER, "change": "resolve" if event == "resolved" else "delete", **more}
    return audit.AuditEvent(event=event, team="T01SWEEP", outcome=outcome, ref=fixed.REF, **fields)  # type: ignore[arg-type]
