"""Lists as HTML and as editors write them."""

from typing import Any

import pytest

from bot import richtext
from tests.bot.richtext.strange_html import bullets, run, section


def elements(html: str) -> list[dict[str, Any]]:
    return list(richtext.from_html(html, limit=3000).elements)


def numbers(first: int, *items: str, **more: object) -> dict[str, Any]:
    offset = {"offset": first - 1} if first > 1 else {}
    return bullets(*items, style="ordered", **offset, **more)


def plain(html: str) -> str:
    return richtext.html_to_text(html, limit=3000)[0]


def test_quill_s_one_list_has_bullets_numbers_boxes_and_depth() -> None:
    html = (
        '<ol><li data-list="ordered"><span class="ql-ui"></span>one</li>'
        '<li data-list="ordered" class="ql-indent-1">one a</li><li data-list="bullet" class="ql-indent-2">deep</li>'
        '<li data-list="ordered" class="ql-indent-1">one b</li><li data-list="bullet">dot</li>'
        '<li data-list="ordered">two</li><li data-list="ordered" class="ql-indent-1">two a</li>'
        '<li data-list="checked">done</li><li data-list="unchecked" class="ql-indent-1">open</li></ol>'
    )
    assert elements(html) == [
        numbers(1, "one"),
        numbers(1, "one a", indent=1),
        bullets("deep", indent=2),
        numbers(2, "one b", indent=1),
        bullets("dot"),
        numbers(2, "two"),
        numbers(1, "two a", indent=1),
        section(run("☑ done\n    ☐ open")),
    ]
    assert plain(html).splitlines()[-4:] == ["2. two", "  1. two a", "☑ done", "  ☐ open"]


_TIPTAP = "<li data-checked='{}'><label><input type=checkbox {}></label><div>{}</div></li>"
_DOCS = "<li role=checkbox aria-checked={}><img aria-roledescription=checkbox alt=box src='data:x'>{}</li>"
TASKS = {
    "github": "<ul><li><input type=checkbox checked disabled> a</li><li><input type=checkbox> b</li></ul>",
    "paragraphs": "<ul><li><p><label><input type=checkbox checked=''> a</label></p><li><p><input type=checkbox>b</ul>",
    "tiptap": f"<ul>{_TIPTAP.format('true', 'checked', 'a')}{_TIPTAP.format('false', '', 'b')}</ul>",
    "quill 1": '<ul data-checked="true"><li>a</li></ul><ul data-checked="false"><li>b</li></ul>',
    "google docs": f"<ul>{_DOCS.format('true', 'a')}{_DOCS.format('false', 'b')}</ul>",
}


@pytest.mark.parametrize("html", TASKS.values(), ids=TASKS)
def test_a_task_shows_whether_it_is_done(html: str) -> None:
    assert elements(html) == [section(run("☑ a\n☐ b"))]
    assert plain(html) == "☑ a\n☐ b"
    assert plain("<p><input type=checkbox checked> a</p><p><input type=radio> b</p>") == "☑ a\n\nb"


@pytest.mark.parametrize(
    ("attributes", "items", "marks"),
    [
        ('type="a"', 3, ["a.", "b.", "c."]),
        ('type="A" start="26"', 3, ["Z.", "AA.", "AB."]),
        ('type="i" start="4"', 2, ["iv.", "v."]),
        ('type="I" start="1999"', 2, ["MCMXCIX.", "MM."]),
        ('type="I" start="4000"', 1, ["4000."]),
        ('style="list-style-type: lower-latin"', 2, ["a.", "b."]),
        ('start="0"', 2, ["0.", "1."]),
        ('start="-1" type="a"', 1, ["-1."]),
        ('start="x"', 1, ["1."]),
        ("reversed", 3, ["3.", "2.", "1."]),
        ('reversed start="10"', 2, ["10.", "9."]),
    ],
)
def test_a_list_counts_as_its_attributes_say(attributes: str, items: int, marks: list[str]) -> None:
    html = f"<ol {attributes}>{'<li>x</li>' * items}</ol>"
    assert plain(html).splitlines() == [f"{mark} x" for mark in marks]


def test_numbers_that_slack_has_stay_a_list_and_the_others_are_text() -> None:
    html = "<ol><li>a<li value=5>b<li>c</ol><ol reversed><li>d<li>e</ol><ol type=i><li>f<li>g</ol>"
    assert elements(html) == [
        numbers(1, "a"),
        numbers(5, "b", "c"),
        numbers(2, "d"),
        numbers(1, "e"),
        section(run("i. f\nii. g")),
    ]


def test_an_empty_item_is_counted_as_in_a_browser() -> None:
    assert plain("<ol><li>a<li><li>c</ol>") == "1. a\n3. c"


_WORD = "<p class=MsoListParagraph style='mso-list:l0 level{} lfo1'>{}<span>&nbsp;&nbsp;&nbsp; </span>{}</p>"


def test_word_s_paragraphs_with_bullets_and_numbers_are_lists() -> None:
    written = [
        (1, "·", "a"),
        (2, "o", "b"),
        (3, "§", "c"),
        (1, "·", "d"),
        (1, "1.", "e"),
        (1, "2)", "f"),
        (2, "a.", "g"),
    ]
    html = "".join(_WORD.format(*item) for item in written) + "<p>after</p>"
    assert elements(html) == [
        bullets("a"),
        bullets("b", indent=1),
        bullets("c", indent=2),
        bullets("d"),
        numbers(1, "e", "f"),
        section(run("    a. g\nafter")),
    ]


def test_word_s_bullets_are_known_without_its_classes_too() -> None:
    html = "<p>·&nbsp;&nbsp; a</p><p>o&nbsp;&nbsp; b</p><p>§ 5 of the rules</p><p>o no</p><p>1. so</p>"
    assert elements(html) == [
        bullets("a"),
        bullets("b", indent=1),
        section(run("§ 5 of the rules\n\no no\n\n1. so")),
    ]


@pytest.mark.parametrize("mark", ["1.1.", "2.10", "(a)", "iv)", "0.", "B."])
def test_a_number_of_word_s_that_slack_has_not_stays_as_it_was_written(mark: str) -> None:
    html = _WORD.format(1, mark, "x")
    assert elements(html) == [section(run(f"{mark} x"))]
    assert plain(html) == f"{mark} x"


def test_a_mark_in_pieces_and_text_that_has_none_are_kept_apart() -> None:
    html = "<p class=MsoListParagraph><b>1</b><i>.</i>&nbsp; one<br>more</p><p class=MsoListParagraph>no mark</p>"
    assert plain(html) == "1. one\n   more\nno mark"
