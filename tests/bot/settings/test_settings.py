"""Settings: what is accepted, and that every mistake is reported at once and without a secret."""

from pathlib import Path

import pytest

from bot.policy import People, Policy
from bot.settings import NAMES, Settings, SettingsError
from tests.bot.settings.loading import HTTP, NO_FILE, SOCKET, errors, load, load_file


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
    message = errors(
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
        "SLACK_BOT_TOKEN must be a token that begins with xoxb-",
        "SLACK_APP_TOKEN must be a token that begins with xapp-",
        "SWEEPPEA_API_KEY has a space",
        "SWEEPPEA_BASE_URL must begin with https://",
        "TICKET_VIEWERS is empty",
        "TICKET_DELETERS has 'bob', which is not a Slack user id",
        "TICKET_VISIBILITY must be 'private' or 'channel'",
        "TICKET_RESOLVE must be on or off",
        "DELETE_PROMPT_TTL_S",
        "AUDIT_CHANNEL has '#audit', which is not a Slack channel id",
        "TICKET_DELETER is not a setting: do you mean TICKET_DELETERS?",
        "PORT",
    ):
        assert name in message
    assert "sec" not in message.replace("seconds", "").lower()


@pytest.mark.parametrize("name", ["TICKET_CHANNELS", "TICKET_DELETERS", "TICKET_VIEWERS"])
def test_a_list_of_nothing_is_a_mistake(name: str) -> None:
    assert name in errors(**HTTP, **{name: ","})


@pytest.mark.parametrize("name", ["TICKET_RESOLVE", "DELETE_SECOND_PERSON", "DELETE_RECEIPT"])
@pytest.mark.parametrize(("written", "is_on"), [("on", True), ("off", False), (" On ", True), ("OFF", False)])
def test_a_switch_is_on_or_off_as_it_was_written(name: str, written: str, *, is_on: bool) -> None:
    assert getattr(load(**HTTP, **{name: written}), name.lower()) is is_on


def test_by_default_no_channel_hears_of_a_deletion() -> None:
    assert load(**HTTP).audit_channel is None


def test_tokens_that_are_only_begun_are_mistakes() -> None:
    message = errors(SLACK_BOT_TOKEN="xoxb-", SLACK_APP_TOKEN="xapp-", SWEEPPEA_API_KEY="k")
    assert "SLACK_BOT_TOKEN must be a token that begins with xoxb-" in message
    assert "SLACK_APP_TOKEN must be a token that begins with xapp-" in message


def test_what_is_missing_is_named() -> None:
    message = errors()
    for name in ("SLACK_BOT_TOKEN is missing", "SLACK_SIGNING_SECRET is missing", "SWEEPPEA_API_KEY is missing"):
        assert name in message


def test_a_second_person_has_to_see_the_question() -> None:
    assert "DELETE_SECOND_PERSON" in errors(**HTTP, DELETE_SECOND_PERSON="on", DELETE_PROMPT_VISIBILITY="private")


@pytest.mark.parametrize("name", ["SWEEPPEA_BASE_URL", "SLACK_API_URL"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:1", "https://x.example/v3/"]
)
def test_plain_http_is_for_loopback_only(name: str, url: str) -> None:
    assert getattr(load(**HTTP, **{name: url}), name.lower()) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///path",
        "https://x:abc",
        "https://x:99999",
        "https://a b.example",
        "http://127.0.0.1.example.com",
        "ftp://x",
        "x",
        "https://user:pw@x.example",
        "https://x?y=1",
        "http://x.example",
        "http://10.0.0.1:8080",
    ],
)
@pytest.mark.parametrize("name", ["SWEEPPEA_BASE_URL", "SLACK_API_URL"])
def test_other_addresses_are_refused(name: str, url: str) -> None:
    assert errors(**HTTP, **{name: url}).startswith(f"environment: {name} ")


