"""What a browser makes of markup, beyond its plain tags: CSS, formulas, cells, quotes, code."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import richtext
from tests.bot.richtext.strange_html import ours, run, section


def elements(html: str) -> list[dict[str, Any]]:
    return list(richtext.from_html(html, limit=3000).elements)


def plain(html: str) -> str:
    return richtext.html_to_text(html, limit=3000)[0]


@pytest.mark.parametrize(
    ("style", "looks"),
    [
        ("font-weight:700", {"bold": True}),
        ("FONT-WEIGHT : Bold !important", {"bold": True}),
        ("color:red;font-weight:600;", {"bold": True}),
        ("font-weight:500", {}),
        ("font: italic 700 12px/1.5 'Arial'", {"bold": True, "italic": True}),
        ("font: 12px Arial", {}),
        ("font-weight:bold;font:inherit", {"bold": True}),
        ("font-style: oblique", {"italic": True}),
        ("text-decoration: underline line-through red", {"strike": True}),
        ("text-decoration-line:line-through", {"strike": True}),
        ("font-family:'a;b';x-font-weight:700", {}),
    ],
)
def test_css_says_what_tags_say_elsewhere(style: str, looks: dict[str, bool]) -> None:
    assert elements(f'<p><span style="{style}">x</span></p>') == [section(run("x", **looks))]


@pytest.mark.parametrize(
    ("tag", "style", "looks"),
    [
        ("b", "font-weight:normal", {}),
        ("strong", "font-weight:400", {}),
        ("h2", "font-weight:300", {"bold": True}),
        ("em", "font-style:normal", {}),
        ("b", "font:7.0pt Arial", {}),
        ("s", "text-decoration:none", {}),
        ("b", "font-weight:inherit", {"bold": True}),
    ],
)
def test_css_takes_away_what_a_tag_says_but_for_a_heading(tag: str, style: str, looks: dict[str, bool]) -> None:
    assert elements(f'<{tag} style="{style}">x</{tag}>') == [section(run("x", **looks))]


def test_a_line_through_the_text_around_can_not_be_taken_away() -> None:
    assert elements('<s>a<span style="text-decoration:none">b</span></s>') == [section(run("ab", strike=True))]


def test_google_docs_bold_that_is_none_hides_no_bold_in_it() -> None:
    html = '<b style="font-weight:normal"><p><span style="font-weight:400">a</span> <b>b</b></p></b>'
    assert elements(html) == [section(run("a "), run("b", bold=True))]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("pre-wrap", "a\n  b\n\nc"), ("pre", "a\n  b\n\nc"), ("pre-line", "a\nb\n\nc"), ("normal", "a b c")],
)
def test_white_space_is_kept_where_css_says_so(value: str, shown: str) -> None:
    assert elements(f'<div style="white-space:{value}">a\n  b\n\n\nc\n</div>') == [section(run(shown))]


@pytest.mark.parametrize(
    "hidden",
    [
        *('style="display:none"', 'style="color:red; DISPLAY: none !important"', 'style="visibility:hidden"', "hidden"),
        *('style="max-height:0;overflow:hidden"', 'style="opacity:0"', 'style="mso-hide:all;display:none"'),
    ],
)
def test_what_a_browser_hides_is_not_read(hidden: str) -> None:
    assert elements(f"<div {hidden}>preview <p>text</p></div><p>shown</p>") == [section(run("shown"))]


@pytest.mark.parametrize("style", ["display:block", "opacity:0.5", "font-size:0", "max-height:0", "overflow:hidden"])
def test_what_a_browser_shows_is_read(style: str) -> None:
    assert elements(f'<div style="{style}"><span style="font-size:14px">x</span></div>') == [section(run("x"))]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("10<sup>6</sup>", "10⁶"),
        ("10<sup>-3</sup> m<sup>2</sup>", "10⁻³ m²"),
        ('10<span style="vertical-align:super">6</span>', "10⁶"),
        ("2<sup>n+1</sup>", "2ⁿ⁺¹"),
        ("x<sup>a b</sup>", "xa b"),
        ("x<sup>a+b</sup>", "x^(a+b)"),
        ("e<sup>x</sup>", "e^x"),
        ("10<sup>1.5</sup>", "10^1.5"),
        ("1<sup>st</sup>, 2<sup>nd</sup>, 3<sup>e</sup>, M<sup>me</sup>, n<sup>o</sup>", "1st, 2nd, 3e, Mme, no"),
        ("Brand<sup>TM</sup> x<sup>®</sup> y<sup>*</sup>", "BrandTM x® y*"),
        ("note<sup><a href='#1'>1</a>,<a href='#2'>2</a></sup> and<sup>[3]</sup>", "note¹,² and[3]"),
        ("H<sub>2</sub>O, x<sub>max</sub>, y<sub>i+1</sub>", "H₂O, x_max, y_(i+1)"),
        ("<sub>small print in it</sub>", "small print in it"),
        ("a<sup> </sup>b<sup></sup>", "a b"),
    ],
)
def test_what_stands_higher_or_lower_is_no_digit_of_its_neighbour(html: str, shown: str) -> None:
    assert plain(f"<p>{html}</p>") == shown


_MATH = "<math><msup><mi>x</mi><mn>2</mn></msup>{}</math>"
_TEX = '<annotation encoding="application/x-tex">x^2</annotation>'
_DRAWN = '<span class="katex-html" aria-hidden="true">x2</span>'
_FRACTION = "<math><mi>a</mi><mo>=</mo><mfrac><mi>b</mi><mrow><mi>c</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>"
FORMULAS = {
    "katex": (f'<span class="katex"><span>{_MATH.format(_TEX)}</span>{_DRAWN}</span>', "x^2"),
    "no tex": (f"<span>{_DRAWN} <span>{_MATH.format('')}</span></span>", "x^2"),
    "hidden": (f'<span style="display:none">{_MATH}</span><img src="cid:1" alt="z">', "z"),
    "no aria": (f"<span><span>{_MATH.format(_TEX)}</span><span class=katex-html>x2</span></span>", "x^2"),
    "picture": (f'<span style="display:none">{_MATH}</span><img src="cid:1" alt="z^2" aria-hidden="true">', "z^2"),
    "fraction": (_FRACTION, "a=b/(c+1)"),
    "root": ("<math><msqrt><msub><mi>x</mi><mi>i</mi></msub></msqrt></math>", "√(x_i)"),
    "no formula": ('<i aria-hidden="true">icon</i> text', "icon text"),
}


@pytest.mark.parametrize(("html", "shown"), FORMULAS.values(), ids=FORMULAS)
def test_a_formula_comes_once_and_reads_on_one_line(html: str, shown: str) -> None:
    assert plain(f"<p>{html}</p>") == shown


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ("<td>Draw<td><td>closed", "Draw · – · closed"),
        ("<td>Draw<td>&nbsp;<td><p></p><td> <br> <td>closed", "Draw · – · – · – · closed"),
        ("<th><th>A<th>B<tr><td>1<td>2<td>", "– · A · B\n1 · 2 · –"),
        ("<td><td>&nbsp;<tr><td>x<td>y", "x · y"),
        ("<td><img width=1 src='https://t.example'><td>x", "– · x"),
        ("<td>a<td><table><tr><td><td>b</table><td>c", "a\n\n– · b · c"),
    ],
)
def test_an_empty_cell_leaves_its_mark(rows: str, shown: str) -> None:
    assert plain(f"<table><tr>{rows}</table>") == shown
    assert plain(f"<p>before</p><table><tr>{rows}</table><p>after</p>") == f"before\n\n{shown}\n\nafter"


@pytest.mark.parametrize("layout", ["role=presentation", "border=0 cellpadding=0 cellspacing=0"])
def test_a_table_that_is_only_layout_has_no_empty_cells(layout: str) -> None:
    assert plain(f"<table {layout}><tr><td width=20>&nbsp;</td><td>text</td><td></td></tr></table>") == "text"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<s>$75</s>$65", "~$75~ $65"),
        ("<del>$75</del> <ins>$65</ins>", "~$75~ $65"),
        ("now <del><b>$75</b> each</del>, was", "now ~$75 each~, was"),
        ("new<s> old </s>end", "new ~old~ end"),
        ("(<s>a</s>)", "(~a~)"),
    ],
)
def test_struck_text_is_told_apart_where_there_is_no_style(html: str, shown: str) -> None:
    assert plain(f"<p>{html}</p>") == shown
    assert richtext.note_to_text(f"<p>{html}</p>", limit=99) == (shown, 0)


_QUILL = "<div class='ql-code-block'>{}</div>"
_COLOURED = "<span>&nbsp; &nbsp; </span><span style='color:red'>y()</span>"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>Do:<br><code>if x:<br>&nbsp;&nbsp;&nbsp;&nbsp;y()</code></p>", "Do:\nif x:\n    y()"),
        ("<p><code>&nbsp;&nbsp;x</code></p>", "  x"),
        ("<p>a <code>b  c</code> d</p>", "a b c d"),
        (f"<div class=ql-code-block-container>{_QUILL.format('if x:')}{_QUILL.format('  y()')}</div>", "if x:\n  y()"),
        ('<pre class="ql-syntax">if x:\n\ty()\n</pre>', "if x:\n    y()"),
        (f"<div style='white-space:pre'><div>if x:</div><div>{_COLOURED}</div></div>", "if x:\n    y()"),
    ],
)
def test_code_keeps_its_indentation(html: str, shown: str) -> None:
    assert plain(html) == shown
    assert "".join(one["text"] for block in elements(html) for one in block["elements"]) == shown


_REPLY = "<p>me</p><blockquote>one<blockquote>two<ol type=a><li>x</ol><blockquote>three<blockquote>four"


def test_quoted_replies_keep_their_depth_up_to_three_levels() -> None:
    assert plain(_REPLY) == "me\n│ one\n│ │ two\n│ │ a. x\n│ │ │ three\n│ │ │\n│ │ │ four"
    first, quote = elements(_REPLY)
    assert first == section(run("me"))
    assert quote["type"] == "rich_text_quote"
    assert "".join(one["text"] for one in quote["elements"]) == "one\n│ two\n│ a. x\n│ │ three\n│ │ \n│ │ four"


def test_outlook_s_bar_at_the_left_is_a_quote() -> None:
    html = '<div style="border:none;border-left:solid blue 1.5pt;padding:0 0 0 4pt"><p>a</p></div><p>b</p>'
    assert plain(html) == "│ a\nb"


def test_paragraphs_that_stand_close_have_no_blank_line_between() -> None:
    html = '<p class="MsoNormal">a</p><p class="MsoNormal">b<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
    assert plain(f'{html}<p style="margin:0in 0in 8pt">c</p><p style="margin:0">d</p>') == "a\nb\n\nc\n\nd"


@ours
@given(st.integers(0, 9), st.lists(st.sampled_from(["<p>a</p>", "<ul><li>b</ul>", "<pre>c</pre>"]), min_size=1))
def test_every_line_of_a_quote_is_marked_and_no_other_line(depth: int, inner: list[str]) -> None:
    html = f"<p>x</p>{'<blockquote>' * depth}{''.join(inner)}{'</blockquote>' * depth}<p>y</p>"
    first, *quoted, last = plain(html).split("\n")
    assert (first, last) == ("x", "y")
    marks = "│ " * min(depth, 3)
    assert all(line.startswith(marks.rstrip()) and not line.startswith(f"{marks}│") for line in quoted)
