import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import richtext
from bot.blockkit import limits, text
from bot.richtext.source import INPUT_LENGTH
from bot.sandbox import block_kit
from tests.bot.richtext.strange_html import HTML, LIMITS, STYLED, TAGS, bullets, lines, ours, run, section, words


def elements(html: str) -> list[dict[str, Any]]:
    return list(richtext.from_html(html, limit=3000).elements)


@ours
@given(HTML, LIMITS)
@example("<b>x</b>" * 500, 3000)
def test_slack_takes_whatever_comes_of_any_html(html: str, limit: int) -> None:
    for shown in (richtext.from_html(html, limit=limit), richtext.from_text(html, limit=limit)):
        block = {"type": "rich_text", "elements": list(shown.elements)}
        assert not shown.elements or block_kit.violations({"text": "x", "blocks": [block]}) == []
        assert text.utf16_len(words(shown)) <= limit
        assert text.utf16_len(json.dumps(shown.elements, ensure_ascii=False)) <= limits.RICH_TEXT_JSON


def test_a_word_that_calls_only_after_it_was_cut_calls_nobody() -> None:
    shown = richtext.from_html('0000000000000<br><a href="http://0">@here00', limit=20)
    assert "@here" not in str(shown.elements)


@ours
@given(HTML, LIMITS)
def test_a_reader_sees_only_clean_text_that_calls_nobody(html: str, limit: int) -> None:
    for line in lines(richtext.from_html(html, limit=limit)):
        for one in line:
            assert text.clean(one["text"].replace("\u2060", "")) == one["text"].replace("\u2060", "")
            assert "code" in one.get("style", {}) or not re.search(r"(?<![\w/])@(here|channel)\b", one["text"])
        assert "\n\n\n" not in "".join(one["text"] for one in line)
        assert line[0]["text"].lstrip("\n") == line[0]["text"]
        assert line[-1]["text"].rstrip() == line[-1]["text"]


@ours
@given(HTML, LIMITS, st.integers(1, 8))
def test_no_more_lines_than_asked_for(html: str, limit: int, most: int) -> None:
    shown = richtext.from_html(html, limit=limit, lines=most)
    blocks = ["".join(one["text"] for one in line) for line in lines(shown)]
    assert sum(block.count("\n") + 1 for block in blocks) <= most
    plain, omitted = richtext.html_to_text(html, limit=limit, lines=most)
    assert plain.count("\n") < most
    whole, _ = richtext.html_to_text(html, limit=10**6)
    assert (omitted == 0) == (plain == whole)


def test_a_note_without_tags_is_plain_text_as_it_was_typed() -> None:
    assert richtext.note_to_text("a &lt; b <c>", limit=99) == ("a &lt; b <c>", 0)
    assert richtext.note_to_text("a &lt; <b>b</b>", limit=99) == ("a < b", 0)


def test_a_line_that_is_the_last_one_ends_with_dots() -> None:
    shown = richtext.from_html("<p>one<br>two<br>three</p>", limit=700, lines=2)
    assert shown.elements == (section(run("one\ntwo…")),)
    assert shown.omitted == len("\nthree")
    assert richtext.html_to_text("<p>one<br>two<br>three</p>", limit=700, lines=2) == ("one\ntwo…", len("\nthree"))


@ours
@given(HTML, LIMITS)
def test_what_is_left_out_is_counted(html: str, limit: int) -> None:
    whole = richtext.from_html(html, limit=10**6, size=10**6)
    shown = richtext.from_html(html, limit=limit)
    assert (shown.omitted == 0) == (shown.elements == whole.elements)
    assert whole.omitted == 0


