from typing import Any

import pytest

from bot.sandbox.block_kit import violations

PLAIN = {"type": "plain_text", "text": "Hello", "emoji": False}
MRKDWN = {"type": "mrkdwn", "text": "*Hello*", "verbatim": True}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "a", "value": "1"}
OPTION = {"text": PLAIN, "value": "1"}
CONFIRM = {"title": PLAIN, "text": MRKDWN, "confirm": PLAIN, "deny": PLAIN}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
RUN = {"type": "text", "text": "a"}
SECTION = {"type": "rich_text_section", "elements": [RUN]}
LIST = {"type": "rich_text_list", "style": "bullet", "elements": [SECTION]}
MODAL = {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}]}


def block(kind: str, **parts: object) -> dict[str, Any]:
    return {"type": kind, **parts}


def rich(*elements: object) -> dict[str, Any]:
    return block("rich_text", elements=list(elements))


def of(*blocks: dict[str, Any]) -> list[str]:
    return violations({"text": "fallback", "blocks": list(blocks)})


@pytest.mark.parametrize(
    "good",
    [
        block("header", text=PLAIN, block_id="b"),
        block("section", text=MRKDWN, accessory=BUTTON),
        block("section", fields=[MRKDWN] * 10),
        block("context", elements=[MRKDWN, PLAIN, IMAGE]),
        block(
            "actions",
            elements=[{**BUTTON, "action_id": str(n), "style": "danger", "confirm": CONFIRM} for n in range(25)],
        ),
        block("actions", elements=[{"type": "overflow", "action_id": "a", "options": [OPTION] * 5}]),
        block("divider"),
        IMAGE,
        rich(SECTION, LIST, {**LIST, "indent": 8, "offset": 3, "border": 1}),
        rich(
            {
                "type": "rich_text_quote",
                "elements": [{**RUN, "style": {"bold": True}}, {"type": "user", "user_id": "U1"}],
            }
        ),
        rich({"type": "rich_text_preformatted", "elements": [RUN, {"type": "link", "url": "https://a.example"}]}),
        rich({**SECTION, "elements": [{"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"}]}),
        rich({**SECTION, "elements": [{"type": "link", "url": "mailto:a@b.example", "text": "a"}]}),
    ],
)
def test_what_slack_takes_is_passed(good: dict[str, Any]) -> None:
    assert of(good) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (block("header", text={**PLAIN, "text": "x" * 141}), "blocks[0].text.text: 141 characters, at most 140"),
        (block("header", text={**PLAIN, "text": "😀" * 71}), "blocks[0].text.text: 142 characters, at most 140"),
        (block("header", text={**PLAIN, "text": " "}), "blocks[0].text.text: empty"),
        (block("header", text=MRKDWN), "blocks[0].text: type 'mrkdwn' is none of plain_text"),
        (block("header"), "blocks[0]: no text"),
        (block("header", text={**PLAIN, "verbatim": True}), "blocks[0].text: unknown key 'verbatim'"),
        (block("section"), "blocks[0]: none of text fields"),
        (block("section", text={**MRKDWN, "text": "x" * 2901}), "blocks[0].text.text: 2901 characters, at most 2900"),
        (block("section", fields=[MRKDWN] * 11), "blocks[0].fields: 11 of them, 1 to 10 are allowed"),
        (block("section", fields=[]), "blocks[0].fields: 0 of them, 1 to 10 are allowed"),
        (
            block("section", fields=[{**MRKDWN, "text": "x" * 1901}]),
            "blocks[0].fields[0].text: 1901 characters, at most 1900",
        ),
        (block("context", elements=[MRKDWN] * 11), "blocks[0].elements: 11 of them, 1 to 10 are allowed"),
        (block("actions", elements=[BUTTON, BUTTON]), "blocks[0]: action_id 'a' twice"),
        (
            block("actions", elements=[{**BUTTON, "text": {**PLAIN, "text": "x" * 76}}]),
            "blocks[0].elements[0].text.text: 76 characters, at most 75",
        ),
        (
            block("actions", elements=[{**BUTTON, "value": "x" * 2001}]),
            "blocks[0].elements[0].value: 2001 characters, at most 2000",
        ),
        (
            block("actions", elements=[{**BUTTON, "url": "javascript:x"}]),
            "blocks[0].elements[0].url: not a link of https, http",
        ),
        (
            block("actions", elements=[{**BUTTON, "url": "https://[x"}]),
            "blocks[0].elements[0].url: not a link of https, http",
        ),
        (
            block("actions", elements=[{**BUTTON, "style": "red"}]),
            "blocks[0].elements[0].style: 'red' is none of 'primary', 'danger'",
        ),
        (
            block("actions", elements=[{**BUTTON, "confirm": {**CONFIRM, "deny": {**PLAIN, "text": "x" * 31}}}]),
            "blocks[0].elements[0].confirm.deny.text: 31 characters, at most 30",
        ),
        (
            block("actions", elements=[{"type": "overflow", "action_id": "a", "options": [OPTION] * 6}]),
            "blocks[0].elements[0].options: 6 of them, 1 to 5 are allowed",
        ),
        (block("actions", elements="x"), "blocks[0].elements: not a list"),
        (
            block("markdown", text="x"),
            "blocks[0]: type 'markdown' is none of section, header, context, actions, divider, image, rich_text, input",
        ),
        (rich({**SECTION, "elements": []}), "blocks[0].elements[0].elements: 0 of them, 1 to 12000 are allowed"),
        (rich({**SECTION, "elements": [{**RUN, "text": ""}]}), "blocks[0].elements[0].elements[0].text: empty"),
        (rich({**SECTION, "elements": [{**RUN, "text": 1}]}), "blocks[0].elements[0].elements[0].text: not a string"),
        (
            rich({**SECTION, "elements": [{**RUN, "style": {}}]}),
            "blocks[0].elements[0].elements[0].style: none of bold italic strike code",
        ),
        (
            rich({**SECTION, "elements": [{**RUN, "style": {"bold": 1}}]}),
            "blocks[0].elements[0].elements[0].style.bold: 1 is not true or false",
        ),
        (
            rich({**SECTION, "elements": [{**RUN, "style": []}]}),
            "blocks[0].elements[0].elements[0].style: not an object",
        ),
        (
            rich({**SECTION, "elements": [{"type": "user", "user_id": "u 1"}]}),
            "blocks[0].elements[0].elements[0].user_id: malformed: 'u 1'",
        ),
        (rich({**LIST, "indent": 9}), "blocks[0].elements[0].indent: 9 is no whole number from 0 to 8"),
        (rich({**LIST, "border": True}), "blocks[0].elements[0].border: True is none of 0, 1"),
    ],
)
def test_what_slack_refuses_is_described_in_words(bad: dict[str, Any], fault: str) -> None:
    assert of(bad) == [fault]


