"""Help, what this bot is, and what is said of a mistyped case number."""

import pytest

from handlers import VERSION
from tests.support.world import ALICE, BOB, CAROL, World, words


async def test_who_mistypes_a_number_reads_first_what_is_wrong_with_it(team: World) -> None:
    answer = await team.command(ALICE, "/ticket HYXTNJ")
    assert words(answer).startswith("“HYXTNJ” has 6 characters. A case number has 7 letters or digits")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("“HYXTNJ”", "“HYXTNJ” has 6 characters."),
        ("# HYXTNJ", "“HYXTNJ” has 6 characters."),
        ("\u202aHYXTNJ\u202c", "“HYXTNJ” has 6 characters."),
        ("HYX\u200bTNJV", "“HYXTNJV” has a character in it that can't be seen."),
        ("HYX\u2800TNJV", "That was 2 words. One case number at a time."),
        ("HYX-NJV", "“HYX-NJV” has something other than letters A to Z and digits in it."),
        ("👩🏽\u200d🚀HYX", "“👩🏽\u200d🚀HYX” has 4 characters."),
        ("🇩🇪🇫🇷", "“🇩🇪🇫🇷” has 2 characters."),
        ("é\u0301é", "“é\u0301é” has 2 characters."),
        ("Straße", "“Straße” has 6 characters."),
        ("ſſſſſſſ", "“ſſſſſſſ” has something other than letters A to Z and digits in it."),
    ],
)
async def test_what_is_said_of_a_mistyped_number_is_true_of_it(team: World, typed: str, wrong: str) -> None:
    answer = await team.command(ALICE, f"/ticket {typed}")
    assert words(answer).startswith(wrong)


@pytest.mark.parametrize("typed", ["\u200b\u202a", "“”", "#", "\u3000"])
async def test_where_nothing_was_typed_nothing_is_said_to_be_wrong(team: World, typed: str) -> None:
    shown = words(await team.command(ALICE, f"/ticket {typed}"))
    assert shown.startswith("`/ticket [case number]` shows a support ticket.")


async def test_help_names_all_three_ways_to_a_ticket(team: World) -> None:
    for command in ("/ticket", "/ticket-delete"):
        shown = words(await team.command(ALICE, f"{command} help"))
        assert all(way in shown for way in ("`/ticket [", "`/ticket-delete [", "*Look up ticket*"))


@pytest.mark.parametrize("user", [ALICE, CAROL])
async def test_help_answers_everybody_also_who_may_not_look(empty_world: World, user: str) -> None:
    async with empty_world.bot(ticket_viewers=BOB, ticket_deleters=""):
        for line in ("/ticket", "/ticket help", "/ticket-delete", "/ticket-delete Help"):
            assert "[case number]" in words(await empty_world.command(user, line))


async def test_about_says_what_each_person_can_do_here(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=f"{ALICE},{BOB}", ticket_deleters=ALICE, ticket_channels="C01SUPPORT"):
        lines = {user: words(await empty_world.command(user, "/ticket about")) for user in (ALICE, BOB, CAROL)}
        elsewhere = words(await empty_world.command(ALICE, "/ticket about", channel="C01GENERAL"))
    assert [lines[user].count("You can ") for user in (ALICE, BOB, CAROL)] == [2, 1, 0]
    assert all(VERSION in line for line in (*lines.values(), elsewhere))
    assert elsewhere.count("Use it in <#C01SUPPORT>") == 1
