"""What the bots log and what goes wrong with it, told to a world."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Handler(logging.Handler):
    def __init__(self, hear: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self.hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self.hear(record)


@contextmanager
def listening(hear: Callable[[logging.LogRecord], None]) -> Iterator[None]:
    audit, root = logging.getLogger("audit"), logging.getLogger()
    handler, before = _Handler(hear), (audit.level, audit.propagate, audit.handlers[:], root.handlers[:])
    audit.setLevel(logging.INFO)
    audit.propagate, audit.handlers, root.handlers = False, [handler], [handler]
    try:
        yield
    finally:
        audit.level, audit.propagate, audit.handlers, root.handlers = before