def test_a_call_to_the_whole_channel_is_refused() -> None:
    (fault,) = of(rich({**SECTION, "elements": [{"type": "broadcast", "range": "here"}]}))
    assert "type 'broadcast' is none of" in fault


def test_a_message_needs_a_fallback_text_and_few_enough_blocks() -> None:
    assert violations({"blocks": [{"type": "divider"}]}) == ["text: not a string"]
    assert violations({"text": "x" * 3901}) == ["text: 3901 characters, at most 3900"]
    assert of(*[{"type": "divider"}] * 51) == ["blocks: 51 of them, 0 to 50 are allowed"]
    assert of(*[block("divider", block_id="b")] * 2) == ["blocks: block_id 'b' twice"]
    assert violations({"delete_original": True}) == []


def test_a_message_that_is_long_in_all_is_refused() -> None:
    (fault,) = of(*[block("section", text={**MRKDWN, "text": "x" * 2900})] * 5)
    assert fault.startswith("blocks: ")
    assert fault.endswith(" characters as JSON, at most 12000")


@pytest.mark.parametrize("unsendable", ["\ud800", object(), float("nan")])
def test_what_is_no_json_is_refused(unsendable: object) -> None:
    (fault,) = violations({"text": unsendable})
    assert fault.startswith("cannot be sent as JSON")


def test_a_modal_is_checked_as_one() -> None:
    long = {**PLAIN, "text": "x" * 25}
    assert violations({**MODAL, "close": PLAIN, "private_metadata": "", "callback_id": "c"}) == []
    assert violations({**MODAL, "title": long}) == ["view.title.text: 25 characters, at most 24"]
    assert violations({**MODAL, "private_metadata": "x" * 3001}) == [
        "view.private_metadata: 3001 characters, at most 3000"
    ]
    assert violations({**MODAL, "blocks": [{"type": "divider"}] * 101}) == [
        "view.blocks: 101 of them, 1 to 100 are allowed"
    ]
    asks = block("input", label=PLAIN, element={"type": "plain_text_input", "action_id": "a"})
    assert violations({**MODAL, "blocks": [asks]}) == ["view: an input block needs a submit button"]
