"""What makes a deletion trustworthy, in a browser: the wrong person, a second one, a lost key, a process that dies."""

import asyncio

import pytest
from playwright.async_api import expect

from bot.sandbox.ticket_api import Fault
from tests.e2e.slack_page import SlackPage
from tests.e2e.stage import Stage
from tests.e2e.test_browser import ASK, PRIVATE, QUESTION, button, deletions

pytestmark = pytest.mark.e2e

DELETE = "Delete 2531581"
RECORD = "Ticket 2531581 deleted"


async def test_somebody_else_clicks_first_and_is_refused(stage: Stage, page: SlackPage) -> None:
    await page.say(ASK)
    request = page.message(QUESTION)
    await page.act_as("Bob")
    await button(request, DELETE).click()
    await expect(page.message(PRIVATE, "who asked, can confirm this")).to_be_visible()
    assert deletions(stage) == []

    await page.act_as("Alice")
    await button(request, DELETE).click()
    await expect(page.message(RECORD, "Alice")).to_be_visible()
    assert deletions(stage) == [True]


async def test_in_second_person_mode_somebody_else_confirms(stage: Stage, page: SlackPage) -> None:
    await stage.restart(DELETE_SECOND_PERSON="on")
    await page.say(ASK)
    request = page.message(QUESTION)
    await button(request, DELETE).click()
    await expect(page.message(PRIVATE, "A second person must confirm")).to_be_visible()
    assert deletions(stage) == []

    await page.act_as("Bob")
    await button(request, DELETE).click()
    await expect(page.message(RECORD, "Bob")).to_be_visible()
    assert deletions(stage) == [True]


async def test_a_key_that_was_revoked_in_between_deletes_nothing(stage: Stage, page: SlackPage) -> None:
    await page.say(ASK)
    request = page.message(QUESTION)
    await expect(request).to_be_visible()
    key, stage.ticket_api.key = stage.ticket_api.key, "another"
    await button(request, DELETE).click()
    await expect(page.message(PRIVATE, "rejects the bot's API key")).to_be_visible()
    assert "2531581" in stage.ticket_api.tickets

    stage.ticket_api.key = key
    await button(request, DELETE).click()
    await expect(page.message(RECORD)).to_be_visible()


async def test_after_a_process_died_in_the_middle_check_tells_the_truth(stage: Stage, page: SlackPage) -> None:
    await page.say(ASK)
    answer = asyncio.Event()
    stage.ticket_api.fail("delete", Fault(until=answer))  # goes on when the bot is gone, as the real one would
    await button(page.message(QUESTION), DELETE).click()
    deleting = page.message("Deleting ticket 2531581…")
    await expect(deleting).to_be_visible()
    while (await stage.ticket_api.arrived.get()).endpoint != "delete":
        pass
    await stage.restart()  # by SIGKILL

    await button(deleting, "Stuck? Check now").click()
    looked = page.message("isn't deleted yet, but that may still happen")
    await expect(looked).to_be_visible()
    answer.set()
    while (await stage.ticket_api.ended.get()).endpoint != "delete":
        pass
    assert deletions(stage) == [True]
    await button(looked, "Check now").click()
    await expect(page.message("Ticket 2531581 can't be found any more")).to_be_visible()
