"""Who lives in a world: people in Slack, the vendor's own page, and whoever runs the bots."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.simulation.chance import evenly
from tests.simulation.journal import CHECK
from tests.simulation.slack_messages import Button

if TYPE_CHECKING:
    from tests.simulation.world import World

ALICE, BOB, CAROL, DAVE, ERIN = "U01ALICE", "U01BOB", "U01CAROL", "U01DAVE", "U01ERIN"
PEOPLE = (ALICE, BOB, CAROL, DAVE, ERIN)
TEAMS = {ERIN: "T0OTHER"}  # of another workspace, and on the lists by mistake
CHANNELS = ("C01SUPPORT", "C02OTHER")
AUDIT_CHANNEL = "C0AUDIT"
SECRET = "whisper"
"""Is in every text of every ticket, and so in nothing that may not have ticket content."""
PERSONAL = "jane.whisper@example.com"

_DOES = {
    "look": 0.1,
    "ask": 0.28,
    "click": 0.5,
    "click twice": 0.05,
    "look up": 0.04,
    "mistype": 0.03,
}
_WHICH = {"1": 0.2, "2": 0.1, "5": 0.05, "11": 0.03}  # counted back from the newest, which it is mostly
_WITHOUT_BOT = {"not_in_channel": 0.12, "channel_not_found": 0.12, "restricted_action": 0.05}
_TIME_TO_READ_S = 10.0
_PAUSE_S = {ALICE: 14.0, BOB: 14.0, CAROL: 60.0, DAVE: 90.0, ERIN: 90.0}


async def live(world: "World", user: str) -> None:
    """A person does one thing after the other, mostly about what was shown last, sometimes about what is long over."""
    count = 0
    while True:
        await asyncio.sleep(world.chance.pause(f"{user}'s time", _PAUSE_S[user]))
        if world.loop.now() > world.ends_at:
            return
        count += 1
        await _do(world, user, world.chance.choose(user, _DOES), f"{user}#{count}")


async def _do(world: "World", user: str, what: str, cause: str) -> None:
    channel = world.chance.choose(f"where {cause}", {CHANNELS[1]: 0.12}) or CHANNELS[0]
    if what == "look":
        world.command(cause, user, channel, "/ticket", _a_ticket(world, cause))
    elif what == "ask":
        world.command(cause, user, channel, "/ticket-delete", _a_ticket(world, cause))
    elif what == "look up":
        world.look_up(cause, user, channel, f"see {_a_ticket(world, cause)} please")
    elif what == "mistype":
        text = world.chance.choose(f"typed, {cause}", evenly("help", "12", "NOSUCH5", "two words", of=0.8))
        command = world.chance.choose(f"with which, {cause}", {"/ticket": 0.5}) or "/ticket-delete"
        world.command(cause, user, channel, command, text)
    elif what:
        await _click(world, user, cause, twice=what == "click twice")


async def _click(world: "World", user: str, cause: str, *, twice: bool) -> None:
    button = _a_button(world, user, cause)
    if button is None:
        return
    world.press(cause, user, button)
    if twice:
        await asyncio.sleep(world.chance.seconds(f"between two, {cause}", 0, 0.5))
        world.press(f"{cause} again", user, button)


def _a_ticket(world: "World", cause: str) -> str:
    found = [case for case, ticket in world.api.tickets.items() if ticket["Status"] is False] or ["0000001"]
    at = int(world.chance.choose(f"which ticket, {cause}", _WHICH) or 0)
    return found[-1 - at % len(found)]


def _a_button(world: "World", user: str, cause: str) -> Button | None:
    """One that the person has seen, be it that it is shown no more; mostly one that is theirs to click."""
    seen = [
        button
        for button in world.slack.seen[-60:]
        if button.posted.visible_to in {None, user} and button.posted.channel != AUDIT_CHANNEL
    ]
    theirs = [button for button in seen if f'"requester":"{user}"' in button.value or '"requester"' not in button.value]
    if theirs and not world.second_person and not world.chance.happens(f"somebody else's, {cause}", 0.25):
        seen = theirs
    if seen and seen[-1].action == CHECK and world.chance.happens(f"checks, {cause}", 0.5):
        return seen[-1]
    kind = world.chance.choose(f"preferred, {cause}", {"delete_ticket": 0.5, "resolve_ticket": 0.08, CHECK: 0.12})
    seen = [button for button in seen if button.action == kind] or seen
    at = int(world.chance.choose(f"which button, {cause}", _WHICH) or 0)
    return seen[-1 - at % len(seen)] if seen else None


async def rivals(world: "World") -> None:
    """In some worlds Alice and Bob ask for the deletion of one ticket again and again, and click in one moment."""
    count, is_so = 0, world.chance.happens("rivals", 0.35)
    while is_so:
        await asyncio.sleep(world.chance.pause("the rivals' time", 40))
        if world.loop.now() > world.ends_at:
            return
        count += 1
        case = _a_ticket(world, f"rivals#{count}")
        for user in (ALICE, BOB):
            world.command(f"{user} the rival#{count}", user, CHANNELS[0], "/ticket-delete", case)
        await asyncio.sleep(world.chance.seconds(f"the rivals think, {count}", 2, 8))
        for user in (ALICE, BOB):
            if button := _their_button(world, user, case):
                world.press(f"{user} the rival clicks#{count}", user, button)


def _their_button(world: "World", user: str, case: str) -> Button | None:
    """The newest *Delete* that they may click: on their own request, or on another's where that takes two."""
    for button in reversed(world.slack.seen):
        is_it = button.action == "delete_ticket" and f'"{case}"' in button.value
        is_own = f'"requester":"{user}"' in button.value
        if is_it and button.posted.visible_to in {None, user} and is_own is not world.second_person:
            return button
    return None


