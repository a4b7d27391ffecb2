"""How fast a stranger's HTML becomes rich text: 20,000 characters with 2,000 tags, and the same written to do harm."""

import time
from collections.abc import Callable
from statistics import median

from bot import richtext

LENGTH = 20_000
_ROUNDS = 5
_CARD, _WHOLE = 700, LENGTH  # characters asked for: the card's, and all of it
_ORDINARY = (
    '<p>It <b>does</b> <i>not</i> work &amp; <a href="https://example.com/a">this page</a> fails.</p>'
    "<ul><li>one</li></ul>"
)


def _filled(part: str) -> str:
    return (part * (LENGTH // len(part) + 1))[:LENGTH]


SOURCES = {
    "2,000 tags": _filled("words <b>bold</b>, x"),
    "as people write": _filled(_ORDINARY),
    "nested": "<div>" * 1_000 + _filled("x ")[: LENGTH - 11_000] + "</div>" * 1_000,
    "2,000 tags, unclosed": _filled("<p>more words <b>bold<i>slant "),
    "4,600 tags, unclosed": _filled("<p>a<b>b<i>c "),
    "no tags": _filled("only words "),
}


def _median_ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


def rows() -> list[tuple[str, str]]:
    """What was converted, and how long that took."""
    return [
        (
            f"rich text, {len(source):,} characters, {name}: the card's part / all",
            " / ".join(
                f"{_median_ms(lambda s=source, n=limit: richtext.from_html(s, limit=n)):.1f} ms"  # type: ignore[misc]
                for limit in (_CARD, _WHOLE)
            ),
        )
        for name, source in SOURCES.items()
    ]
