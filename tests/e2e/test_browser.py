"""A person types, reads and presses in a browser; what was really deleted is read off the ticket API's own state.

The page shows a rich text block as a placeholder and escaped text as written, so neither is looked at here.
"""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.slack_page import SlackPage
from tests.e2e.stage import Stage

pytestmark = pytest.mark.e2e

ASK = "/ticket-delete 2531581"
QUESTION = "Delete ticket 2531581?"
PRIVATE = "only visible to you"


def deletions(stage: Stage) -> list[bool]:
    """One item a delete request that reached the ticket API: whether it was carried out."""
    return [call.carried_out for call in stage.ticket_api.calls("delete")]


def button(message: Locator, label: str) -> Locator:
    return message.get_by_role("button", name=label, exact=True)


async def test_look_up_then_delete(stage: Stage, page: SlackPage) -> None:
    await page.say("/ticket HYXTNJV")
    card = page.message("Issue with sweepstakes configuration", "HYXTNJV")
    for text in (PRIVATE, "Open", "Medium", "Renaissance", "Summer Giveaway 2025", "John Doe"):
        await expect(card).to_contain_text(text)
    await expect(card).not_to_contain_text("user-token")
    await page.picture("browser-card.png")

    await page.say(ASK)
    request = page.message(QUESTION)
    await expect(request).not_to_contain_text(PRIVATE)
    await expect(request).to_contain_text("This can't be undone.")
    await expect(button(request, "Cancel")).to_be_visible()
    delete = button(request, "Delete 2531581")
    await expect(delete).to_have_class(re.compile(r"\bbk-danger\b"))
    await page.picture("browser-prompt.png")
    assert deletions(stage) == []

    await delete.click()
    record = page.message("Ticket 2531581 deleted")
    await expect(record).to_have_count(1)
    await expect(record).to_contain_text("Alice")
    await expect(record.locator(".bk-button")).to_have_count(0)
    await expect(request).to_have_count(0)
    await page.picture("browser-record.png")
    assert deletions(stage) == [True]
    assert "2531581" not in stage.ticket_api.tickets


async def test_cancel(stage: Stage, page: SlackPage) -> None:
    await page.say(ASK)
    await button(page.message(QUESTION), "Cancel").click()
    await expect(page.message("Request to delete 2531581 cancelled")).to_be_visible()
    await expect(page.message(QUESTION)).to_have_count(0)
    assert deletions(stage) == []
    assert "2531581" in stage.ticket_api.tickets


async def test_the_button_on_the_card(stage: Stage, page: SlackPage) -> None:
    await page.say("/ticket 2531581")
    card = page.message("Winners page shows the wrong prize", PRIVATE)
    await card.locator("select").select_option("Delete… (asks in this channel)")
    await button(page.message(QUESTION), "Delete 2531581").click()
    await expect(page.message("Ticket 2531581 deleted")).to_be_visible()
    assert deletions(stage) == [True]
    assert "2531581" not in stage.ticket_api.tickets

    await page.open_conversation("Alice")
    receipt = page.message("Ticket 2531581 was deleted.", "Keep this: it is the only copy.")
    await expect(receipt).to_be_visible()


async def test_someone_who_may_not_delete(stage: Stage, page: SlackPage) -> None:
    await page.act_as("Carol")
    await page.say("/ticket HYXTNJV")
    card = page.message("Issue with sweepstakes configuration")
    await expect(card).to_be_visible()
    await expect(card).not_to_contain_text("Delete…")
    await page.say(ASK)
    refusals = page.message(PRIVATE, "You can't delete tickets")
    await expect(refusals).to_have_count(1)
    await expect(page.message(QUESTION)).to_have_count(0)

    await page.act_as("Alice")
    await page.say(ASK)
    request = page.message(QUESTION)
    await expect(request).to_be_visible()
    await page.act_as("Carol")
    await button(request, "Delete 2531581").click()
    await expect(refusals).to_have_count(2)
    await expect(button(request, "Delete 2531581")).to_be_visible()
    assert deletions(stage) == []
    assert "2531581" in stage.ticket_api.tickets
