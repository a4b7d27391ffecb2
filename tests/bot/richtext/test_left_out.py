"""What is left out of a text, and how it is counted."""

import pytest

from bot import richtext
from bot.blockkit import text
from tests.bot.richtext.strange_html import words
from tests.bot.richtext.test_richtext import FULL


@pytest.mark.parametrize("part", FULL.values(), ids=FULL)
@pytest.mark.parametrize("limit", [100, 700, 3000])
def test_what_is_left_out_is_counted_to_within_two_percent(part: str, limit: int) -> None:
    html = "".join(part.format(number) for number in range(200))
    whole = text.utf16_len(words(richtext.from_html(html, limit=10**6, size=10**6)))
    shown = richtext.from_html(html, limit=limit)
    omitted = whole - text.utf16_len(words(shown).removesuffix("…"))
    assert shown.omitted == pytest.approx(omitted, rel=0.02)
