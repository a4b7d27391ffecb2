"""Usage, help, denials, failures."""

from collections.abc import Iterator

from bot.api import errors as api
from bot.api.errors import SweeppeaError
from bot.messages import errors
from bot.messages import help as helping
from bot.messages.commands import DELETE, VIEW
from bot.policy import Denial
from bot.tickets import CaseNumber
from tests.gallery import fixed
from tests.gallery.case import Case, sent

_TYPED = {
    "view": (VIEW, ""),
    "view-help": (VIEW, "help"),
    "view-short": (VIEW, "HYXTNJ"),
    "view-words": (VIEW, "HYXTNJV and 2531581"),
    "view-hostile": (VIEW, "<!channel>*`:tada:" * 20),
    "delete": (DELETE, ""),
    "delete-help": (DELETE, "help"),
    "delete-one": (DELETE, "7"),
    "delete-sign": (DELETE, "253-158"),
}
FAILURES: dict[str, SweeppeaError] = {
    "not-found": api.TicketNotFoundError(404),
    "busy": fixed.BUSY,
    "busy-unsaid": api.BusyError(503),
    "not-sent": api.NotSentError("refused"),
    "queue": api.QueueTimeoutError("not its turn"),
    "turned-away": api.TurnedAwayError(ahead=43, wait_s=28),
    "turned-away-by-few": api.TurnedAwayError(ahead=2, wait_s=11),
    "outage": api.OutageError(lasted_s=42),
    "outage-for-minutes": api.OutageError(lasted_s=310),
    "no-answer": api.NoResponseError("timed out"),
    "key": api.AuthenticationError(401),
    "gateway": api.GatewayError(503),
    "unusable": api.InvalidResponseError("not JSON"),
    "unusable-hostile": api.InvalidResponseError("no", message="<!here> *Bob* <https://evil.example|no> " * 20),
    "bad-request": api.BadRequestError(400, message="caseNumber is missing"),
    "server": api.ServerError(500, message="Internal error 17"),
    "other": SweeppeaError("not foreseen"),
}


def usage() -> Iterator[Case]:
    for name, (command, typed) in _TYPED.items():
        yield from sent(f"usage-{name}", f"{command} {typed[:40]}", helping.usage, command, typed)


def about() -> Iterator[Case]:
    def of(name: str, title: str, view: Denial | None, delete: Denial | None, **more: object) -> Iterator[Case]:
        yield from sent(
            f"about-{name}",
            f"/ticket about: {title}",
            helping.about,
            fixed.VERSION,
            str(more.get("contact", fixed.CONTACT)),
            view=view,
            delete=delete,
            channels=fixed.CHANNELS,
            second_person=bool(more.get("second_person")),
        )

    yield from of("all", "who may do all", None, None)
    yield from of("second-person", "DELETE_SECOND_PERSON=on", None, None, second_person=True)
    yield from of("viewer", "who may only look", None, Denial.NOT_A_DELETER)
    yield from of(
        "nothing", "who may do nothing, BOT_CONTACT unset", Denial.NOT_A_VIEWER, Denial.DELETION_OFF, contact=""
    )
    yield from of(
        "elsewhere", "in another channel, BOT_CONTACT a group", *[Denial.WRONG_CHANNEL] * 2, contact="S04HELPDESK"
    )


def denials() -> Iterator[Case]:
    for denial in Denial:
        yield from sent(
            f"denied-{denial.name.lower().replace('_', '-')}",
            f"Denied (private): {denial.value}",
            errors.denied,
            denial,
            fixed.CONTACT,
            channels=fixed.CHANNELS,
            workspace=fixed.WORKSPACE,
            requester=fixed.ALICE,
            case_number=fixed.NUMBER,
        )
    yield from sent(
        "denied-many-channels",
        "The same with many channels, BOT_CONTACT unset",
        errors.denied,
        Denial.WRONG_CHANNEL,
        "",
        channels=[f"C0{number}TEAM" for number in range(9)],
    )
    yield from sent("denied-unnamed", "BOT_CONTACT unset", errors.denied, Denial.NOT_A_VIEWER, "")


def failures() -> Iterator[Case]:
    for name, error in FAILURES.items():
        title = f"{type(error).__name__}: {error}"
        number = fixed.REFERENCE.case_number
        yield from sent(f"failed-{name}", title, errors.read_error, error, number, fixed.REF, fixed.CONTACT)
    yield from sent(
        "failed-before-deletion",
        "The same at a click on Delete, BOT_CONTACT a text",
        errors.read_error,
        FAILURES["no-answer"],
        fixed.NUMBER,
        fixed.REF,
        "the help desk, ext. 42",
        nothing_changed=True,
    )


def others() -> Iterator[Case]:
    number = fixed.REFERENCE.case_number
    yield from sent("still-looking", "Slow", helping.still_looking, number, 0)
    yield from sent("still-looking-behind-one", "Slow, behind one other", helping.still_looking, number, 1)
    yield from sent("still-looking-behind-some", "Slow, behind others", helping.still_looking, number, 3)
    yield from sent("restarting", "A command while the bot ends", errors.restarting)
    yield from sent("interrupted", "Ended before there was an answer", errors.interrupted, fixed.REF)
    yield from sent("bug", "A fault of our own", errors.unexpected_error, fixed.REF, fixed.CONTACT)
    yield from sent(
        "not-posted", "The channel did not take the message (direct)", errors.not_posted, fixed.REF, fixed.CONTACT
    )
    yield from sent("maybe-posted", "Slack did not confirm it (direct)", errors.maybe_posted, fixed.REF, fixed.CONTACT)
    yield from sent("stale-button", "A button of another version", errors.stale_button)
    yield from _of_shortcut()


def _of_shortcut() -> Iterator[Case]:
    yield from sent("no-case-number", "Look up ticket, none in the message", helping.no_case_number)
    numbers = [fixed.REFERENCE.case_number, fixed.PRIZE.case_number, fixed.CLOSED.case_number]
    yield from sent("choice", "Several in the message", helping.choice, numbers, more=0)
    many = [CaseNumber(f"{number:07}") for number in range(2531581, 2531591)]
    yield from sent("choice-many", "A great many", helping.choice, many, more=2)
    words = [CaseNumber("SUPPORT"), CaseNumber("WINNERS")]
    yield from sent("guess", "No case number, but words of seven letters", helping.guess, words)
    title = "/ticket-delete without the database"
    yield from sent("not-recordable", title, errors.not_recordable, fixed.REF, fixed.CONTACT)
    title = "A request that can't be cancelled, since the ledger can't be written (private)"
    yield from sent("not-cancelled", title, errors.not_cancelled, fixed.NUMBER, fixed.REF, fixed.CONTACT)
    yield from sent("not-opened", "Details: too late", errors.not_opened, fixed.REF)
    yield from sent("not-filled", "Details: not taken", errors.not_filled, fixed.REF)
