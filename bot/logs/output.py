"""How a line of the log looks, and what is hidden in it, whoever writes it."""

import atexit
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import UTC, datetime
from typing import Literal

from bot.logs.repeats import Repeats, repeats_suffix
from bot.logs.summary import NO_REFERENCE, described, reference
from bot.logs.writer import LineWriter

# Theirs print bodies, response_urls and web socket addresses below WARNING, and now and then in an error's text.
_OTHERS = ("slack_sdk", "slack_bolt", "httpx", "httpcore", "aiohttp", "asyncio")
_PATTERNS = (
    r"xox[a-z](?:\.[a-z]+)?-[\w-]+",  # Slack's tokens
    r"xapp-[\w-]+",
    r"wss?://\S+",  # the address of a socket holds a ticket for it
    r"https?://hooks\.slack[\w.-]*/\S+",  # a response_url lets anyone write into the channel
)
_SIGNS = ("xox", "xapp-", "://")  # one of them is in whatever the patterns find
_HIDDEN = "[hidden]"
FLUSH_TIMEOUT_S = 2.0  # at the end of the process

Format = Literal["text", "json"]


def configure(level: str, secrets: Iterable[str] = (), form: Format = "text") -> None:
    """Our own loggers at `level`, everybody else's at WARNING; `secrets` appear in no line whoever writes it."""
    # no line has them, and each costs a microsecond
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = _ThreadedHandler()
    handler.setFormatter((_JsonFormatter if form == "json" else _TextFormatter)(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("app", "bot", "handlers"):
        logging.getLogger(name).setLevel(level)
    for name in _OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)


class _ThreadedHandler(logging.Handler):
    """A warning that repeats is counted; the line of a command is always written."""

    def __init__(self) -> None:
        super().__init__()
        self._writer = LineWriter(sys.stderr)
        self._repeats = Repeats()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING and not hasattr(record, "fields"):
            text = f"{record.levelname} {record.name} [{reference.get()}] {record.getMessage()}"
            if (count := self._repeats.count(text, record.created)) is None:
                return
            if count:
                record = copy(record)  # others may look at it too
                record.msg, record.args = f"{record.getMessage()}{repeats_suffix(count)}", ()
        self._writer.put(self.format(record))

    def flush(self) -> None:
        self._writer.flush(FLUSH_TIMEOUT_S)

    def close(self) -> None:
        """Logs how often each line was repeated since, so that no count is lost."""
        for text, count in self._repeats.left_over():
            record = logging.makeLogRecord({"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING"})
            record.msg = f"{count} more like this: {text}"
            self._writer.put(self.format(record))
        self.flush()
        super().close()


class _Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)
        self._secret = re.compile("|".join([*map(re.escape, self._secrets), *_PATTERNS]))
        self._second = (0, "", "")

    def hide(self, text: str) -> str:
        """The pattern is slow where it finds nothing, as in nearly every line."""
        found = any(sign in text for sign in _SIGNS) or any(secret in text for secret in self._secrets)
        return self._secret.sub(_HIDDEN, text) if found else text

    def time(self, created: float) -> str:
        """The machine's time, with its offset from UTC; made once a second."""
        second = int(created)
        if self._second[0] != second:
            local = datetime.fromtimestamp(second, UTC).astimezone().isoformat(" ")
            self._second = (second, local[:19], local[19:])
        _, seconds, offset = self._second
        return f"{seconds}.{int(created * 1000) % 1000:03}{offset}"

    def message(self, record: logging.LogRecord) -> str:
        """One line; an exception without its text, which may quote a ticket."""
        text = record.getMessage()
        if record.exc_info:
            kind, _, trace = record.exc_info
            text = f"{text}: {described(kind, trace)}"
        return self.hide(" ".join(text.splitlines()) if "\n" in text else text)


class _TextFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        start = f"{self.time(record.created)} {record.levelname} {record.name} [{reference.get()}]"
        return f"{start} {self.message(record)}"


class _JsonFormatter(_Formatter):
    """A JSON object a line. What a line says of a command is in fields of their own, too."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(dict(self._fields(record)), ensure_ascii=False)

    def _fields(self, record: logging.LogRecord) -> Iterator[tuple[str, object]]:
        yield "time", self.time(record.created).replace(" ", "T")
        yield "level", record.levelname
        yield "logger", record.name
        yield "ref", reference.get().removeprefix(NO_REFERENCE)
        yield "message", self.message(record)
        for name, value in getattr(record, "fields", {}).items():
            yield name, self.hide(value) if isinstance(value, str) else value
