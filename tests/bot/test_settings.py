"""Settings: what is accepted, and that every mistake is reported at once and without a secret."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

NO_FILE = Path("there-is-none")
HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s1gning", "SWEEPPEA_API_KEY": "k3y"}
SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SWEEPPEA_API_KEY": "k3y"}


def load(**environ: str) -> Settings:
    return Settings.load(environ, NO_FILE)


def mistakes(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return "\n".join(caught.value.mistakes)


@pytest.mark.parametrize("environ", [HTTP, SOCKET, HTTP | SOCKET])
def test_either_transport_is_enough(environ: dict[str, str]) -> None:
    settings = load(**environ)
    assert (settings.ticket_visibility, settings.delete_prompt_ttl_s, settings.port) == ("private", 300, None)


def test_by_default_everybody_may_look_and_nobody_may_delete() -> None:
    settings = load(**HTTP)
    assert "U01ALICE" in settings.ticket_viewers
    assert "U01ALICE" not in settings.ticket_deleters
    assert not settings.ticket_deleters


def test_people_are_listed_by_their_ids() -> None:
    deleters = load(**HTTP, TICKET_DELETERS=" U01ALICE , W02BOB, ").ticket_deleters
    assert "U01ALICE" in deleters
    assert "W02BOB" in deleters
    assert "U03CAROL" not in deleters


def test_all_mistakes_are_named_at_once() -> None:
    told = mistakes(
        SLACK_BOT_TOKEN="xoxp-secret",
        SLACK_APP_TOKEN="secret",
        SWEEPPEA_API_KEY="sec ret",
        SWEEPPEA_BASE_URL="http://api.example.com",
        TICKET_VIEWERS=" ",
        TICKET_DELETERS="bob",
        TICKET_VISIBILITY="public",
        TICKET_RESOLVE="perhaps",
        DELETE_PROMPT_TTL_S="soon",
        AUDIT_CHANNEL="#audit",
        TICKET_DELETER="U01ALICE",
        PORT="70000",
    )
    for name in (
        "SLACK_BOT_TOKEN must begin with xoxb-",
        "SLACK_APP_TOKEN must begin with xapp-",
        "SWEEPPEA_API_KEY has a space",
        "SWEEPPEA_BASE_URL must begin with https://",
        "TICKET_VIEWERS is empty",
        "TICKET_DELETERS 'bob' is not a Slack user id",
        "TICKET_VISIBILITY must be 'private' or 'channel'",
        "TICKET_RESOLVE must be on or off",
        "DELETE_PROMPT_TTL_S",
        "AUDIT_CHANNEL '#audit' is not a Slack channel id",
        "TICKET_DELETER is not a setting: do you mean TICKET_DELETERS?",
        "PORT",
    ):
        assert name in told
    assert "sec" not in told.replace("seconds", "").lower()


def test_a_token_in_the_wrong_line_is_not_printed() -> None:
    assert "secret" not in mistakes(**HTTP, TICKET_DELETERS="xoxb-123-secret")


@pytest.mark.parametrize("name", ["TICKET_CHANNELS", "TICKET_DELETERS", "TICKET_VIEWERS"])
def test_a_list_of_nothing_is_a_mistake(name: str) -> None:
    assert name in mistakes(**HTTP, **{name: ","})


def test_tokens_that_are_only_begun_are_mistakes() -> None:
    told = mistakes(SLACK_BOT_TOKEN="xoxb-", SLACK_APP_TOKEN="xapp-", SWEEPPEA_API_KEY="k")
    assert "SLACK_BOT_TOKEN must begin with xoxb- and go on" in told
    assert "SLACK_APP_TOKEN must begin with xapp- and go on" in told


def test_every_unknown_name_in_the_file_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVL=DEBUG")
    with pytest.raises(SettingsError, match="LOG_LEVL is not a setting: do you mean LOG_LEVEL"):
        Settings.load(HTTP, file)


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="can't be read"):
        Settings.load(HTTP, file)


def test_what_is_missing_is_named() -> None:
    told = mistakes()
    for name in ("SLACK_BOT_TOKEN is missing", "SLACK_SIGNING_SECRET is missing", "SWEEPPEA_API_KEY is missing"):
        assert name in told


def test_a_second_person_has_to_see_the_question() -> None:
    assert "DELETE_SECOND_PERSON" in mistakes(**HTTP, DELETE_SECOND_PERSON="on", DELETE_PROMPT_VISIBILITY="private")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:1", "https://x.example/v3/"]
)
def test_plain_http_is_for_loopback_only(url: str) -> None:
    assert load(**HTTP, SWEEPPEA_BASE_URL=url).sweeppea_base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://x:abc",
        "https://x:99999",
        "https://a b.example",
        "http://127.0.0.1.example.com",
        "ftp://x",
        "x",
        "https://user:pw@x.example",
        "https://x?y=1",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    assert "SWEEPPEA_BASE_URL" in mistakes(**HTTP, SWEEPPEA_BASE_URL=url)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = [f"{name}={value}" for name, value in HTTP.items()]
    file.write_text("\n".join([*lines, "LOG_LEVEL=debug", "PORT=1234", "TICKET_DELETERS=", "# a comment"]))
    settings = Settings.load({"PORT": "4321"}, file)
    assert (settings.port, settings.log_level) == (4321, "DEBUG")
    assert not settings.ticket_deleters


def test_secrets_are_not_shown() -> None:
    settings = load(**HTTP)
    assert not [secret for secret in settings.secrets if secret in repr(settings) + str(settings.model_dump())]
    assert set(settings.secrets) == {"xoxb-1", "s1gning", "k3y"}