@pytest.mark.parametrize(
    "contact", ["U01DANA", "W01DANA", "S01DESK", "Dana's desk, 3rd floor", "dana@example.com", "👩‍💻"]
)
def test_whoever_is_to_be_asked_is_an_id_or_a_text(contact: str) -> None:
    assert load(**HTTP, BOT_CONTACT=f" {contact} ").bot_contact == contact
    assert load(**HTTP).bot_contact == ""


@pytest.mark.parametrize("contact", ["Dana\nDesk", "Dana\u2028Desk", "Dana\x00", "Dana\udcff", "x" * 101])
def test_whoever_is_to_be_asked_fits_on_one_line(contact: str) -> None:
    assert errors(**HTTP, BOT_CONTACT=contact) == "environment: BOT_CONTACT must be one line of at most 100 characters"


def test_swapped_tokens_are_named() -> None:
    message = errors(SLACK_BOT_TOKEN="xapp-1", SLACK_APP_TOKEN="xoxb-1", SWEEPPEA_API_KEY="k")
    assert "SLACK_BOT_TOKEN must be a token that begins with xoxb- (this one is an app-level token: " in message
    assert "SLACK_APP_TOKEN must be a token that begins with xapp- (this one is a bot token: " in message


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"HOST", "BOT_CONTACT"}])
@pytest.mark.parametrize("token", ["xoxb-123456789-T0psEcr3t", "xapp-123456789-T0psEcr3t", "0123456789-T0psEcr3t"])
def test_a_secret_is_not_printed_whichever_line_it_is_in(tmp_path: Path, name: str, token: str) -> None:
    (tmp_path / ".env").write_text(f"{name}={token}é")
    for environ, file in (({name: f"{token} é"}, NO_FILE), ({}, tmp_path / ".env")):
        with pytest.raises(SettingsError) as caught:
            Settings.load(environ, file)
        assert "T0psEcr3t" not in str(caught.value)
        assert token[:8] not in str(caught.value)


@pytest.mark.parametrize(
    ("viewers", "deleters", "outside"),
    [
        ("*", "U01ALICE,U02BOB", ""),
        ("U01ALICE", "*", ""),
        ("U01ALICE,U02BOB", "U02BOB", ""),
        ("U01ALICE", "U01ALICE,U03CAROL,U02BOB", "U02BOB, U03CAROL"),
    ],
)
def test_who_may_delete_but_not_look_is_warned_of(viewers: str, deleters: str, outside: str) -> None:
    message = f"TICKET_DELETERS names {outside}, who may not delete: TICKET_VIEWERS does not name them"
    assert load(**HTTP, TICKET_VIEWERS=viewers, TICKET_DELETERS=deleters).warnings == ((message,) if outside else ())


def test_secrets_are_not_shown() -> None:
    settings = load(**HTTP)
    assert not [secret for secret in settings.secrets if secret in repr(settings) + str(settings.model_dump())]
    assert set(settings.secrets) == {"xoxb-1", "s1gning", "k3y"}


def test_the_rules_of_access_are_the_settings() -> None:
    rules = {
        "TICKET_VIEWERS": "U01ALICE,U02BOB",
        "TICKET_DELETERS": "U01ALICE",
        "TICKET_CHANNELS": "C01SUPPORT",
        "DELETE_SECOND_PERSON": "on",
    }
    assert load(**HTTP, **rules).policy("T1") == Policy(
        team_id="T1",
        viewers=People(frozenset({"U01ALICE", "U02BOB"})),
        deleters=People(frozenset({"U01ALICE"})),
        channels=frozenset({"C01SUPPORT"}),
        second_person=True,
    )
    assert load(**HTTP).policy("T1") == Policy(team_id="T1", viewers=People(everybody=True), deleters=People())


def test_where_the_settings_were_read_from_is_said(tmp_path: Path) -> None:
    assert load_file(tmp_path, "PORT=1\n").origin == f"the environment and {tmp_path / '.env'}"
    assert load(**HTTP).origin == f"the environment alone (there is no {Path('.env').absolute()})"
