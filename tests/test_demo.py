"""`make demo`, as a newcomer sees it."""

from pathlib import Path

from tests.support.process import started


async def test_with_nothing_to_read_it_plays_a_tour(tmp_path: Path) -> None:
    async with started("--demo", cwd=tmp_path) as demo:
        ended = await demo.ends()
    assert ended.code == 0, ended.err
    for words in (
        "Issue with sweepstakes configuration",
        "Delete ticket 2531581?",
        "cancelled by @alice",
        "Ticket 2531581 was deleted",
        "No ticket 2531581 here.",
    ):
        assert words in ended.out
    assert ended.err == ""


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
    told = ended.out
    assert (
        told.index("Delete ticket 2531581?")
        < told.index("who asked, can press this")
        < told.index("cancelled by @alice")
    )
    assert "There is no such button." in told
    assert told.count("quit to leave") == 2
    assert "Issue with sweepstakes" not in told
