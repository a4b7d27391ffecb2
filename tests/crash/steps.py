"""The steps of a deletion at which something happens to the bot, and what else may go wrong."""

from collections.abc import Callable

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Call, Fault
from tests.crash.listening import DELETE, READ, Said

STEPS = (
    "at the click",
    "while reading",
    "after Deleting…",
    "while committing",
    "before the first byte",
    "during a slow delete",
    "before the answer",
    "after the answer",
    "before telling",
    "while telling",
    "at the receipt",
)
WANTED = ("after Deleting…", "before the first byte", "during a slow delete", "before telling")
"""What it is about most: with the buttons gone, committed and not sent, sent and not answered, ended and not told."""
COMMITS = {"before the first byte": "sending", "before telling": "ended"}
"""Steps that begin with a commit and leave no trace outside: the state of the row."""
SLACK_FAULTS = (
    SlackFault(status=500),
    SlackFault(status=500, is_taken=True),
    SlackFault(reset=True),
    SlackFault(reset=True, is_taken=True),
    SlackFault(status=429, retry_after="1"),
)
API_FAULTS = (
    (READ, Fault(status=500)),
    (READ, Fault(reset="before")),
    (DELETE, Fault(reset="after")),
    (DELETE, Fault(reset="before")),
    (DELETE, Fault(status=503)),
    (DELETE, Fault(delay_s=1.0, reset="after")),
)


def is_before_commit(step: str, case: str, what: str, thing: object) -> bool:
    """From here on the database is watched for the step's commit."""
    if isinstance(thing, Said):
        return step == "before the first byte" and thing.case == case and "under way" in thing.claims
    return isinstance(thing, Call) and thing.endpoint == DELETE and step == "before telling" and what == "arrived"


def is_step(step: str, case: str, what: str, thing: object) -> bool:
    if isinstance(thing, Said):
        is_record = "done" in thing.claims and not thing.is_direct
        claim: dict[str, Callable[[], bool]] = {
            "after Deleting…": lambda: "under way" in thing.claims,
            "while committing": lambda: "under way" in thing.claims,
            "while telling": lambda: is_record,
            "at the receipt": lambda: thing.is_direct and "receipt" in thing.claims,
        }
        return thing.case == case and step in claim and claim[step]()
    if isinstance(thing, Call):
        arrived = {"while reading": READ, "during a slow delete": DELETE}.get(step)
        is_done = step in {"before the answer", "after the answer"} and what == "done"
        return thing.endpoint == arrived if what == "arrived" else is_done and thing.case_number == case
    return False
