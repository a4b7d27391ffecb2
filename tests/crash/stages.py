"""Where a deletion stood when something happened to the bot: by the database, the ticket API's log, and what was said.

What the harness meant to hit is a plan; this is what it hit.
"""

from tests.crash.listening import DELETE
from tests.crash.records import Row, rows
from tests.crash.world import World, last_of

NOT_TAKEN = "the click is not on record"
READING = "claimed, the ticket is being read"
ANNOUNCED = "“Deleting…” is committed, and not shown"
DELETING = "“Deleting…” stands, and nothing is sent"
SENDING = "*sending* is committed, no byte is at the API"
CALLING = "the API works on it"
DONE = "the API has done it, and the ledger has not heard"
ANSWERED = "the API has refused or failed, and the ledger has not heard"
ENDED = "the end is on record, and no receipt is out"
TOLD = "the receipt is out, and that is not on record"
OVER = "all is over"
STAGES = (NOT_TAKEN, READING, ANNOUNCED, DELETING, SENDING, CALLING, DONE, ANSWERED, ENDED, TOLD, OVER)


async def stage_of(world: World, case: str) -> str:
    found = await rows(world.database_url, f"SELECT * FROM changes WHERE case_number = '{case}'")
    taken = [row for row in found if row["clicked_at"] is not None and row["state"] != "open"]
    if not taken:
        return NOT_TAKEN
    row = max(taken, key=lambda row: row["clicked_at"])
    match row["state"]:
        case "claimed":
            return _claimed(world, case, row)
        case "sending":
            return _sending(world, case)
        case "ended":
            return TOLD if row["receipt"] not in {"due", "maybe"} or _got_receipt(world, case) else ENDED
        case _:
            return OVER


def _claimed(world: World, case: str, row: Row) -> str:
    last = last_of(world, case)
    if not row["announced"]:
        return READING
    return DELETING if last and "under way" in last.claims else ANNOUNCED


def _sending(world: World, case: str) -> str:
    """A bot has one deletion at the API at a time, so one that is being worked on is this one's."""
    if case in world.journal.done_at:
        return DONE
    calls = world.ticket_api.calls(DELETE)
    if any(call.ended is None for call in calls):
        return CALLING
    began = max((said.at for said in world.journal.about(case) if "under way" in said.claims), default=0.0)
    return ANSWERED if any(call.started > began for call in calls) else SENDING


def _got_receipt(world: World, case: str) -> bool:
    return any(said.is_direct and "receipt" in said.claims for said in world.journal.about(case))
