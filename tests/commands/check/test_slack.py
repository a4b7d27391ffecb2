"""What `app.py check` says of Slack, with each thing broken in turn."""

from pathlib import Path

import pytest

from bot.sandbox.slack import Fault
from commands.check import slack as slack_lines
from commands.check.everything import Limits
from handlers.slack.trial import Trial
from tests.commands.check.checking import broken, check, settings_of
from tests.support.raw_server import RawServer, hangs, unused_url
from tests.support.world import Transport, World

AUDIT = "C09AUDIT"


async def test_where_all_is_well_every_line_says_so(empty_world: World, transport: Transport, tmp_path: Path) -> None:
    found = await check(settings_of(empty_world, tmp_path, transport, audit_channel=AUDIT), empty_world)
    assert broken(found) == set()
    assert "belongs to Sweeppea (T01SWEEP)" in found["SLACK_BOT_TOKEN"].text
    assert found["scopes"].text == "chat:write, commands, as in manifest.yml"
    secret = found["SLACK_APP_TOKEN" if transport == "socket" else "SLACK_SIGNING_SECRET"]
    assert secret.ok is (True if transport == "socket" else None)
    assert "was scheduled, and taken back" in found["AUDIT_CHANNEL"].text


async def test_nothing_is_left_in_slack_and_no_socket_is_opened(empty_world: World, tmp_path: Path) -> None:
    await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    slack = empty_world.slack
    assert sorted(slack.calls) == [
        "apps.connections.open",
        "auth.test",
        "chat.deleteScheduledMessage",
        "chat.scheduleMessage",
    ]
    assert (slack.messages, slack.chat.scheduled, slack.refused) == ([], {}, [])
    assert not slack.socket.connected.is_set()


