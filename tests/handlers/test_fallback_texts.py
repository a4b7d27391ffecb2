"""A message's top-level text, as Slack reads it: mrkdwn, for notifications, screen readers and old clients."""

import json
import re

import pytest

from bot.sandbox.slack import SlackMessage
from tests.gallery.case import Case
from tests.gallery.cases import CASES
from tests.support.world import ALICE, World

NUMBER = "2531581"
SUBJECTS = ["a &gt; b", "a > b", "> 5 winners", "&amp;lt; &#62; &", "Tom & Jerry <3", "R&amp;D", "<b>bold</b>"]
ENTITY = re.compile("&(amp|lt|gt);")
OURS = re.compile(r"<@[UW]\w+>|<!subteam\^S\w+>|<#[CG]\w+>|<!date\^\d+\^[^|<>]+\|[^<>]+>")


def read(text: str) -> str:
    """As Slack shows it; a word joiner is not seen."""
    return ENTITY.sub(lambda entity: {"amp": "&", "lt": "<", "gt": ">"}[entity[1]], text).replace("\u2060", "")


async def texts(world: World, subject: str) -> list[SlackMessage]:
    """Card, shared card, request, what is said under way and in the end, and the receipt."""
    world.ticket_api.tickets[NUMBER]["Subject"] = subject
    card = await world.command(ALICE, f"/ticket {NUMBER}")
    shared = await world.click(ALICE, card, "Share")
    request = await world.command(ALICE, f"/ticket-delete {NUMBER}")
    asked = SlackMessage(request.ts, request.channel, request.visible_to, request.payload)
    await world.click(ALICE, request, f"Delete {NUMBER}")
    return [card, shared, asked, request]


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_subject_reads_once_and_as_it_was_written(team: World, subject: str) -> None:
    card, shared, asked, deleted = await texts(team, subject)
    for message in (card, shared, asked):
        assert read(message.text).count(subject) == 1
    assert read(deleted.text).count(subject) <= 1
    for message in (card, shared, asked, deleted):
        assert ENTITY.sub("", OURS.sub("", message.text)).count("&") == 0
        assert not set("<>") & set(OURS.sub("", message.text))


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_subject_stands_as_it_was_written_in_blocks_that_slack_does_not_decode(
    team: World, subject: str
) -> None:
    for message in await texts(team, subject):
        runs = re.findall(r'"(?:plain_text|text)", "text": ("(?:[^"\\]|\\.)*")', json.dumps(message.blocks))
        assert subject in [json.loads(run).replace("\u2060", "") for run in runs]


@pytest.mark.parametrize("case", [case for case in CASES if "text" in case.payload], ids=lambda case: case.name)
def test_every_fallback_text_is_escaped_once(case: Case) -> None:
    text = OURS.sub("", str(case.payload["text"]))
    assert not set("<>") & set(text)
    assert "&" not in ENTITY.sub("", text)
    assert not re.search("&amp;(amp|lt|gt);", text)
