"""What `app.py check` says of the workspace that a database belongs to."""

from pathlib import Path

from bot.ledger.keys import new_key
from bot.runtime import Runtime
from bot.sandbox.slack_payloads import TEAM
from bot.settings import Settings
from tests.commands.check.checking import broken, check, settings_of, start_once
from tests.support.world import World

KEY = new_key(Runtime().random)


def settings_for(world: World, url: str) -> Settings:
    return settings_of(world, Path(), database_url=url, encryption_keys=KEY)


async def test_a_database_of_another_workspace_is_named_with_both(empty_world: World, database_url: str) -> None:
    settings = settings_for(empty_world, database_url)
    await start_once(settings)
    found = await check(settings, empty_world)
    assert broken(found) == set()
    assert found["workspace"].text == f"the database belongs to {TEAM}, as SLACK_BOT_TOKEN does"
    empty_world.slack.team_id = "T02OTHER"
    found = await check(settings, empty_world)
    assert broken(found) == {"workspace"}
    assert found["workspace"].text == f"the database belongs to the bot of {TEAM}, and SLACK_BOT_TOKEN is of T02OTHER"
    assert "mend DATABASE_URL" in found["workspace"].hint


async def test_a_database_of_no_workspace_is_the_first_starts_and_not_the_checks(
    empty_world: World, empty_database_url: str
) -> None:
    settings = settings_for(empty_world, empty_database_url)
    for _ in range(2):
        found = await check(settings, empty_world)
        assert broken(found) == set()
        is_none_yet = found["workspace"].text == "there is no database yet"
        assert is_none_yet or found["workspace"].text.endswith(f"the first start makes it that of {TEAM}")


async def test_without_a_token_that_slack_takes_the_workspace_is_not_tried(
    empty_world: World, database_url: str
) -> None:
    settings = settings_for(empty_world, database_url)
    await start_once(settings)
    empty_world.slack.bot_token = "xoxb-another"
    found = await check(settings, empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN"}
    assert (found["workspace"].ok, found["workspace"].text) == (None, "not tried: SLACK_BOT_TOKEN comes first")


async def test_without_a_word_of_slacks_the_other_lines_of_the_database_come_all_the_same(
    empty_world: World, database_url: str
) -> None:
    settings = settings_for(empty_world, database_url)
    await start_once(settings)
    elsewhere = settings.model_copy(update={"slack_api_url": "http://127.0.0.1:9/api"})
    found = await check(elsewhere, empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert found["workspace"].ok is None
    assert found["ENCRYPTION_KEYS"].ok
