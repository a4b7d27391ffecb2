"""What the tests of modals and of looking up share."""

from typing import Any

from bot.messages.action_ids import ActionId
from bot.sandbox.slack import SlackMessage
from tests.support.world import ALICE, World, words

FETCH = "fetchSingleTicket"
View = dict[str, Any]


class ShownViews(dict[str, View]):
    """Views by their ids, with all that anybody has seen in them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[View] = []

    def __setitem__(self, view_id: str, view: View) -> None:
        self.seen.append(view)
        super().__setitem__(view_id, view)


async def open_details(world: World, user: str, card: SlackMessage, button: str = "Details") -> list[View]:
    """What the modal showed, one after another."""
    return await views_after(world, world.slack.click_payload(user, card, card.button(button)))


async def turn_page(world: World, user: str, view: View, label: str) -> list[View]:
    button = next(one for one in buttons(view) if one["text"]["text"] == label)
    return await views_after(world, world.slack.view_click_payload(user, view, button))


async def views_after(world: World, body: View) -> list[View]:
    world.slack.views, before = (shown := ShownViews()), world.slack.views
    dict.update(shown, before)
    acknowledged = await world.slack.deliver("interactive", body)
    assert acknowledged.status == 200
    await world.serving.services.runner.wait_idle()
    return shown.seen


async def look_up(world: World, text: str, user: str = ALICE, **message: object) -> SlackMessage:
    """The shortcut, on a message that says so."""
    body = world.slack.shortcut_payload(user, "look_up_ticket", {"text": text, **message})
    return await world.deliver(await world.slack.deliver("interactive", body))


def buttons(view: View) -> list[dict[str, Any]]:
    return [element for block in view["blocks"] if block["type"] == "actions" for element in block["elements"]]


def read(view: View) -> str:
    return words(SlackMessage("", "", None, view))


THREAD = "1700000000.000100"


async def card_in_a_thread(world: World) -> SlackMessage:
    body = world.slack.shortcut_payload(ALICE, "look_up_ticket", {"text": "see HYXTNJV", "thread_ts": THREAD})
    return await world.deliver(await world.slack.deliver("interactive", body))


def in_modal(world: World, view: View, action: ActionId, user: str = ALICE) -> View:
    return world.slack.view_click_payload(user, view, {"action_id": action, "value": "HYXTNJV"})
