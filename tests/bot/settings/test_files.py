"""Settings that stand in files of their own, as secrets do that systemd or Docker hand over."""

import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bot.settings import NAMES, Settings, SettingsError
from tests.bot.settings.loading import HTTP, NO_FILE, errors_in_file, load, load_file

WITHOUT_TOKEN = {name: value for name, value in HTTP.items() if name != "SLACK_BOT_TOKEN"}


def written(tmp_path: Path, content: str | bytes) -> str:
    file = tmp_path / "slack-bot-token"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def errors(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ, NO_FILE)
    return caught.value.errors


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_its_file(tmp_path: Path, end: str) -> None:
    settings = load(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=written(tmp_path, f"xoxb-of-the-file{end}"))
    assert settings.slack_bot_token.get_secret_value() == "xoxb-of-the-file"
    assert "xoxb-of-the-file" in settings.secrets


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    (error,) = errors(**{key: value for key, value in HTTP.items() if key != name}, **{f"{name}_FILE": str(tmp_path)})
    assert error == f"environment: {name}_FILE names {tmp_path}, which can't be read: Is a directory"


def test_an_access_rule_from_a_file_holds(tmp_path: Path) -> None:
    settings = load(**HTTP, TICKET_VIEWERS_FILE=written(tmp_path, "U01ALICE\n"))
    assert "U02BOB" not in settings.ticket_viewers


def test_the_env_file_may_name_files_too(tmp_path: Path) -> None:
    path = written(tmp_path, "xoxb-2")
    settings = load_file(tmp_path, f"SLACK_BOT_TOKEN_FILE={path}", WITHOUT_TOKEN)
    assert settings.slack_bot_token.get_secret_value() == "xoxb-2"


def test_a_setting_that_stands_in_both_ways_is_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, "xoxb-2")
    assert errors(**HTTP, SLACK_BOT_TOKEN_FILE=path) == (
        "environment: SLACK_BOT_TOKEN_FILE is set, and so is SLACK_BOT_TOKEN, in environment: take one of the two out",
    )
    (error,) = errors_in_file(tmp_path, f"SLACK_BOT_TOKEN_FILE={path}")
    assert error.startswith(".env, line 1: SLACK_BOT_TOKEN_FILE is set, and so is SLACK_BOT_TOKEN, in environment")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("xoxb-1\nxoxb-2\n", "has more than one line"),
        ("x" * 70_000, "has more than one line"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_file_that_has_no_value_in_it_is_named_once_and_not_quoted(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    path = written(tmp_path, content)
    (error,) = errors(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=path)
    assert error == f"environment: SLACK_BOT_TOKEN_FILE names {path}, which {complaint}"


def test_a_value_of_64_kib_is_taken_and_of_a_longer_file_no_more_than_that_is_read(tmp_path: Path) -> None:
    longest = "k" * 64 * 1024
    without_key = {name: value for name, value in HTTP.items() if name != "SWEEPPEA_API_KEY"}
    settings = load(**without_key, SWEEPPEA_API_KEY_FILE=written(tmp_path, longest))
    assert settings.sweeppea_api_key.get_secret_value() == longest
    path = written(tmp_path, longest)
    os.truncate(path, 50_000_000)
    tracemalloc.start()
    try:
        (error,) = errors(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.endswith("which has more than one line")
    assert most < 10_000_000


def test_a_file_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    (error,) = errors(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=str(tmp_path / "nothing"))
    assert error.endswith("nothing, which can't be read: No such file or directory")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for everybody but root, who may run the tests."""
    open_, path = Path.open, written(tmp_path, "xoxb-2")

    def refuse(self: Path, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401
        if str(self) == path:
            raise PermissionError(13, "Permission denied")
        return open_(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
    (error,) = errors(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=path)
    assert "which may not be read by the user that runs the bot (uid " in error


def test_a_path_that_is_left_empty_leaves_out_no_rule() -> None:
    assert errors(**HTTP, TICKET_VIEWERS_FILE=" ") == (
        "environment: TICKET_VIEWERS_FILE is empty: write a file's path, or take it out",
    )


def test_a_wrong_value_is_found_in_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, "xapp-secret")
    (error,) = errors(**WITHOUT_TOKEN, SLACK_BOT_TOKEN_FILE=path)
    assert error.startswith(f"{path}: SLACK_BOT_TOKEN must be a token that begins with xoxb- (this one is an app-level")


def test_a_misspelt_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (error,) = errors(**HTTP, TICKET_VIEWER_FILE=written(tmp_path, "U01ALICE"))
    assert "TICKET_VIEWER_FILE is not a setting: do you mean TICKET_VIEWERS_FILE?" in error


@pytest.mark.parametrize(
    ("name", "value", "remark"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1", "is a user's token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1", "comes of token rotation"),
        ("SLACK_BOT_TOKEN", "0123456789abcdef" * 2, "looks like a signing secret: it belongs in SLACK_SIGNING_SECRET"),
        ("SLACK_SIGNING_SECRET", "xapp-1", "is an app-level token: it belongs in SLACK_APP_TOKEN"),
        ("SWEEPPEA_API_KEY", "xoxb-1", "is a bot token: it belongs in SLACK_BOT_TOKEN"),
    ],
)
def test_secrets_that_are_swapped_are_said_to_be(name: str, value: str, remark: str) -> None:
    (error,) = errors(**(HTTP | {name: value}))
    assert f"this one {remark}" in error
    assert value not in error


def test_a_signing_secret_as_slack_makes_it_is_taken() -> None:
    assert load(**(HTTP | {"SLACK_SIGNING_SECRET": "0123456789abcdef" * 2}))


@pytest.mark.parametrize("name", ["TICKET_DELETERS", "TICKET_VIEWERS"])
def test_a_user_group_in_a_list_is_said_to_be_one(name: str) -> None:
    (error,) = errors(**HTTP, **{name: "U01ALICE,S0123ABCD"})
    assert "has 'S0123ABCD', a user group: name its people, see docs/user-groups.md" in error