@ours
@given(HTML, LIMITS)
def test_plain_text_holds_the_same_words(html: str, limit: int) -> None:
    whole, omitted = richtext.html_to_text(html, limit=10**6)
    shown, missing = richtext.html_to_text(html, limit=limit)
    assert omitted == 0
    assert text.utf16_len(shown) <= limit
    assert (missing == 0) == (shown == whole)
    everything = words(richtext.from_html(html, limit=10**6, size=10**6))
    assert re.sub(r"\W|\d", "", whole) == re.sub(r"\W|\d", "", everything)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("foo<b>&#8203;</b>bar", [section(run("foobar"))]),
        (
            "<p>One <b>two</b>\n  three.</p> <p>Four<br>five</p>",
            [section(run("One "), run("two", bold=True), run(" three.\n\nFour\nfive"))],
        ),
        (
            "<i>a<strong>b</strong></i><del>c</del><kbd>d</kbd>",
            [
                section(
                    run("a", italic=True), run("b", bold=True, italic=True), run("c", strike=True), run("d", code=True)
                )
            ],
        ),
        ("<h2>Title</h2><p>Text</p>", [section(run("Title", bold=True), run("\nText"))]),
        ("<div>a</div><div>b</div><div><br></div><div>c</div>", [section(run("a\nb\n\nc"))]),
        ("a<br><br><br><br><p></p><p>&nbsp;</p>b<br>", [section(run("a\n\nb"))]),
        ("Tom &amp; Jerry &lt;3 <wbr>", [section(run("Tom & Jerry <3"))]),
        ("<q>so</q> <u>it</u> <blink>is</blink>", [section(run("“so” it is"))]),
        ("a<hr>b", [section(run("a\n────────────────\nb"))]),
        ("<dl><dt>Term</dt><dd>what it is</dd></dl>", [section(run("Term", bold=True), run("\nwhat it is"))]),
        (
            "<blockquote>a<p>b</blockquote>c",
            [{"type": "rich_text_quote", "elements": [run("a\n\nb")]}, section(run("c"))],
        ),
        (
            "<pre>\n def f():\n\treturn\n\n\n\n# <b>end</b>\n</pre>",
            [{"type": "rich_text_preformatted", "elements": [run(" def f():\n    return\n\n# end")]}],
        ),
        (
            "<script>a</script><style>b</style><!-- c --><template>d</template><iframe>e</iframe><svg>f</svg>g",
            [section(run("g"))],
        ),
        ("<p>From: Jo <jo@example.com></p>", [section(run("From: Jo <jo@example.com>"))]),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td><p>1</p></td><td></td><td>2</td></tr></table><p>end</p>",
            [section(run("A", bold=True), run(" · "), run("B", bold=True), run("\n1 · – · 2\n\nend"))],
        ),
        ("no tag,\ntwo lines &amp; <three> words", [section(run("no tag,\ntwo lines & <three> words"))]),
        ("<p> </p><b></b><ul><li></ul><table></table>", []),
        ("", []),
    ],
)
def test_html_reads_as_in_a_browser(html: str, shown: list[dict[str, Any]]) -> None:
    assert elements(html) == shown


def test_lists_are_lists_at_every_depth() -> None:
    html = "<ul><li>a<ul><li>b</ul><li>c<p>more</ul><ol start=3><li>d<li>e</ol>"
    assert elements(html) == [
        bullets("a"),
        bullets("b", indent=1),
        bullets("c\nmore"),
        bullets("d", "e", style="ordered", offset=2),
    ]


def test_a_list_goes_on_counting_after_a_list_in_it() -> None:
    assert elements("<ol><li>a<ul><li>b</ul>tail<li>c</ol>") == [
        bullets("a", style="ordered"),
        bullets("b", indent=1),
        section(run("tail")),
        bullets("c", style="ordered", offset=1),
    ]


def test_a_list_in_a_quote_has_the_quote_s_border() -> None:
    assert elements("<blockquote><ul><li>a</ul></blockquote>") == [bullets("a", border=1)]


def test_text_is_cut_after_a_word_and_the_rest_counted() -> None:
    shown = richtext.from_html("<p>one two <b>three four</b> five</p>", limit=15)
    assert shown.elements == (section(run("one two "), run("three…", bold=True)),)
    assert shown.omitted == len(" four five")


