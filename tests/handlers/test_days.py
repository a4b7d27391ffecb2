"""A day without a time is that day wherever it is shown: Slack shows a time in the reader's zone, on another day."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blockkit import blocks
from bot.sandbox.slack import SlackMessage
from tests.handlers.modals import open_details
from tests.support.world import ALICE, World

NUMBER, DAY, SHOWN = "2531581", "2025-01-26", "26 Jan 2025"
DAYS: dict[str, Any] = {
    "Date": DAY,
    "CloseDate": DAY,
    "Notes": [{"Date": DAY, "Note": "Called back."}],
    "Statistics": [{"Date": DAY, "Action": "create"}],
}


def shown(payload: object) -> str:
    """All of it; no time of that day, or of those beside it, may be for Slack to show."""
    written = json.dumps(payload)
    times = [
        int(found) for found in re.findall(r'<!date\^(\d+)|"timestamp": (\d+)', written) for found in found if found
    ]
    near = datetime(2025, 1, 26, 12, tzinfo=UTC).timestamp()
    assert not [time for time in times if abs(time - near) < 3 * 86_400]
    return written


@pytest.fixture
def dated(team: World) -> World:
    team.ticket_api.tickets[NUMBER].update(DAYS)
    return team


async def test_a_card_its_share_and_its_details_show_the_day(dated: World) -> None:
    card = await dated.command(ALICE, f"/ticket {NUMBER}")
    assert shown(card.payload).count(SHOWN) == 2  # opened, and the note
    *_, details = await open_details(dated, ALICE, card)
    assert shown(details).count(SHOWN) == 4  # opened, closed, the note, and the history
    assert SHOWN in shown((await dated.click(ALICE, card, "Share")).payload)


async def test_a_closed_tickets_card_shows_the_day(dated: World) -> None:
    dated.ticket_api.tickets[NUMBER]["Status"] = True
    card = await dated.command(ALICE, f"/ticket {NUMBER}")
    assert shown(card.payload).count(SHOWN) == 3  # opened, closed, and the note


async def test_a_request_and_the_receipt_show_the_day(dated: World) -> None:
    request = await dated.command(ALICE, f"/ticket-delete {NUMBER}")
    assert SHOWN in shown(request.payload)
    await dated.click(ALICE, request, f"Delete {NUMBER}")
    receipt = [posted for posted in dated.slack.messages if posted.channel == ALICE]
    assert shown([posted.payload for posted in receipt]).count(SHOWN) == 2  # opened, and the note


async def test_notes_of_a_day_and_of_a_time_come_newest_first(team: World) -> None:
    notes = [("2025-01-25T23:00:00Z", "note-c"), ("2025-01-27", "note-a"), (DAY, "note-b"), (None, "note-d")]
    team.ticket_api.tickets[NUMBER]["Notes"] = [{"Date": date, "Note": note} for date, note in notes]
    *_, details = await open_details(team, ALICE, await team.command(ALICE, f"/ticket {NUMBER}"))
    assert re.findall("note-.", read(details)) == ["note-a", "note-b", "note-c", "note-d"]


def read(view: dict[str, Any]) -> str:
    return json.dumps(SlackMessage("", "", None, view).blocks)


@settings(deadline=None)
@given(st.dates(datetime(1990, 1, 1, tzinfo=UTC).date(), datetime(2199, 12, 31, tzinfo=UTC).date()))
def test_every_day_is_plain_text(day: Any) -> None:  # noqa: ANN401
    assert blocks.date(day) == blocks.date(day, "{date_short_pretty}") == blocks.utc(day) == f"{day:%-d %b %Y}"
    assert blocks.rich_date(day) == {"type": "text", "text": f"{day:%-d %b %Y}"}
