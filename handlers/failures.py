"""What a failure of the ticket system leaves in the line of its command: see bot.logs.summary."""

import logging

from bot import logs
from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.changes.outcome import VerificationError


def note_failure(error: Exception | None) -> None:
    """For the operator, but for a ticket that can't be found: that is the person's matter, most often."""
    if isinstance(error, VerificationError):
        error = error.outcome.error  # none where the ticket itself was the reason
    if isinstance(error, TicketNotFoundError):
        logs.note(outcome="not found")
    elif isinstance(error, SweeppeaError):
        logs.note(outcome=f"failed: {reason(error)}", level=logging.WARNING)


def reason(error: SweeppeaError) -> str:
    return str(error) or type(error).__name__
