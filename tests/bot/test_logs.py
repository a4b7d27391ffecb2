"""What gets into the log, and what never does."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from time import tzset

import pytest

from bot import logs
from bot.logs.output import Format
from bot.logs.repeats import INTERVAL_S


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


FORMATS: tuple[Format, ...] = ("text", "json")


def configured(form: Format = "text") -> logging.Logger:
    logs.configure("INFO", ["k3y-of-the-api"], form)
    return logging.getLogger("bot.test")


def logged(capsys: pytest.CaptureFixture[str]) -> str:
    """Once the thread has written it."""
    for handler in logging.root.handlers:
        handler.flush()
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "secret",
    [
        "k3y-of-the-api",
        "xoxb-123-abc",
        "xoxe.xoxb-1-abc",
        "xapp-1-A0-2-c",
        "https://hooks.slack.com/commands/T1/2/abc",
        "https://hooks.slack-gov.com/actions/T1/2/abc",
        "wss://wss-primary.slack.com/link/?ticket=abc",
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_is_hidden_whoever_logs_it(capsys: pytest.CaptureFixture[str], secret: str, form: Format) -> None:
    log = configured(form)
    log.warning("it is %s, they say", secret)
    logging.getLogger("slack_bolt.something").error("it is %s, they say", secret)
    shown = logged(capsys)
    assert secret not in shown
    assert shown.count("it is [hidden]") == 2


def test_the_text_of_an_exception_is_left_out_and_its_place_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    try:
        int("Jane Roe's ticket")
    except ValueError as error:
        logs.log_unexpected(log, error)
        log.exception("failed")
    shown = logged(capsys)
    assert "Jane" not in shown
    assert shown.count("test_logs.py") == 2


def test_a_line_carries_the_reference_that_the_person_got(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    token = logs.reference.set("7F3K9")
    log.info("hello")
    logs.reference.reset(token)
    assert "[7F3K9] hello" in logged(capsys)


@pytest.mark.parametrize("name", ["slack_bolt.x", "slack_sdk.y", "httpx", "aiohttp.access"])
def test_the_libraries_stay_quiet_below_warnings(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configured()
    logging.getLogger(name).info("a whole body")
    assert logged(capsys) == ""


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("UTC", "2026-11-18 18:26:40.250+00:00"),
        ("EST5", "2026-11-18 13:26:40.250-05:00"),
        ("<+0530>-5:30", "2026-11-18 23:56:40.250+05:30"),
    ],
)
def test_a_line_has_the_time_with_its_offset_from_utc(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, zone: str, time: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    tzset()
    record = logging.makeLogRecord(
        {"name": "bot", "levelno": logging.INFO, "msg": "hello", "created": 1_795_026_400.25}
    )
    configured().handle(record)
    monkeypatch.undo()
    tzset()
    assert logged(capsys).startswith(f"{time} ")


@pytest.mark.parametrize("form", FORMATS)
def test_an_unexpected_error_is_one_line(capsys: pytest.CaptureFixture[str], form: Format) -> None:
    log = configured(form)
    try:
        int("Jane Roe's ticket")
    except ValueError as error:
        logs.log_unexpected(log, error)
        log.exception("failed\nbadly")
    assert len(logged(capsys).splitlines()) == 2


def test_a_line_of_json_has_what_a_line_of_text_has(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured("json")
    token = logs.reference.set("7F3K9")
    log.warning("it is %s", "k3y-of-the-api", extra={"fields": {"user": "U01ALICE", "of": "xoxb-1-a", "seconds": 0.2}})
    logs.reference.reset(token)
    log.warning("no command")
    first, second = map(json.loads, logged(capsys).splitlines())
    assert datetime.fromisoformat(first.pop("time")).tzinfo
    assert first == {
        "level": "WARNING",
        "logger": "bot.test",
        "ref": "7F3K9",
        "message": "it is [hidden]",
        "user": "U01ALICE",
        "of": "[hidden]",
        "seconds": 0.2,
    }
    assert second["ref"] == ""


def test_a_secret_with_quotes_in_it_is_hidden_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", ['k"e\\y'], "json")
    logging.getLogger("bot").info('it is k"e\\y')
    assert json.loads(logged(capsys))["message"] == "it is [hidden]"


def said(log: logging.Logger, at: float, text: str) -> None:
    log.handle(
        logging.makeLogRecord({"name": "bot.test", "levelno": 30, "levelname": "WARNING", "msg": text, "created": at})
    )


def test_what_repeats_is_told_once_and_then_with_its_count(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    for at in (0, 1, 2):
        said(log, at, f"Slack does not answer, try {at}")
    said(log, 3, "something else")
    said(log, INTERVAL_S, "Slack does not answer, try 9")
    lines = [line.partition("] ")[2] for line in logged(capsys).splitlines()]
    assert lines == [
        "Slack does not answer, try 0",
        "something else",
        "Slack does not answer, try 9 (2 more like this)",
    ]


def test_what_was_counted_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    for at in (0, 1, 2):
        said(log, at, "Slack does not answer on port 443")
    logging.root.handlers[0].close()
    assert "2 more like this: WARNING bot.test [-] Slack does not answer on port 443" in logged(capsys)


def test_lines_of_different_commands_are_no_repetition(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    for ref in ("7F3K9", "7F3K9", "AAAAA"):
        token = logs.reference.set(ref)
        said(log, 0, "the receipt was refused")
        logs.reference.reset(token)
    assert logged(capsys).count("the receipt was refused") == 2


def test_a_counter_forgets_the_oldest() -> None:
    repeats = logs.Repeats()
    letters = [f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]
    assert {repeats.count(letter, 0) for letter in letters} == {0}
    assert (repeats.count("aa", 1), repeats.count("zz", 1)) == (0, None)
