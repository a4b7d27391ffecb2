"""What one command or click leaves in the log: one line, with all that was noted on the way.

A context variable holds it, so that whoever works for a command can add to its line and need not be handed it. What is
said while there is no command, or after its line was written, is a line of its own.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

_MOST = 6  # remarks in one line
_ROOT = f"{Path(__file__).parent.parent.parent}/"

NO_REFERENCE = "-"
reference: ContextVar[str] = ContextVar("reference", default=NO_REFERENCE)
_current: ContextVar["Summary | None"] = ContextVar("summary", default=None)


@dataclass
class Summary:
    """`outcome` in a few words of ours; `answered`: whether Slack took the last thing that was sent to the person.

    `remarks` is what went wrong on the way, and each request that changes something; `more` of them are left out.
    """

    case_number: str = ""
    outcome: str = ""
    answered: bool | None = None
    level: int = logging.INFO
    remarks: list[str] = field(default_factory=list)
    more: int = 0
    is_open: bool = True

    def text(self) -> str:
        """What came of it, for the line."""
        outcome = self.outcome or ("not answered" if self.answered is False else "answered")
        unheard = "; not answered" if self.outcome and self.answered is False else ""
        return outcome + unheard

    def remark(self, text: str) -> None:
        if len(self.remarks) < _MOST:
            self.remarks.append(text)
        else:
            self.more += 1

    def all_remarks(self) -> list[str]:
        """With how many more there were."""
        return [*self.remarks, *([f"{self.more} more"] if self.more else [])]


@contextmanager
def summarize(ref: str) -> Iterator[Summary]:
    """For the command or click with that ref, and for every task that it starts."""
    summary = Summary()
    before = reference.set(ref), _current.set(summary)
    try:
        yield summary
    finally:
        summary.is_open = False
        reference.reset(before[0])
        _current.reset(before[1])


def detach() -> None:
    """For a task that works for many: what it says is in nobody's line."""
    _current.set(None)


def note(*, case_number: str = "", outcome: str = "", answered: bool | None = None, level: int = logging.INFO) -> None:
    """For the line of the command that is under way, if there is one. The last outcome counts, the highest level."""
    if (summary := _open()) is None:
        return
    summary.case_number = case_number or summary.case_number
    summary.outcome = outcome or summary.outcome
    summary.answered = summary.answered if answered is None else answered
    summary.level = max(level, summary.level)


def add(log: logging.Logger, level: int, text: str, *details: object) -> None:
    """To the line of the command that is under way; where there is none, or below INFO, a line of its own."""
    summary = _open()
    if summary is None or level < logging.INFO:
        log.log(level, text, *details)
    else:
        summary.remark(text % details if details else text)
        summary.level = max(level, summary.level)


def log_unexpected(log: logging.Logger, error: BaseException) -> None:
    """An unexpected error: its type and where it came from, never its text, which may quote a ticket."""
    add(log, logging.ERROR, "%s", described(type(error), error.__traceback__))


def described(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """On one line, the innermost place first."""
    frames = reversed(traceback.extract_tb(trace))
    places = " < ".join(f"{frame.filename.removeprefix(_ROOT)}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{getattr(kind, '__name__', kind)} at {places}" if places else str(getattr(kind, "__name__", kind))


def _open() -> Summary | None:
    summary = _current.get()
    return summary if summary is not None and summary.is_open else None