async def test_a_wrong_bot_token_is_named_and_what_hangs_on_it_is_not_tried(empty_world: World, tmp_path: Path) -> None:
    settings = settings_of(empty_world, tmp_path, slack_bot_token="xoxb-wrong", audit_channel=AUDIT)
    found = await check(settings, empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN"}
    assert "invalid_auth" in found["SLACK_BOT_TOKEN"].text
    assert "copy it again from Install App" in found["SLACK_BOT_TOKEN"].hint
    assert [found[name].ok for name in ("scopes", "AUDIT_CHANNEL", "SLACK_APP_TOKEN")] == [None, None, True]


async def test_a_scope_that_is_missing_is_named(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.scopes.remove("chat:write")
    found = await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    assert broken(found) == {"scopes", "AUDIT_CHANNEL"}
    assert found["scopes"].text == "the bot token lacks chat:write"
    assert "install the app again" in found["scopes"].hint
    assert "it needs the scope chat:write" in found["AUDIT_CHANNEL"].hint


async def test_a_scope_too_many_is_a_warning(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.scopes.add("users:read")
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert (found["scopes"].mark, found["scopes"].text) == ("!", "users:read is more than the bot uses")


def test_where_slack_names_no_scopes_none_is_said_to_be_missing() -> None:
    assert slack_lines._scopes(Trial()).ok is None


async def test_a_wrong_app_token_is_named(empty_world: World, tmp_path: Path) -> None:
    found = await check(settings_of(empty_world, tmp_path, slack_app_token="xapp-wrong"), empty_world)
    assert broken(found) == {"SLACK_APP_TOKEN"}
    assert "invalid_auth" in found["SLACK_APP_TOKEN"].text
    assert "App-Level Tokens" in found["SLACK_APP_TOKEN"].hint


async def test_an_app_token_without_its_scope_is_named(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["apps.connections.open"].append(Fault(error="missing_scope"))
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert broken(found) == {"SLACK_APP_TOKEN"}
    assert "connections:write" in found["SLACK_APP_TOKEN"].hint


async def test_a_token_of_a_whole_organization_is_refused(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.team_id = "E01ORG"
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN"}
    assert "E01ORG" in found["SLACK_BOT_TOKEN"].text


@pytest.mark.parametrize(("ahead_s", "mark"), [(0, "✓"), (3, "✓"), (10, "!"), (-290, "!"), (600, "✗"), (-600, "✗")])
async def test_a_clock_that_is_off_is_told_by_how_much(
    empty_world: World, transport: Transport, tmp_path: Path, ahead_s: int, mark: str
) -> None:
    empty_world.slack.clock = lambda: empty_world.now - ahead_s + 0.5  # Slack's time is cut to whole seconds
    clock = (await check(settings_of(empty_world, tmp_path, transport), empty_world))["clock"]
    assert clock.mark == mark
    if mark != "✓":
        assert clock.text == f"{abs(ahead_s)} s {'ahead of' if ahead_s > 0 else 'behind'} Slack's"
        assert ("from 300 s on every request of Slack's is refused" in clock.hint) == (transport == "http")


async def test_a_wrong_bot_token_hides_no_clock_that_is_off(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.clock = lambda: empty_world.now - 600
    found = await check(settings_of(empty_world, tmp_path, "http", slack_bot_token="xoxb-wrong"), empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN", "clock"}


async def test_too_many_calls_are_no_mistake(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["apps.connections.open"].append(Fault(status=429, error="ratelimited"))
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert broken(found) == set()
    assert (found["SLACK_APP_TOKEN"].ok, found["SLACK_APP_TOKEN"].hint) == (None, "try again in a minute")


async def test_slack_out_of_reach_is_named_with_the_reason(empty_world: World, tmp_path: Path) -> None:
    url, bound = unused_url()
    with bound:
        found = await check(settings_of(empty_world, tmp_path, slack_api_url=f"{url}/api"), empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert found["SLACK_BOT_TOKEN"].text == f"{url.removeprefix('http://')}: Connection refused"
    assert "HTTPS_PROXY" in found["SLACK_BOT_TOKEN"].hint
    assert found["clock"].ok is None


async def test_slack_that_hangs_is_named(empty_world: World, tmp_path: Path) -> None:
    async with RawServer() as server:
        server.reply(*[hangs] * 2)
        settings = settings_of(empty_world, tmp_path, slack_api_url=f"{server.url}/api")
        found = await check(settings, empty_world, Limits(slack_call_s=0.3))
    assert broken(found) >= {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert "no answer in time" in found["SLACK_BOT_TOKEN"].text


async def test_a_fault_of_slacks_is_no_refusal(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["auth.test"].append(Fault(status=500))
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert broken(found) == {"SLACK_BOT_TOKEN"}
    assert "refuses" not in found["SLACK_BOT_TOKEN"].text


@pytest.mark.parametrize(
    ("channel", "code", "hint"),
    [
        (AUDIT, "not_in_channel", "invite the bot into that channel"),
        ("G09AUDIT", "channel_not_found", "the id is wrong, or the channel is private"),
    ],
)
async def test_a_channel_that_the_bot_is_not_in_is_named(
    empty_world: World, tmp_path: Path, channel: str, code: str, hint: str
) -> None:
    empty_world.slack.chat.take_out(channel)
    found = await check(settings_of(empty_world, tmp_path, audit_channel=channel), empty_world)
    assert broken(found) == {"AUDIT_CHANNEL"}
    assert found["AUDIT_CHANNEL"].text == f"Slack refuses a message to {channel}: {code}"
    assert hint in found["AUDIT_CHANNEL"].hint


async def test_without_an_audit_channel_nothing_is_scheduled(empty_world: World, tmp_path: Path) -> None:
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert (found["AUDIT_CHANNEL"].ok, found["AUDIT_CHANNEL"].text) == (None, "not set")
    assert "chat.scheduleMessage" not in empty_world.slack.calls


async def test_a_message_is_taken_back_at_the_second_try(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["chat.deleteScheduledMessage"].append(Fault(status=500))
    found = await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    assert found["AUDIT_CHANNEL"].ok
    assert empty_world.slack.chat.scheduled == {}


async def test_a_trial_message_that_stays_is_named_with_its_day(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["chat.deleteScheduledMessage"].extend([Fault(status=500)] * 2)
    found = await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    [left] = empty_world.slack.chat.scheduled.values()
    assert "`app.py check`" in left["text"]
    assert left["post_at"] - empty_world.now == 100 * 86_400
    assert broken(found) == {"AUDIT_CHANNEL"}
    assert "it will be posted at 2027-02-26" in found["AUDIT_CHANNEL"].text


async def test_where_slacks_answer_is_lost_the_trial_message_is_named_with_its_day(
    empty_world: World, tmp_path: Path
) -> None:
    empty_world.slack.faults["chat.scheduleMessage"].append(Fault(is_taken=True, reset=True))
    found = await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    assert broken(found) == {"AUDIT_CHANNEL"}
    assert "if Slack took the scheduled trial, it will be posted at 2027-02-26" in found["AUDIT_CHANNEL"].text


@pytest.mark.parametrize("fault", [Fault(error="unknown_method"), Fault(status=429, error="ratelimited")])
async def test_a_message_that_cannot_be_tried_is_no_mistake(empty_world: World, tmp_path: Path, fault: Fault) -> None:
    empty_world.slack.faults["chat.scheduleMessage"].append(fault)
    found = await check(settings_of(empty_world, tmp_path, audit_channel=AUDIT), empty_world)
    assert found["AUDIT_CHANNEL"].ok is None
