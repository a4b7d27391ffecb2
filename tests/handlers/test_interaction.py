"""What is read from Slack's payloads, whose shape differs between surfaces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack import TEAM, Json
from handlers.slack.interaction import Interaction
from tests.support.world import ALICE, World, words

PRESS: Json = {
    "type": "block_actions",
    "user": {"id": ALICE, "team_id": TEAM},
    "team": {"id": TEAM},
    "container": {"type": "message", "channel_id": "C01SUPPORT"},
    "actions": [{"type": "button", "action_id": "a", "value": "HYXTNJV"}],
}


def parsed(**changes: object) -> Interaction:
    return Interaction.parse({**PRESS, **changes}, deadline=1.0, reference="7F3K9")


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ({"type": "button", "value": "HYXTNJV"}, "HYXTNJV"),
        ({"type": "overflow", "selected_option": {"text": {}, "value": "HYXTNJV"}}, "HYXTNJV"),
        ({"type": "overflow", "value": "older", "selected_option": {"value": "HYXTNJV"}}, "HYXTNJV"),
        ({"type": "button"}, ""),
        ({"type": "overflow", "selected_option": None}, ""),
    ],
)
def test_a_button_and_an_option_of_a_menu_carry_their_value_alike(action: Json, value: str) -> None:
    assert parsed(actions=[action]).action_value == value


async def test_a_menus_option_does_what_a_button_does(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    refresh = card.button("Refresh")
    option = {"text": refresh["text"], "value": refresh["value"]}
    menu = {"type": "overflow", "action_id": refresh["action_id"], "options": [option]}
    row = next(block for block in card.blocks if block["type"] == "actions")
    row["elements"][:] = [menu]
    team.ticket_api.tickets["HYXTNJV"]["Subject"] = "Solved, nearly"
    assert await team.click(ALICE, card, "Refresh") is card
    assert "Solved, nearly" in words(card)


COMMAND: Json = {
    "command": "/ticket",
    "text": "typed",
    "user_id": ALICE,
    "team_id": TEAM,
    "channel_id": "C01SUPPORT",
    "response_url": "https://hooks.slack.example/1",
}
SHORTCUT: Json = {**PRESS, "type": "message_action", "message": {"text": "read"}}


@pytest.mark.parametrize(
    ("body", "texts"),
    [(COMMAND, ("typed", "", "")), (PRESS, ("", "HYXTNJV", "")), (SHORTCUT, ("", "", "read"))],
)
def test_each_kind_of_interaction_has_a_text_of_its_own(body: Json, texts: tuple[str, str, str]) -> None:
    interaction = Interaction.parse(body, deadline=1.0, reference="7F3K9")
    assert (interaction.command_text, interaction.action_value, interaction.message_text) == texts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([COMMAND, PRESS, SHORTCUT]), st.data())
def test_a_payload_of_any_shape_is_an_interaction_or_a_value_error(body: dict[str, Any], data: st.DataObject) -> None:
    keys = st.sampled_from([*body, "message", "channel", "view"])
    changes = data.draw(st.dictionaries(keys, JSON, max_size=3))
    try:
        Interaction.parse({**body, **changes}, deadline=1.0, reference="7F3K9")
    except ValueError:
        return


def test_a_workspace_that_the_person_is_not_said_to_be_of_is_the_payloads() -> None:
    assert parsed(user={"id": ALICE}).actor.team_id == TEAM
    assert parsed(user={"id": ALICE, "team_id": None}).actor.team_id == TEAM
    assert parsed(user={"id": ALICE, "team_id": "T02OTHER"}).actor.team_id == "T02OTHER"
    assert parsed(user={"id": ALICE}, team=None).actor.team_id == ""


async def test_a_member_of_whom_slack_names_no_workspace_is_served(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    click = team.slack.click_payload(ALICE, card, card.button("Refresh"))
    del click["user"]["team_id"]
    assert await team.deliver(await team.slack.deliver("interactive", click)) is card


THREAD = PARENT = "1700000000.000100"
REPLY = "1700000001.000200"


@pytest.mark.parametrize(
    ("body", "thread_ts"),
    [
        ({"message": {"ts": REPLY, "thread_ts": THREAD}}, THREAD),
        ({"message": {"ts": PARENT, "thread_ts": PARENT}}, ""),
        ({"message": {"ts": REPLY}}, ""),
        ({"container": {"message_ts": REPLY, "thread_ts": THREAD, "is_ephemeral": True}}, THREAD),
        ({"container": {"message_ts": PARENT, "thread_ts": PARENT}}, ""),
        ({"container": {"message_ts": PARENT}, "message": {"thread_ts": PARENT}}, ""),
        ({"message": {"ts": REPLY, "thread_ts": "a thread"}}, ""),
        ({"message": {"ts": REPLY, "thread_ts": 5}}, ""),
    ],
)
def test_a_threads_first_message_is_in_the_channel_and_an_answer_in_the_thread(body: Json, thread_ts: str) -> None:
    assert parsed(**body).thread_ts == thread_ts