async def ask_and_click(world: "World", between: Callable[[], None]) -> None:
    """Alice asks for the deletion of a new ticket, and who may confirms that, if there is a request."""
    case = world.open_ticket()
    world.command("the last question", ALICE, CHANNELS[0], "/ticket-delete", case)
    await asyncio.sleep(_TIME_TO_READ_S)
    between()
    who = BOB if world.second_person else ALICE
    if button := _their_button(world, who, case):
        world.press("the last click", who, button)
        await asyncio.sleep(_TIME_TO_READ_S)


async def invitations(world: "World") -> None:
    """In some channels the bot is no member, or may not post; now and then it is invited, or taken out."""
    for channel in CHANNELS:
        _come_or_go(world, channel, world.chance.choose(f"the bot in {channel}", _WITHOUT_BOT))
    while world.loop.now() < world.ends_at:
        await asyncio.sleep(world.chance.pause("the next invitation", 150))
        channel = world.chance.pick("an invitation, where", CHANNELS)
        why = world.chance.choose("taken out", evenly(*_WITHOUT_BOT))
        _come_or_go(world, channel, "" if channel in world.slack.without_bot else why)


def _come_or_go(world: "World", channel: str, why: str) -> None:
    if why:
        world.slack.without_bot[channel] = why
    elif not world.slack.without_bot.pop(channel, ""):
        return
    world.journal.tell(
        world.loop.now(), f"CHANNEL: the bot {'is in' if not why else f'can not post ({why}) in'} {channel}"
    )


async def outages(world: "World") -> None:
    """Now and then the ticket system is down for everybody."""
    while world.loop.now() < world.ends_at:
        await asyncio.sleep(world.chance.pause("outage's time", 40))
        world.api.break_down("at any time")


async def vendor(world: "World", kinds: tuple[str, ...]) -> None:
    """Tickets change, close and vanish on the vendor's own page at any moment, and new ones are opened."""
    count = 0
    while world.loop.now() < world.ends_at:
        await asyncio.sleep(world.chance.pause("the vendor's time", 14))
        count += 1
        if sum(ticket["Status"] is False for ticket in world.api.tickets.values()) < 3:
            world.open_ticket()
        how = world.chance.choose("the vendor's page", evenly(*kinds, of=0.7)) if kinds else ""
        if how:
            edit(world, _a_ticket(world, f"the vendor's page#{count}"), how)


def edit(world: "World", case: str, how: str) -> None:
    found = world.api.tickets.get(case)
    if found is None:
        return
    world.journal.tell(world.loop.now(), f"VENDOR: {case}: {how}")
    number = len(world.journal.lines)
    changed: dict[str, Any] = {
        "subject": {"Subject": f"Subject {number}, {SECRET}"},
        "description": {"Description": f"<p>Description {number}, {SECRET}</p>"},
        "priority": {"Priority": found["Priority"] % 3 + 1},
        "note": {"Notes": [*found["Notes"], {"Note": f"Note {number}, {SECRET}"}]},
        "note text": {"Notes": [{"Note": f"Do not delete, {number}, {SECRET}"}]},
        "file swapped": {"Files": [{"FileName": f"{SECRET}-{number}.pdf"}]},
        "look": {"Views": found["Views"] + 1},
        "close": {"Status": True},
    }
    world.api.put(case, None if how == "vanish" else {**found, **changed[how]})


def ticket(case: str) -> dict[str, Any]:
    return {
        "CaseNumber": case,
        "Date": "2026-11-01T10:00:00.000Z",
        "AccountInfo": {"UserToken": "user-token", "FullName": f"Jane {SECRET}", "Email": PERSONAL},
        "Subject": f"Subject of {case}, {SECRET}",
        "Description": f"<p>Description, {SECRET}</p>",
        "Priority": 2,
        "ResourceAffected": "winners",
        "Notes": [{"Note": f"A note, {SECRET}"}],
        "Files": [{"FileName": f"{SECRET}.pdf"}],
        "Views": 0,
        "Statistics": [],
        "Status": False,
    }
