"""AUDIT_CHANNEL hears of everything but of every single refusal, no faster than Slack takes messages."""

import asyncio
import re
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit import AuditEvent, Event
from bot.blockkit.blocks import Message
from bot.sandbox import block_kit
from bot.tickets import CaseNumber
from handlers.slack.audit_channel import PAUSE_S, AuditChannel
from handlers.slack.runner import CANCEL_GRACE_S, Runner
from tests.handlers.deletions import AuditLines
from tests.support import skipping
from tests.support.world import ALICE, CAROL, World

NUMBER = CaseNumber("2531581")


def event(kind: Event, user: str = CAROL, ref: str = "7F3K9") -> AuditEvent:
    return AuditEvent(
        event=kind,
        change="delete",
        user=user,
        team="T01SWEEP",
        channel="C01SUPPORT",
        case_number=NUMBER,
        outcome="not in TICKET_DELETERS",
        ref=ref,
    )


@dataclass
class Channel:
    """What it was told, and when; it refuses messages as often as `refuses` says."""

    refuses: list[bool] = field(default_factory=list)
    posted: list[tuple[float, str]] = field(default_factory=list)

    async def send(self, message: Message) -> bool:
        assert block_kit.violations(message.payload()) == []
        if self.refuses and self.refuses.pop(0):
            return False
        lines = "\n".join(block["elements"][0]["text"] for block in message.blocks)
        self.posted.append((asyncio.get_running_loop().time(), lines))
        return True

    @property
    def lines(self) -> list[str]:
        return [line for _, lines in self.posted for line in lines.split("\n")]


def made(channel: Channel, **options: Any) -> AuditChannel:  # noqa: ANN401
    replies: Any = SimpleNamespace(hurry=asyncio.Event())
    return AuditChannel(channel.send, Runner(replies, deadline_s=20.0, random=Random(1)), **options)


def refusals_told(lines: list[str]) -> int:
    more = re.findall(r"and ([\d,]+) more", "\n".join(lines))
    return sum("*Refused*" in line for line in lines) + sum(int(number.replace(",", "")) for number in more)


def test_many_refusals_of_one_person_are_counted_in_one_line() -> None:
    async def main() -> Channel:
        channel = Channel()
        audit = made(channel)
        for _ in range(15):
            audit.post(event("refused"), 0)
        await audit.runner.wait_idle()
        return channel

    channel = skipping.run(main())
    assert len(channel.lines) == 1
    assert "and 14 more refusals" in channel.lines[0]


def test_a_flood_of_refusals_holds_up_no_deletion_and_floods_no_channel() -> None:
    async def main() -> Channel:
        channel = Channel()
        audit = made(channel)
        for number in range(1_000):
            audit.post(event("refused", f"U{number % 50:07}"), 0)
            await asyncio.sleep(0.1)
        audit.post(event("confirmed", ALICE), 0)
        audit.post(event("deleted", ALICE), 0)
        await asyncio.sleep(60)
        return channel

    channel = skipping.run(main())
    at = {kind: when for when, lines in channel.posted for kind in ("confirmed", "Deleted") if kind in lines}
    assert at["confirmed"] <= 100 + PAUSE_S + 0.2
    assert at["Deleted"] <= 100 + 2 * PAUSE_S + 0.2
    assert len(channel.posted) <= 2 + 2 + 100 // 30
    assert refusals_told(channel.lines) == 1_000


_EVENTS: list[Event] = ["asked", "refused", "refused", "confirmed", "deleted", "failed"]
_steps = st.lists(
    st.tuples(st.sampled_from(_EVENTS), st.sampled_from([ALICE, CAROL]), st.sampled_from([0.0, 0.0, 0.3, 5.0, 40.0])),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(_steps, st.lists(st.booleans(), max_size=12))
def test_nothing_but_refusals_is_ever_left_out_and_slack_is_never_pressed(
    steps: list[tuple[Event, str, float]], refuses: list[bool]
) -> None:
    async def main() -> Channel:
        channel = Channel(list(refuses))
        audit = made(channel)
        for number, (kind, user, pause_s) in enumerate(steps):
            audit.post(event(kind, user, f"step {number}"), number)
            await asyncio.sleep(pause_s)
        await asyncio.sleep(3_600)
        return channel

    channel = skipping.run(main())
    expected = [f"step {number}" for number, (kind, _, _) in enumerate(steps) if kind != "refused"]
    shown = "\n".join(line for line in channel.lines if "*Refused*" not in line)
    assert re.findall(r"step \d+", shown) == expected
    times = [when for when, _ in channel.posted]
    assert all(later - sooner >= PAUSE_S - 1e-6 for sooner, later in pairwise(times))
    if not any(refuses):
        assert refusals_told(channel.lines) == sum(kind == "refused" for kind, _, _ in steps)


def test_a_bot_that_is_stopped_tells_what_waits_before_it_goes() -> None:
    async def main() -> Channel:
        channel = Channel()
        audit = made(channel, pause_s=30.0)
        for number in range(20):
            audit.post(event("deleted", ALICE, f"step {number}"), number)
        await asyncio.sleep(1)
        audit.post(event("refused"), 20)
        await audit.runner.drain(CANCEL_GRACE_S)
        await audit.close()
        return channel

    shown = "\n".join(skipping.run(main()).lines)
    assert re.findall(r"step \d+", shown) == [f"step {number}" for number in range(20)]
    assert refusals_told([shown]) == 1


def test_a_line_that_comes_late_has_its_time_in_it() -> None:
    async def main() -> Channel:
        channel = Channel(refuses=[True])
        audit = made(channel)
        audit.post(event("deleted", ALICE), 1_795_000_000)
        await asyncio.sleep(70)
        audit.post(event("deleted", ALICE), 1_795_000_070)
        await asyncio.sleep(70)
        return channel

    late, request = skipping.run(main()).lines
    assert "<!date^1795000000^" in late
    assert "<!date^" not in request


@pytest.mark.parametrize("slip", ["7", "two words", "", "help", "<!channel>"])
async def test_a_slip_of_the_hand_is_no_event(empty_world: World, audit: AuditLines, slip: str) -> None:
    async with empty_world.bot(audit_channel="C01AUDIT"):
        await empty_world.command(ALICE, f"/ticket-delete {slip}")
        await empty_world.command(CAROL, f"/ticket-delete {slip}")
        empty_world.serving.services.runner.draining = True
        await empty_world.command(ALICE, f"/ticket-delete {slip}")
    assert audit.lines == []
    assert [posted for posted in empty_world.slack.messages if posted.channel == "C01AUDIT"] == []


async def test_a_refusal_is_in_the_channel_and_on_record(empty_world: World, audit: AuditLines) -> None:
    async with empty_world.bot(audit_channel="C01AUDIT"):
        await empty_world.command(CAROL, f"/ticket-delete {NUMBER}")
    lines = [posted.text for posted in empty_world.slack.messages if posted.channel == "C01AUDIT"]
    assert len(lines) == 1
    assert "not in TICKET_DELETERS" in lines[0]
    assert audit.events == ["refused"]
