"""How fast a stranger's HTML becomes rich text: 20,000 characters with 2,000 tags, and the same written to do harm."""

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.figure import less
from benchmarks.part import Bench, Round
from bot import richtext

LENGTH = 20_000
_TRIES = 5
_CARD, _WHOLE = 700, LENGTH  # characters asked for: the card's, and all of it
_ORDINARY = (
    '<p>It <b>does</b> <i>not</i> work &amp; <a href="https://example.com/a">this page</a> fails.</p>'
    "<ul><li>one</li></ul>"
)


def _filled(part: str) -> str:
    return (part * (LENGTH // len(part) + 1))[:LENGTH]


@dataclass(frozen=True)
class Source:
    name: str
    html: str


SOURCES = {
    "tags": Source("2,000 tags", _filled("words <b>bold</b>, x")),
    "ordinary": Source("as people write", _filled(_ORDINARY)),
    "nested": Source("nested", "<div>" * 1_000 + _filled("x ")[: LENGTH - 11_000] + "</div>" * 1_000),
    "unclosed": Source("2,000 tags, unclosed", _filled("<p>more words <b>bold<i>slant ")),
    "unclosed_most": Source("4,600 tags, unclosed", _filled("<p>a<b>b<i>c ")),
    "words": Source("no tags", _filled("only words ")),
}


def _median_ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


QUANTITIES = {
    f"{key}_{which}_ms": less(f"{LENGTH:,} characters, {source.name}: {what}", "ms")
    for key, source in SOURCES.items()
    for which, what in (("card", "the card's part"), ("all", "all of it"))
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    for _ in range(bench.effort.rounds):
        yield {
            f"{key}_{which}_ms": _median_ms(partial(richtext.from_html, source.html, limit=limit))
            for key, source in SOURCES.items()
            for which, limit in (("card", _CARD), ("all", _WHOLE))
        }
