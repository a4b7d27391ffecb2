"""Usage, refusals, failures."""

from collections.abc import Iterator

from bot.api import errors
from bot.api.errors import SweeppeaError
from bot.messages import answers
from bot.policy import Denial
from bot.tickets import CaseNumber
from tests.gallery import fixed
from tests.gallery.case import Case, sent

_TYPED = {
    "view": (answers.VIEW, ""),
    "view-help": (answers.VIEW, "help"),
    "view-short": (answers.VIEW, "HYXTNJ"),
    "view-words": (answers.VIEW, "HYXTNJV and 2531581"),
    "view-hostile": (answers.VIEW, "<!channel>*`:tada:" * 20),
    "delete": (answers.DELETE, ""),
    "delete-help": (answers.DELETE, "help"),
    "delete-one": (answers.DELETE, "7"),
    "delete-sign": (answers.DELETE, "253-158"),
}
FAILURES: dict[str, SweeppeaError] = {
    "not-found": errors.TicketNotFoundError(404),
    "busy": fixed.BUSY,
    "busy-unsaid": errors.BusyError(503),
    "not-sent": errors.NotSentError("refused"),
    "queue": errors.QueueTimeoutError("not its turn"),
    "no-answer": errors.NoResponseError("timed out"),
    "key": errors.AuthenticationError(401),
    "unusable": errors.InvalidResponseError("not JSON"),
    "unusable-hostile": errors.InvalidResponseError("no", message="<!here> *Bob* <https://evil.example|no> " * 20),
    "bad-request": errors.BadRequestError(400, message="caseNumber is missing"),
    "server": errors.ServerError(500, message="Internal error 17"),
    "other": SweeppeaError("not foreseen"),
}


def usage() -> Iterator[Case]:
    for name, (command, typed) in _TYPED.items():
        yield from sent(f"usage-{name}", f"{command} {typed[:40]}", answers.usage, command, typed)


def refusals() -> Iterator[Case]:
    for refusal in Denial:
        name = f"refused-{refusal.name.lower().replace('_', '-')}"
        yield from sent(
            name,
            f"Refused (private): {refusal.value}",
            answers.refused,
            refusal,
            requester=fixed.ALICE,
            case_number=fixed.NUMBER,
        )
    yield from sent("refused-at-command", "The same at a command", answers.refused, Denial.NOT_A_VIEWER)


def failures() -> Iterator[Case]:
    for name, error in FAILURES.items():
        title = f"{type(error).__name__}: {error}"
        yield from sent(f"failed-{name}", title, answers.failed, error, fixed.REFERENCE.case_number, fixed.REF)


def others() -> Iterator[Case]:
    number = fixed.REFERENCE.case_number
    yield from sent("still-looking", "Slow", answers.still_looking, number, 0)
    yield from sent("still-looking-behind-one", "Slow, behind one other", answers.still_looking, number, 1)
    yield from sent("still-looking-behind-some", "Slow, behind others", answers.still_looking, number, 3)
    yield from sent("restarting", "A command while the bot ends", answers.restarting)
    yield from sent("interrupted", "Ended before there was an answer", answers.interrupted, fixed.REF)
    yield from sent("bug", "A fault of our own", answers.bug, fixed.REF)
    yield from sent("not-posted", "The channel did not take the message (direct)", answers.not_posted, fixed.REF)
    yield from sent("stale-button", "A button of another version", answers.stale_button)
    yield from _of_shortcut()


def _of_shortcut() -> Iterator[Case]:
    yield from sent("no-case-number", "Look up ticket, none in the message", answers.no_case_number)
    numbers = [fixed.REFERENCE.case_number, fixed.PRIZE.case_number, fixed.CLOSED.case_number]
    yield from sent("choice", "Several in the message", answers.choice, numbers, more=0)
    many = [CaseNumber(f"{number:07}") for number in range(2531581, 2531591)]
    yield from sent("choice-many", "A great many", answers.choice, many, more=2)
    yield from sent("not-opened", "Details: too late", answers.not_opened, fixed.REF)
    yield from sent("not-filled", "Details: not taken", answers.not_filled, fixed.REF)
