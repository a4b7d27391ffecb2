"""Of a message that is looked up all is read that a person sees in it, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack import SlackMessage
from bot.tickets import find_case_numbers, find_possible_case_numbers
from handlers.slack.message_text import message_text
from tests.support.world import ALICE, World, words

Json = dict[str, Any]


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def rich_text(*runs: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(runs)}]}


def run(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, "style": style}


def in_attachment(key: str) -> Callable[[str], Json]:
    return lambda seen: {"attachments": [{"fallback": "NO FALLBACK DEFINED", key: seen}]}


def in_file(key: str) -> Callable[[str], Json]:
    return lambda seen: {"files": [{"id": "F0000001", "title": "Re", "filetype": "email", key: seen}]}


def in_block(make: Callable[[str], Json]) -> Callable[[str], Json]:
    return lambda seen: {"text": "This content can't be displayed.", "blocks": [make(seen)]}


SEEN: dict[str, Callable[[str], Json]] = {
    "text": lambda seen: {"text": f"see {seen}!"},
    "text, a link's label": lambda seen: {"text": f"<https://a.example/|{seen}>"},
    "text, a link's address": lambda seen: {"text": f"<https://a.example/?case={seen}&amp;x=1|the ticket>"},
    "text, an address in an address": lambda seen: {"text": f"<https://a.example/?url=https%3A%2F%2Fb%2F{seen}>"},
    "text, escaped": lambda seen: {"text": f"&lt;{seen}&gt;"},
    **{f"attachment, {key}": in_attachment(key) for key in ("title", "pretext", "text", "footer", "author_name")},
    "attachment, title_link": lambda seen: {
        "attachments": [{"title": "The ticket", "title_link": f"https://a.example/{seen}"}]
    },
    "attachment, a field's value": lambda seen: {"attachments": [{"fields": [{"title": "Case", "value": seen}]}]},
    "attachment, a field's title": lambda seen: {"attachments": [{"fields": [{"title": seen, "value": "Case"}]}]},
    "attachment, a fallback alone": in_attachment("fallback"),
    "attachment, a button": lambda seen: {"attachments": [{"actions": [{"type": "button", "text": seen}]}]},
    "attachment, blocks": lambda seen: {
        "attachments": [{"fallback": "[no preview available]", "blocks": [section(seen)]}]
    },
    "attachment, a shared message": lambda seen: {
        "attachments": [{"message_blocks": [{"team": "T1", "message": {"blocks": [rich_text(run(seen))]}}]}]
    },
    "attachment, a shared file": lambda seen: {"attachments": [{"files": [{"title": seen}]}]},
    **{f"file, {key}": in_file(key) for key in ("title", "subject", "plain_text", "alt_txt")},
    "file, a name where there is no title": lambda seen: {"files": [{"name": seen}]},
    "file, a snippet": lambda seen: {"files": [{"title": "a.txt", "preview": seen}]},
    "section": in_block(section),
    "section, fields": in_block(lambda seen: {"type": "section", "fields": [mrkdwn("*Case*"), mrkdwn(seen)]}),
    "section, a button": in_block(
        lambda seen: {**section("x"), "accessory": {"type": "button", "text": mrkdwn(seen), "action_id": "a"}}
    ),
    "header": in_block(lambda seen: {"type": "header", "text": {"type": "plain_text", "text": seen}}),
    "context": in_block(lambda seen: {"type": "context", "elements": [mrkdwn(seen)]}),
    "image, alt_text": in_block(
        lambda seen: {"type": "image", "image_url": "https://a.example/b.png", "alt_text": seen}
    ),
    "image, title": in_block(
        lambda seen: {"type": "image", "image_url": "x", "alt_text": "x", "title": {"type": "plain_text", "text": seen}}
    ),
    "markdown": in_block(lambda seen: {"type": "markdown", "text": f"**{seen}**"}),
    "table": in_block(lambda seen: {"type": "table", "rows": [[{"type": "raw_text", "text": seen}]]}),
    "video": in_block(lambda seen: {"type": "video", "title": {"type": "plain_text", "text": seen}, "alt_text": "x"}),
    "rich text": in_block(lambda seen: rich_text(run(seen))),
    "rich text, a link's label": in_block(
        lambda seen: rich_text({"type": "link", "url": "https://a.example", "text": seen})
    ),
    "rich text, a link's address": in_block(
        lambda seen: rich_text({"type": "link", "url": f"https://a.example/{seen}", "text": "the ticket"})
    ),
    "rich text, a list": in_block(
        lambda seen: {
            "type": "rich_text",
            "elements": [{"type": "rich_text_list", "elements": rich_text(run(seen))["elements"]}],
        }
    ),
    "rich text, two styles": in_block(lambda seen: rich_text(run(seen[:3], bold=True), run(seen[3:]))),
}
UNSEEN: dict[str, Callable[[str], Json]] = {
    "a button's value": in_block(
        lambda hidden: {"type": "actions", "elements": [{"type": "button", "text": mrkdwn("x"), "value": hidden}]}
    ),
    "ids": in_block(lambda hidden: {**section("x"), "block_id": hidden}),
    "a dialog": in_block(
        lambda hidden: {"type": "actions", "elements": [{"type": "button", "confirm": {"text": mrkdwn(hidden)}}]}
    ),
    "metadata": lambda hidden: {"text": "x", "metadata": {"event_payload": {"text": hidden}}},
    "a picture's address": in_block(lambda hidden: {"type": "image", "image_url": hidden, "alt_text": "x"}),
    "a fallback beside a text": lambda hidden: {"attachments": [{"fallback": hidden, "text": "the ticket"}]},
    "a fallback beside blocks": lambda hidden: {"attachments": [{"fallback": hidden, "blocks": [section("x")]}]},
    "a person": lambda hidden: {"text": f"<@{hidden}> <@U1|{hidden}>"},
    "a channel": lambda hidden: {"text": f"<#{hidden}|{hidden}>"},
    "a date's fallback": lambda hidden: {"text": f"<!date^1^{{date}}|{hidden}>"},
    "an emoji": lambda hidden: {"text": f":{hidden.lower()}x: :+1:"},
    "a telephone number's address": lambda hidden: {"text": f"<tel:{hidden}|call>"},
    "rich text, a person": in_block(lambda hidden: rich_text({"type": "user", "user_id": hidden})),
    "rich text, a date's fallback": in_block(lambda hidden: rich_text({"type": "date", "fallback": hidden})),
    "rich text, an emoji": in_block(lambda hidden: rich_text({"type": "emoji", "name": hidden})),
    "an e-mail's HTML": lambda hidden: {
        "files": [{"title": "Re", "plain_text": "x", "preview": f"<i style='{hidden}'>"}]
    },
}
NUMBERS = st.from_regex(r"[A-Z0-9]{7}", fullmatch=True)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(SEEN)), NUMBERS)
def test_a_case_number_is_found_wherever_a_person_sees_one(place: str, number: str) -> None:
    assert find_case_numbers(message_text(SEEN[place](number))) == [number]


@pytest.mark.parametrize("place", SEEN)
def test_each_place_that_a_person_sees_is_read(place: str) -> None:
    assert find_case_numbers(message_text(SEEN[place]("2531581"))) == ["2531581"]


@pytest.mark.parametrize("place", UNSEEN)
@pytest.mark.parametrize("hidden", ["2531581", "hyxtnjv"])
def test_what_nobody_sees_is_not_read(place: str, hidden: str) -> None:
    text = message_text(UNSEEN[place](hidden))
    assert find_case_numbers(text) == find_possible_case_numbers(text) == []


@pytest.mark.parametrize(
    "message",
    [
        {"text": "", "attachments": [{"fallback": "NO FALLBACK DEFINED"}]},
        {"text": "", "attachments": [{"fallback": "[no preview available]", "blocks": []}]},
        {"text": "This content can't be displayed.", "blocks": [{"type": "divider"}]},
        {"text": ":warning: :tickets: see https://support.example.com/tickets/archive"},
    ],
)
def test_placeholders_emoji_and_addresses_are_no_words(message: Json) -> None:
    text = message_text(message)
    assert find_case_numbers(text) == find_possible_case_numbers(text) == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("support", {}),
        ("about", {"fields": [{"title": "Case", "value": "letters"}]}),
    ],
)
async def test_words_of_seven_small_letters_are_offered_and_never_looked_up_unasked(
    team: World, first: str, then: Json
) -> None:
    choice = await looks_up(team, {"text": first, "attachments": [then]})
    assert choice.visible_to == ALICE
    assert [button["value"] for button in choice.buttons] == ["SUPPORT" if first == "support" else "LETTERS"]
    assert team.ticket_api.log == []
    assert "/ticket [case number]" in words(choice)


async def test_a_case_number_in_small_letters_is_looked_up_when_its_button_is_clicked(team: World) -> None:
    choice = await looks_up(team, {"text": "please have a look at hyxtnjv"})
    card = await team.click(ALICE, choice, choice.buttons[0]["text"]["text"])
    assert "Issue with sweepstakes configuration" in words(card)
    assert card.visible_to == ALICE


async def test_beside_a_case_number_no_word_is_taken_for_one(team: World) -> None:
    card = await looks_up(team, {"text": "support letters: winners of HYXTNJV"})
    assert "Issue with sweepstakes configuration" in words(card)


async def test_at_most_ten_words_are_offered(team: World) -> None:
    choice = await looks_up(team, {"text": " ".join("winner" + letter for letter in "abcdefghijklmnop")})
    assert len(choice.buttons) == 10
    assert team.slack.refused == []


async def looks_up(world: World, message: Json) -> SlackMessage:
    body = world.slack.shortcut_payload(ALICE, "look_up_ticket", message)
    return await world.deliver(await world.slack.deliver("interactive", body))


_KEYS = "text type blocks attachments files elements fields fallback title value url rich_text_section"
KEYS = st.sampled_from(_KEYS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(KEYS, JSON))
def test_a_message_of_any_shape_is_read_without_an_error(message: Json) -> None:
    assert isinstance(message_text(message), str)


def test_blocks_nested_absurdly_deep_cost_nothing_but_themselves() -> None:
    deep: Json = section("deep")
    for _ in range(5_000):
        deep = {"type": "x", "elements": [deep]}
    assert message_text({"text": "2531581", "blocks": [deep]}) == "2531581"
