"""What gets into the log, and what never does."""

import logging
from collections.abc import Iterator
from time import tzset

import pytest

from bot import logs


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def configured() -> logging.Logger:
    logs.configure("INFO", ["k3y-of-the-api"])
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
def test_a_secret_is_hidden_whoever_logs_it(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    log = configured()
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
