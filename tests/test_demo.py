"""`make demo`, as a newcomer sees it."""

import codecs
import io
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.sandbox import terminal
from bot.sandbox.console import MAX_LINE, open_console
from bot.sandbox.demo import Demo
from tests.support.process import started
from tests.support.world import World

NOT_UTF_8 = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


async def test_with_nothing_to_read_it_plays_a_tour(tmp_path: Path) -> None:
    async with started("--demo", cwd=tmp_path) as demo:
        ended = await demo.ends()
    assert ended.code == 0, ended.err
    for words in (
        "Issue with sweepstakes configuration",
        "Delete ticket 2531581?",
        "cancelled by @alice",
        "Ticket 2531581 was deleted",
        "No ticket 2531581.",
    ):
        assert words in ended.out
    assert ended.err == ""
    assert '"event"' not in ended.out  # audit lines are for who runs a bot


async def test_a_command_beside_it_is_refused_and_not_left_out(tmp_path: Path) -> None:
    async with started("--demo", "audit", cwd=tmp_path) as demo:
        ended = await demo.ends()
    assert ended.code == 2
    assert ended.err.endswith("error: --demo takes no command\n")


async def test_details_open_in_a_window_and_no_message_is_waited_for_in_vain(tmp_path: Path) -> None:
    lines = ["/ticket 2650478", "1", "as bob", "2", "quit"]
    async with started("--demo", cwd=tmp_path) as demo:
        ended = await demo.ends("\n".join(lines))
    assert ended.code == 0, ended.err
    assert "in a window" in ended.out
    assert "Only alice sees that message." in ended.out


async def test_what_is_typed_is_done_and_a_button_is_pressed_by_its_number(tmp_path: Path) -> None:
    lines = ["/ticket-delete 2531581", "as bob", "2", "99", "nonsense", "", "as alice", "3", "quit", "/ticket HYXTNJV"]
    async with started("--demo", cwd=tmp_path) as demo:
        ended = await demo.ends("\n".join(lines))
    assert ended.code == 0, ended.err
    output = ended.out
    assert (
        output.index("Delete ticket 2531581?")
        < output.index("who asked, can confirm this")
        < output.index("cancelled by @alice")
    )
    assert "There is no such button." in output
    assert output.count("quit to leave") == 2
    assert "Issue with sweepstakes" not in output


@pytest.mark.parametrize("encoding", [{"PYTHONIOENCODING": "ascii"}, NOT_UTF_8])
async def test_a_terminal_that_is_not_utf_8_is_played_to(tmp_path: Path, encoding: dict[str, str]) -> None:
    async with started("--demo", cwd=tmp_path, **encoding) as demo:
        ended = await demo.ends()
    assert ended.code == 0, ended.err
    assert "+- Tickets - new - seen by only alice -" in ended.out
    assert ended.err == ""


async def test_what_cannot_be_a_command_is_no_crash(tmp_path: Path) -> None:
    lines = ["²", "٣", "9" * 5_000, "-1", "press ²", "as ²", "x" * 1_000_000, "\0\x1b[2J", "/ticket " + "A" * 1_000_000]
    nonsense = "\n".join(lines).encode() + b"\n\xff\xfe\n/ticket \xe9\n/ticket EMPTY01"
    async with started("--demo", cwd=tmp_path, PYTHONIOENCODING="utf-8") as demo:
        ended = await demo.ends(nonsense)
    assert ended.code == 0, ended.err
    assert ended.err == ""
    assert ended.out.count("There is no such button.") == 4
    assert "EMPTY01" in ended.out.rpartition("alice> ")[2]
    assert max(map(len, ended.out.splitlines())) < 2 * MAX_LINE


@pytest.mark.parametrize(
    ("redirect", "code", "err"),
    [
        ("<&- >/dev/null", 0, ""),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("</dev/null | head -n 1", 0, ""),
        (">/dev/full", 1, "The demo ended: No space left on device.\n"),
    ],
)
async def test_a_closed_or_full_terminal_is_no_crash(tmp_path: Path, redirect: str, code: int, err: str) -> None:
    async with started("--demo", cwd=tmp_path, redirect=redirect) as demo:
        ended = await demo.ends("quit\n")
    assert (ended.code, ended.err) == (code, err)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text().filter(lambda line: not line.lstrip().startswith("/ticket")))
async def test_whatever_is_typed_is_answered(team: World, line: str) -> None:
    output = io.StringIO()
    await Demo(team.slack, Console(file=output)).do(line.strip())
    assert output.getvalue() or not line.strip()


@given(st.text(st.characters(exclude_categories=["Cc"])), st.sampled_from(["ascii", "latin-1", "cp437", "koi8-r"]))
def test_what_an_encoding_lacks_is_as_wide_as_before(text: str, encoding: str) -> None:
    open_console()
    for character in text:
        printed = codecs.decode(character.encode(encoding, errors="alike"), encoding)
        assert cell_len(printed) == cell_len(character)


async def test_a_bot_that_does_not_respond_is_not_waited_for(team: World) -> None:
    output = io.StringIO()
    team.slack.app_url += "/elsewhere"
    await Demo(team.slack, Console(file=output)).do("/ticket HYXTNJV")
    assert "did not respond" in output.getvalue()


def test_a_menu_is_shown_as_the_buttons_that_are_in_it() -> None:
    """Beside a text or in a row, and controls that the bot does not use leave no trace."""
    said = {"type": "mrkdwn", "text": "*Open*"}
    menu = {"type": "overflow", "action_id": "more", "options": [option("Refresh"), option("Delete…")]}
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Details"}}
    blocks: list[terminal.Json] = [
        {"type": "section", "text": said, "accessory": menu},
        {"type": "section", "fields": [said, said], "text": said},
        {"type": "divider"},
        {"type": "actions", "elements": [button, {"type": "static_select", "action_id": "b"}, menu]},
        {"type": "actions", "elements": [{"type": "datepicker", "action_id": "c"}]},
    ]
    numbers = count(1)
    drawn_to = io.StringIO()
    console = Console(file=drawn_to, width=60)
    console.print(terminal.message(blocks, lambda _: next(numbers), "title"))
    drawn = drawn_to.getvalue()
    assert [line.strip("│ ").split() for line in drawn.splitlines() if "Refresh" in line] == [
        ["1", "Refresh", "2", "Delete…"],
        ["3", "Details", "4", "Refresh", "5", "Delete…"],
    ]
    assert drawn.count("Open") == 4


def option(label: str) -> dict[str, object]:
    return {"text": {"type": "plain_text", "text": label}, "value": "HYXTNJV"}
