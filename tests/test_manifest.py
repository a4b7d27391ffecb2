"""manifest.yml against Slack's own schema, and against what the bot listens to: neither can drift."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.sandbox.slack import FakeSlack
from commands.check import slack
from handlers.routes import register
from tests.support.world import World

ROOT = Path(__file__).parent.parent
SCHEMAS = Path(__file__).parent / "data" / "manifest-schema"
ADDRESS = "https://raw.githubusercontent.com/slackapi/manifest-schema/v0.5.0/schemas/"
SCOPES = {"commands", "chat:write"}  # each one more has to be agreed to by every workspace


@pytest.fixture
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return content


@pytest.fixture
def schema() -> Draft7Validator:
    parts = [(ADDRESS + path.name, json.loads(path.read_text())) for path in SCHEMAS.glob("manifest.schema.?.0.0.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(address, Resource.from_contents(content)) for address, content in parts]
    )
    return Draft7Validator(json.loads((SCHEMAS / "manifest.schema.json").read_text()), registry=registry)


def test_slack_takes_the_manifest(manifest: dict[str, Any], schema: Draft7Validator) -> None:
    assert list(schema.iter_errors(manifest)) == []


def test_the_schema_would_say_no(manifest: dict[str, Any], schema: Draft7Validator) -> None:
    manifest["features"]["slash_commands"][0]["colour"] = "red"
    assert list(schema.iter_errors(manifest))


async def test_the_manifest_and_the_listeners_know_the_same_commands_and_shortcuts(
    manifest: dict[str, Any], team: World
) -> None:
    heard: dict[str, set[str]] = {"command": set(), "message_shortcut": set()}

    class Spy(AsyncApp):
        def command(self, command: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            heard["command"].add(command)
            return super().command(command, *args, **kwargs)

        def message_shortcut(self, callback_id: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            heard["message_shortcut"].add(callback_id)
            return super().message_shortcut(callback_id, *args, **kwargs)

    async def authorize() -> AuthorizeResult:
        raise NotImplementedError

    register(Spy(authorize=authorize, signing_secret="none"), team.serving.services)
    assert {command["command"] for command in manifest["features"]["slash_commands"]} == heard["command"]
    assert {shortcut["callback_id"] for shortcut in manifest["features"]["shortcuts"]} == heard["message_shortcut"]


def test_commands_are_written_as_slack_wants_them(manifest: dict[str, Any]) -> None:
    for command in manifest["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z-]{1,31}", command["command"])
        assert command["usage_hint"]
        assert "url" not in command  # Socket Mode has none


def test_no_scope_is_asked_for_that_is_not_needed(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES


def test_the_check_and_the_sandbox_know_the_scopes_of_the_manifest() -> None:
    assert SCOPES == slack.SCOPES == FakeSlack().scopes


def test_buttons_receipts_and_socket_mode_are_switched_on(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
