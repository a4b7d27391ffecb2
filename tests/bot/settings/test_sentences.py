"""What an operator reads of each mistake, to the letter: which setting, what is wrong, and what to write instead."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError
from bot.settings.tokens import looks_like
from tests.bot.settings.loading import HTTP, errors, errors_in_file, load, load_file

KEY = "A" * 43 + "="
PERSON = "which is not a Slack user id (U… or W…: profile, ⋮, Copy member ID)"
CHANNEL = "which is not a Slack channel id (C… or G…)"
APP_TOKEN = "is an app-level token: it belongs in SLACK_APP_TOKEN"
UNREADABLE_URL = "can't be read: it must be a plain base URL, as https://HOST"
PLAIN_HTTP = "must begin with https:// (plain http is accepted for loopback only)"
PROXY = "must be a URL like http://proxy.example.com:3128, with user and password percent-encoded, if any"
NO_KEYS = "is missing: PostgreSQL needs it (`python app.py new-key` prints a key)"
ROTATION = "comes of token rotation, which an app from manifest.yml does not use: make the app anew from it"
DATABASE = "postgresql://USER:PASSWORD@HOST/DATABASE"


def said(**environ: str) -> str:
    return errors(**(HTTP | environ)).removeprefix("environment: ")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_BOT_TOKEN", "x", ""),
        ("SLACK_BOT_TOKEN", "xoxb-", ""),
        ("SLACK_BOT_TOKEN", "xapp-1", APP_TOKEN),
        ("SLACK_BOT_TOKEN", "xoxp-1", "is a user's token: take the bot token, Install App, Bot User OAuth Token"),
        ("SLACK_BOT_TOKEN", "xoxe.1", ROTATION),
        ("SLACK_BOT_TOKEN", "xoxe-1", ROTATION),
        ("SLACK_BOT_TOKEN", "0" * 32, "looks like a signing secret: it belongs in SLACK_SIGNING_SECRET"),
        ("SLACK_APP_TOKEN", "xoxb-1", "is a bot token: it belongs in SLACK_BOT_TOKEN"),
    ],
)
def test_a_token_in_the_wrong_line_is_told_its_place(name: str, value: str, sentence: str) -> None:
    prefix = "xapp-" if name == "SLACK_APP_TOKEN" else "xoxb-"
    hint = f" (this one {sentence})" if sentence else ""
    assert said(**{name: value}) == f"{name} must be a token that begins with {prefix}{hint}"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_SIGNING_SECRET", "xapp-1", f"is something else: this one {APP_TOKEN}"),
        ("SLACK_SIGNING_SECRET", "a b", "has a space, a line break or a letter that no token has"),
        ("SWEEPPEA_API_KEY", "xoxb-1", "is something else: this one is a bot token: it belongs in SLACK_BOT_TOKEN"),
        ("SWEEPPEA_API_KEY", "ключ", "has a space, a line break or a letter that no token has"),
        ("SWEEPPEA_BASE_URL", "ftp://x", "must be a URL that begins with https://"),
        ("SWEEPPEA_BASE_URL", "https://x:0", "must have a port above 0, if any"),
        ("SWEEPPEA_BASE_URL", "https://u@x", "must be a plain base URL, with no user, query or fragment"),
        ("SWEEPPEA_BASE_URL", "https://:p@x", "must be a plain base URL, with no user, query or fragment"),
        ("SWEEPPEA_BASE_URL", "https://x?a=b", "must be a plain base URL, with no user, query or fragment"),
        ("SWEEPPEA_BASE_URL", "https://x#a", "must be a plain base URL, with no user, query or fragment"),
        ("SWEEPPEA_BASE_URL", "http://x.example", PLAIN_HTTP),
        ("SWEEPPEA_BASE_URL", "https://user:pa55/word@x", UNREADABLE_URL),
        ("SWEEPPEA_BASE_URL", "https://user:pa55\u2100word@x", UNREADABLE_URL),
        ("SLACK_API_URL", "https://user:pa[ss@x", UNREADABLE_URL),
        ("SWEEPPEA_CONCURRENCY", "0", "must be at least 1"),
        ("SWEEPPEA_CONCURRENCY", "101", "must be at most 100"),
        ("SWEEPPEA_CONCURRENCY", "x", "must be a whole number (requests that one endpoint serves at a time)"),
        ("SWEEPPEA_DEADLINE_S", "x", "must be a number (seconds that one command or click may take)"),
        ("TICKET_VIEWERS", "S01GROUP", "has 'S01GROUP', a user group: name its people, see docs/user-groups.md"),
        ("TICKET_VIEWERS", "alice", f"has 'alice', {PERSON}"),
        ("TICKET_VIEWERS", "xoxb-1234567", f"has 'xoxb-1234567', {PERSON}"),
        ("TICKET_VIEWERS", "xoxb-12345678", f"has 'xoxb…', {PERSON}"),
        ("TICKET_VIEWERS", ",", "has no id in it"),
        ("TICKET_VIEWERS", " ", "is empty: write * for everybody, or user ids"),
        ("TICKET_CHANNELS", "S01GROUP", f"has 'S01GROUP', {CHANNEL}"),
        ("TICKET_CHANNELS", " ", "is empty: write channel ids, or take the line out for all channels"),
        ("AUDIT_CHANNEL", "#audit", f"has '#audit', {CHANNEL}"),
        ("TICKET_RESOLVE", "yes", "must be on or off"),
        ("DELETE_SECOND_PERSON", " ", "is empty: write on or off"),
        ("TICKET_VISIBILITY", "all", "must be 'private' or 'channel'"),
        ("BOT_CONTACT", "x" * 101, "must be one line of at most 100 characters"),
        ("BOT_CONTACT", "a\x07b", "must be one line of at most 100 characters"),
        ("DATABASE_URL", "mysql://x", f"must be sqlite:///FILE or {DATABASE}"),
        ("DATABASE_URL", "sqlite:///:memory:", f"must be sqlite:///FILE or {DATABASE}"),
        ("ENCRYPTION_KEYS", "x", "has something in it that is no key: `python app.py new-key` prints one"),
        ("ENCRYPTION_KEYS", f"{KEY}, {KEY}", "has the same key twice"),
        ("RETENTION_DAYS", "6", "must be at least RECEIPT_DAYS: a receipt goes with its change"),
        ("TICKET_DELETER", "U1", "is not a setting: do you mean TICKET_DELETERS?"),
        ("TICKET_ZZZZZZZZZZZ", "1", "is not a setting"),
        ("HTTPS_PROXY", "proxy:80", PROXY),
        ("TICKET_VIEWERS", '"*"', "has quotes around its value, as `docker --env-file` leaves them: take them out"),
        ("PORT_FILE", " ", "is empty: write a file's path, or take it out"),
        ("PORT_FILE", "/nowhere/at/all", "names /nowhere/at/all, which can't be read: No such file or directory"),
        ("PORT_FILE", "/dev/null", "names /dev/null, which is empty"),
    ],
)
def test_each_mistake_is_a_sentence_that_says_what_to_write(name: str, value: str, sentence: str) -> None:
    assert said(**{name: value}) == f"{name} {sentence}"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://u:p@x/d"}, NO_KEYS),
        (
            {"SLACK_SIGNING_SECRET": ""},
            "is missing, and so is SLACK_APP_TOKEN: Socket Mode needs that one, HTTP this one",
        ),
        ({"SWEEPPEA_API_KEY": ""}, "is missing (the ticket API's key)"),
    ],
)
def test_what_is_missing_is_said_with_what_for(environ: dict[str, str], sentence: str) -> None:
    assert said(**environ).partition(" ")[2] == sentence


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://u:p[@x/d", "can't be read: percent-encode what is special in user and password"),
        ("postgresql://u:p@x:0/d", f"must name a database: {DATABASE}"),
        ("postgresql://u:p@x/", f"must name a database: {DATABASE}"),
    ],
)
def test_an_address_of_a_database_is_refused_without_its_password(url: str, sentence: str) -> None:
    assert said(DATABASE_URL=url, ENCRYPTION_KEYS=KEY) == f"DATABASE_URL {sentence}"


def test_two_settings_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    private = said(DELETE_SECOND_PERSON="on", DELETE_PROMPT_VISIBILITY="private")
    assert private == (
        "DELETE_SECOND_PERSON needs DELETE_PROMPT_VISIBILITY=channel: nobody else would see the question"
    )
    assert said(port="1", PORT="2") == "PORT stands twice, in upper and in lower case: leave one"
    file = tmp_path / "port"
    file.write_text("1")
    both = said(PORT="1", PORT_FILE=str(file))
    assert both == "PORT_FILE is set, and so is PORT, in environment: take one of the two out"


def test_an_error_that_is_shown_as_one_line_has_each_sentence_in_it() -> None:
    with pytest.raises(SettingsError) as caught:
        load(**HTTP, PORT="x", LOG_LEVEL="loud")
    assert str(caught.value) == "; ".join(caught.value.errors)
    assert len(caught.value.errors) == 2


UNREADABLE = "can't be read: the value begins with {0}, so it has to end with {0}, on the same line"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("PORT=1\nPORT=2\n", ["line 2: PORT stands twice, first in line 1: leave one of the two lines"]),
        ("PORT\n", ["line 1: PORT can't be read: write PORT=value"]),
        ("hello there\n", ["line 1: this line can't be read: write NAME=value"]),
        ("xoxb 1=2\n", ["line 1: this line can't be read: write NAME=value"]),
        ("\nPORT='1\n", ["line 2: PORT " + UNREADABLE.format("'")]),
        ('export port="1\n', ["line 1: PORT " + UNREADABLE.format('"')]),
        ("='x\n", ["line 1: this line " + UNREADABLE.format("'")]),
        ("http_proxy=x\n", ["line 1: HTTP_PROXY is read from the environment, not from this file"]),
        ("PORT=1\u2028HOST=2\n", ["line 1: PORT has an unusual line break in it: break the line with Enter"]),
        ("abc\u2028HOST=2\n", ["line 1: this line has an unusual line break in it: break the line with Enter"]),
        (b"PORT=1\r\nHOST=\xff\n", ["line 2: this line is not UTF-8: save the file as UTF-8"]),
        ("PORTT=1\n", ["line 1: PORTT is not a setting: do you mean PORT?"]),
        ("s3cret-1=1\n", ["line 1: what stands before the = sign is not a setting"]),
        (f"{'A' * 41}=1\n", ["line 1: what stands before the = sign is not a setting"]),
        (f"{'A' * 40}=1\n", [f"line 1: {'A' * 40} is not a setting"]),
        ("A\r\nPORT\rPORT='a\n", [
            "line 1: this line can't be read: write NAME=value",
            "line 2: PORT can't be read: write PORT=value",
            "line 3: PORT " + UNREADABLE.format("'"),
        ]),
    ],
)  # fmt: skip
def test_each_line_that_cannot_be_taken_is_named_with_its_number(
    tmp_path: Path, text: str | bytes, sentences: list[str]
) -> None:
    assert errors_in_file(tmp_path, text) == [f".env, {sentence}" for sentence in sentences]


def test_a_rule_that_the_environment_would_take_away_is_named_with_both_places(tmp_path: Path) -> None:
    taken_away = errors_in_file(tmp_path, "TICKET_CHANNELS=C01\n", HTTP | {"TICKET_CHANNELS": " "})
    assert taken_away == [
        f"environment: TICKET_CHANNELS is empty, and has a value in {tmp_path}/.env, line 1: take one of the two out"
    ]


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, False), (0o604, True), (0o602, True)])
def test_a_file_of_secrets_that_everybody_may_open_is_warned_of(tmp_path: Path, mode: int, *, is_open: bool) -> None:
    file = tmp_path / ".env"
    file.write_text("BOT_CONTACT=${X}\nHOST=${\n")
    file.chmod(mode)
    expanded = f"{file}, line 1: BOT_CONTACT has ${{…}} in it, which is not expanded: it counts as it stands"
    warning = f"{file} holds secrets, and every user of this machine may open it: chmod 600 {file}"
    assert Settings.load(HTTP, file).warnings == (*([warning] if is_open else []), expanded)


def test_a_folder_a_link_to_nothing_and_a_loop_are_said_to_be_what_they_are(tmp_path: Path) -> None:
    folder, link, loop = (tmp_path / name for name in ("folder", "link", "loop"))
    folder.mkdir()
    link.symlink_to(tmp_path / "gone")
    loop.symlink_to(loop)
    said: list[str] = []
    for path in (folder, link, loop):
        with pytest.raises(SettingsError) as caught:
            Settings.load(HTTP, path)
        said += caught.value.errors
    assert said == [
        f"{folder} is a folder, not a file (Docker makes one where a file to be mounted is missing)",
        f"{link} is a link to {tmp_path}/gone, and there is no such file",
        f"{loop} can't be read: Too many levels of symbolic links",
    ]


def test_who_may_delete_but_not_look_is_named_in_the_warning(tmp_path: Path) -> None:
    lists = "TICKET_VIEWERS=U01ALICE\nTICKET_DELETERS=U03CAROL,U02BOB,U01ALICE\n"
    assert load_file(tmp_path, lists).warnings == (
        "TICKET_DELETERS names U02BOB, U03CAROL, who may not delete: TICKET_VIEWERS does not name them",
    )


def test_nothing_is_said_of_a_value_that_looks_like_nothing_we_know() -> None:
    assert looks_like("k3y") == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1\n2\n", "has more than one line"),
        (b"\xff", "is not UTF-8"),
        (b"\n", "is empty"),
        (b"1" * (64 * 1024 + 1), "has more than one line"),
    ],
    ids=["two lines", "not UTF-8", "empty", "endless"],
)
def test_a_file_that_holds_no_value_is_named_with_what_is_in_its_way(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "port"
    file.write_bytes(content)
    assert said(PORT_FILE=f" {file} ") == f"PORT_FILE names {file}, which {sentence}"


def test_what_is_at_its_limit_is_taken_as_it_was_written() -> None:
    assert load(**HTTP, AUDIT_CHANNEL=" C01AUDIT ").audit_channel == "C01AUDIT"
    assert load(**HTTP, BOT_CONTACT="x" * 100).bot_contact == "x" * 100
    assert load(**HTTP, SWEEPPEA_BASE_URL="https://tickets.example/X/").sweeppea_base_url == "https://tickets.example/X"


def test_each_file_that_cannot_be_taken_is_named(tmp_path: Path) -> None:
    good = tmp_path / "port"
    good.write_text("1")
    wrong = said(PORT="1", PORT_FILE=str(good), HOST_FILE=" ", LOG_LEVEL_FILE="/dev/null").splitlines()
    assert [line.removeprefix("environment: ").split()[0] for line in wrong] == [
        "PORT_FILE", "HOST_FILE", "LOG_LEVEL_FILE",
    ]  # fmt: skip