def test_codes_and_calls_are_broken_but_in_code() -> None:
    html = ":tada: @here <!channel> <code>a:b:c</code>"
    assert elements(html) == [section(run(":\u2060tada: @\u2060here "), run("a:b:c", code=True))]
    assert richtext.html_to_text("@here", limit=9) == ("@\u2060here", 0)


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("two\nlines", "two\nlines"),
        ("<p>some</p>HTML &amp; more", "some\n\nHTML & more"),
        ("if a <b then c> d &amp; <jo@example.com>", "if a <b then c> d &amp; <jo@example.com>"),
        ("  \n\n\n a\n\n\n\nb \n", "a\n\nb"),
    ],
)
def test_a_note_is_shown_as_typed_unless_it_is_html(note: str, shown: str) -> None:
    assert words(richtext.from_text(note, limit=99)) == shown


def test_plain_text_has_marks_for_its_lists() -> None:
    html = "<p>Do:</p><ol><li>a<ul><li>b</ul><li>c</ol><p>done"
    assert richtext.html_to_text(html, limit=99) == ("Do:\n1. a\n  • b\n2. c\ndone", 0)
    assert richtext.html_to_text("one two three", limit=9) == ("one two…", 6)


@pytest.mark.parametrize(
    "tag",
    [
        *(*TAGS, *STYLED, "ul><li", "ol><li><blockquote", "table><tr><td", "b><div", 'a href="https://a.example"'),
        *("math><td", "svg><source", "math><mi><wbr", "math><annotation-xml encoding=text/html><p", "ol type=a><li"),
    ],
)
@pytest.mark.parametrize("end", ["", "</div></b></ul>"])
def test_twenty_thousand_open_tags_are_read(tag: str, end: str) -> None:
    html = f"<p>before</p>{f'<{tag}>' * 20_000}after{end}"
    assert words(richtext.from_html(html, limit=99)).startswith("before")


FULL = {
    "links": '<p>See <a href="https://{0}.example/help/{0}">page {0}</a> or https://example.com/{0}, please.</p>',
    "links with their host": '<p><a href="https://a.example/{0}">https://a.example/{0}</a> <a href="/{0}">x</a></p>',
    "links in items": '<ul><li><a href="https://{0}.example/a">the first of them</a></li><li>two</li></ul>',
    "addresses": '<div><a href="mailto:jo{0}@mail.example">Jo</a>, <a href="tel:+1555{0}">by phone</a></div>',
    "pictures": '<p><img src="https://cdn.example/{0}.png" alt="screen {0}"><br>below it</p>',
    "tables": '<table><tr><td>Draw {0}</td><td></td><td><a href="https://a.example/{0}">won</a></td></tr></table>',
    "quotes": '<blockquote>words <b>{0}</b> &amp; <a href="https://b.example">more</a></blockquote><pre>x {0}</pre>',
    "hidden": '<p>shown {0} <span style="display:none">not this one</span><span hidden>nor this</span></p>',
}


def test_formatting_left_open_is_not_repeated_for_every_paragraph() -> None:
    html = "<p>" + "".join(f"<b id={at}>" for at in range(800)) + "</p>" + "<p>x</p>" * 1200
    assert richtext.from_html(html, limit=9).omitted < 3 * 1200


def test_what_is_beyond_the_longest_input_is_counted() -> None:
    html = "<p>" + "x" * (INPUT_LENGTH - 3) + "y" * 1000 + "</p>"
    assert richtext.from_html(html, limit=100).omitted == INPUT_LENGTH - 3 + 1000 - 99


def test_a_text_is_cut_where_its_json_is_too_long() -> None:
    shown = richtext.from_html("<b>x</b> y" * 500 + "<p>end</p><ul><li>z</ul>", limit=9000, size=1000)
    assert text.utf16_len(json.dumps(shown.elements)) <= 1000
    assert shown.omitted > 1000


def test_marks_do_not_pile_up_from_tag_to_tag() -> None:
    assert words(richtext.from_html("<b>e\u0301</b><i>\u0301\u0301a</i>", limit=9)) == "e\u0301a"


def test_a_long_text_is_shown_in_runs_that_slack_takes() -> None:
    shown = richtext.from_html("word " * 1400, limit=7000)
    assert shown.omitted == 0
    assert max(len(one["text"]) for line in lines(shown) for one in line) <= limits.RICH_TEXT_RUN
