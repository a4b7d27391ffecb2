"""What is kept of a deleted ticket: all of its text, as it looked, and nothing that passes for the bot's words."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blockkit.blocks import Message
from bot.messages import receipt
from bot.sandbox import block_kit
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import Ticket
from tests.support.tickets import huge_tickets, read_ticket, tickets

NUMBER = "2531581"
MARK = "~mark~"


def ticket(**fields: object) -> Ticket:
    return read_ticket({"CaseNumber": NUMBER, "Status": False, **fields})


def blocks(messages: list[Message]) -> list[dict[str, Any]]:
    return [block for message in messages for block in message.blocks]


def text_of(part: object) -> str:
    """As it is read."""
    if isinstance(part, list | tuple):
        return "".join(map(text_of, part))
    if not isinstance(part, dict):
        return ""
    words = part["text"] if isinstance(part.get("text"), str) else text_of(part.get("text"))
    if part.get("type") == "rich_text_section":
        return text_of(part["elements"]) + "\n"
    return words + text_of(part.get("elements"))


def headings(messages: list[Message]) -> list[str]:
    return [text_of(block) for block in blocks(messages) if block["type"] == "header"]


def links(messages: list[Message]) -> list[tuple[str, str]]:
    return [(run["text"], run["url"]) for run in objects(blocks(messages)) if run.get("type") == "link"]


def objects(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else []:
        yield from objects(inner)


def assert_sendable(of: Ticket) -> None:
    made = receipt.receipt(of)
    for message in (*made, receipt.shortened(of), receipt.receipt(of, confirmed=False)[0]):
        assert block_kit.violations(message.payload()) == []
    assert [message.text for message in made[1:]] == [
        f"Ticket {of.case_number}, continued: part {number} of {len(made)}" for number in range(2, len(made) + 1)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tickets)
def test_slack_takes_the_receipt_of_any_ticket(of: Ticket) -> None:
    assert_sendable(of)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(huge_tickets)
def test_slack_takes_every_part_of_a_far_too_long_receipt(of: Ticket) -> None:
    assert_sendable(of)


_IMITATIONS = (
    "Note 1 of 2", "<h1>Note 1 of 2</h1>", "<b>Note 3</b><hr>", "<p>Note 2 of 9</p>", "*Note 1*", "<h1>It</h1>",
    "Description, continued", "\n\nNote 3:\nhe paid", "<ol><li>Note</ol>", "Ticket 2531581 was deleted.", "<pre>",
)  # fmt: skip
_HOSTILE = st.lists(st.sampled_from(_IMITATIONS), min_size=1, max_size=4).map(" ".join).map(lambda text: text + MARK)


@given(_HOSTILE, _HOSTILE, st.lists(_HOSTILE, max_size=3), st.integers(1, 100))
def test_no_text_of_a_ticket_can_pass_for_a_heading(
    subject: str, description: str, notes: list[str], times: int
) -> None:
    """The bot's headings are all there is of the kinds of block that they have, and hold nothing of a stranger's."""
    of = ticket(Subject=subject, Description=description * times, Notes=notes)
    made = receipt.receipt(of)
    strangers = [block for block in blocks(made) if MARK.strip("~") in json.dumps(block)]
    assert {block["type"] for block in strangers} == {"rich_text"}
    bare = {heading.removesuffix(", continued") for heading in headings(made)}
    assert bare == {"Description", *(f"Note {number + 1} of {len(notes)}" for number in range(len(notes)))} | (
        {"Subject"} & bare
    )


def test_the_newest_note_comes_first_under_its_own_time() -> None:
    notes = [{"Date": f"2026-11-{day:02}T10:00:00Z", "Note": f"of day {day}"} for day in (3, 9, 5)]
    made = blocks(receipt.receipt(ticket(Notes=[*notes, "of no day", {"Date": "2026-11-01T00:00:00Z"}])))
    lines = [text_of(block).strip() for block in made[2:]]
    assert [line for line in lines if not line.startswith("<!date")] == [
        "Note 5 of 5", "of day 9", "Note 4 of 5", "of day 5", "Note 3 of 5", "of day 3", "Note 1 of 5", "of no day",
    ]  # fmt: skip
    assert re.findall(r"\|(\d+) Nov 2026", "\n".join(lines)) == ["9", "5", "3"]


def test_the_text_looks_as_it_did_on_the_card() -> None:
    made = receipt.receipt(read_ticket(TICKETS[NUMBER]))
    assert {"rich_text_list", "link"} <= {part.get("type") for part in objects(blocks(made))}
    assert [run["text"] for run in objects(blocks(made)) if run.get("style") == {"code": True}] == ["2025"]


URL = "https://a.example/b?c=1&d#e"
LINK = f"<a href='{URL}'>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>See {LINK}the entry page</a>.", [("the entry page", URL)]),
        (f"{LINK}https://good.example</a>", [("a.example", URL)]),
        (f"{LINK}a.example</a>", [("a.example", URL)]),
        (f"<img src='{URL}' alt='a screenshot'>", [("a screenshot", URL)]),
        (f"{LINK}{URL}</a>", [(URL, URL)]),
        ("<a href='javascript:alert(1)'>more</a>", []),
        ("no link", []),
    ],
)
@pytest.mark.parametrize("where", ["Description", "Notes"])
def test_the_receipt_has_the_whole_address_of_a_link(where: str, html: str, expected: list[tuple[str, str]]) -> None:
    assert links(receipt.receipt(ticket(**{where: html if where == "Description" else [html]}))) == expected


@pytest.mark.parametrize("where", ["Description", "Notes"])
@pytest.mark.parametrize("html", ["{}", "<p>{}", "<pre>{}</pre>", "<ul><li>{}</ul>", "<blockquote>{}</blockquote>"])
def test_no_word_of_the_longest_text_is_lost(where: str, html: str) -> None:
    lines = [f"line-{number} of-what-was-said" for number in range(1_000)]
    whole = html.format("<br>".join(lines))
    made = receipt.receipt(ticket(**{where: whole if where == "Description" else [whole]}))
    assert len(made) > 2
    assert re.findall(r"line-\d+ of-what-was-said", "".join(map(text_of, blocks(made)))) == lines


def test_a_long_subject_is_there_whole_and_no_telephone_number_in_it() -> None:
    subject = " ".join(f"word-{number}" for number in range(200)) + " call 555-123-4567"
    shown = "".join(map(text_of, blocks(receipt.receipt(ticket(Subject=subject)))))
    assert subject.replace("555-123-4567", "[phone number]") in shown


def test_a_receipt_says_how_much_it_could_not_keep() -> None:
    made = receipt.receipt(ticket(Description="<b>much</b> " * 10_000))
    assert "more characters, too many to be kept" in text_of(blocks(made)[-1])


def test_where_nothing_was_confirmed_the_receipt_says_so() -> None:
    shown = "".join(map(text_of, blocks(receipt.receipt(read_ticket(TICKETS[NUMBER]), confirmed=False))))
    assert "can't be found any more" in shown
    assert "never confirmed the deletion" in shown
    assert "was deleted" not in shown
    assert "it may be the only copy" in shown


def test_the_shortened_receipt_is_the_beginning_of_the_whole_and_says_so() -> None:
    of = ticket(Description="word " * 5_000, Notes=["a note"])
    first, *_ = receipt.receipt(of)
    short = receipt.shortened(of)
    assert list(short.blocks[1:-1]) == list(first.blocks[1:])
    assert "not the whole" in text_of(short.blocks[-1])
    assert "not the whole" not in text_of(receipt.shortened(ticket(Description="short")).blocks)


def test_a_page_that_takes_long_to_make_is_known_before() -> None:
    assert not receipt.is_large(read_ticket(TICKETS[NUMBER]))
    assert receipt.is_large(ticket(Notes=["x" * 1_000] * 30))
    assert receipt.is_large(ticket(Description="x" * 30_000))
