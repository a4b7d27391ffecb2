import re
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import richtext
from bot.blockkit import text
from tests.bot.richtext.strange_html import HTML, LIMITS, Element, bullets, lines, link, ours, run, section


@ours
@given(HTML, LIMITS)
@example('<a href="https://evil.example">https://ok.example <p>x</a>' * 9, 20)
def test_a_link_shows_where_it_leads(html: str, limit: int) -> None:
    for line in lines(richtext.from_html(html, limit=limit)):
        for at, one in enumerate(line):
            if one["type"] == "link":
                label = "".join(other["text"] for other in line if other.get("url") == one["url"])
                host = re.sub(r"^(https?://|mailto:)([^/?#]*).*", r"\2", one["url"])
                assert host in label or f" ({host})" in [other["text"] for other in line[at + 1 :]]


def linked(url: str, label: str, host: str) -> list[Element]:
    return [link(url, label), run(f" ({host})")]


@pytest.mark.parametrize(
    ("html", "url", "label", "host"),
    [
        ('<a href="https://a.example/b">here</a>', "https://a.example/b", "here", "a.example"),
        ('<a href="HTTP://A.Example:80/?q=é x">b</a>', "http://a.example:80/?q=%C3%A9%20x", "b", "a.example:80"),
        ('<a href="https://[2001:db8::1]/">six</a>', "https://[2001:db8::1]/", "six", "[2001:db8::1]"),
        ('<a href="mailto:a@b.example">write</a>', "mailto:a@b.example", "write", "a@b.example"),
        ('<a href="https://a.example:/b/..">up</a>', "https://a.example/b/..", "up", "a.example"),
        ('<img src="https://a.example/b.png" alt="a  chart">', "https://a.example/b.png", "a chart", "a.example"),
        ('<img src="https://a.example/b.png">', "https://a.example/b.png", "image", "a.example"),
        ('<a href="https://a.example"><img src="cid:1" alt="logo"></a>', "https://a.example", "logo", "a.example"),
    ],
)
def test_a_label_is_followed_by_the_host(html: str, url: str, label: str, host: str) -> None:
    assert richtext.from_html(html, limit=999).elements == (section(*linked(url, label, host)),)


@pytest.mark.parametrize(
    ("href", "url", "host"),
    [
        ("https://paypal.com@evil.example/", "https://evil.example/", "evil.example"),
        ("https://paypal.com:443@evil.example/", "https://evil.example/", "evil.example"),
        ("https://раypal.com", "https://xn--ypal-43d9g.com", "xn--ypal-43d9g.com"),
        ("https://\u202eexample.com", "https://example.com", "example.com"),
    ],
)
def test_a_host_in_disguise_is_shown_by_its_name(href: str, url: str, host: str) -> None:
    label = href.replace("\u202e", "x")
    assert richtext.from_html(f'<a href="{href}">{label}</a>', limit=999).elements == (
        section(run(label), run(" ("), link(url, host), run(")")),
    )


@pytest.mark.parametrize("label", ["https://a.example", "a.example", "www.a.example/login", "help@a.example", "//a"])
def test_a_label_that_looks_like_another_address_cannot_be_followed(label: str) -> None:
    html = f'<a href="https://b.example/x">{label}</a>'
    assert richtext.from_html(html, limit=999).elements == (
        section(run(label), run(" ("), link("https://b.example/x", "b.example"), run(")")),
    )


@pytest.mark.parametrize("label", ["https://a.example/b", "https://a.example/b/", "a.example/b", "a.example"])
def test_a_label_that_is_the_url_needs_no_host(label: str) -> None:
    html = f'<a href="https://a.example/b">{label}</a>.'
    assert richtext.from_html(html, limit=999).elements == (section(link("https://a.example/b", label), run(".")),)


@pytest.mark.parametrize(
    ("letters", "host"),
    [
        ("faß.example", "xn--fa-hia.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("ΒΌΛΟΣ.example", "xn--nxasmq6b.example"),
        ("نامه\u200cای.example", "xn--mgba3gch31f060k.example"),
        ("ক\u09cd\u200dষ.example", "xn--p5b2ezc687j.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("ＥＸＡＭＰＬＥ。com", "example.com"),
        ("my_host.faß.example:8080", "my_host.xn--fa-hia.example:8080"),
        ("user:pw@faß.example", "xn--fa-hia.example"),
    ],
)
def test_a_host_in_other_letters_is_the_one_a_browser_asks_for(letters: str, host: str) -> None:
    html = f'<a href="https://{letters}/b">here</a>'
    assert richtext.from_html(html, limit=999).elements == (section(*linked(f"https://{host}/b", "here", host)),)


def test_signs_in_a_url_go_out_as_a_browser_encodes_them() -> None:
    html = """<a href='https://a.example/<>"`{}|^é ?q=<>"`{}|^#<>"`{}|^%41%zz'>x</a>"""
    coded = "%3C%3E%22%60%7B%7D%7C%5E"
    url = f"https://a.example/{coded}%C3%A9%20?q={coded}#{coded}%41%zz"
    assert richtext.from_html(html, limit=999).elements == (section(*linked(url, "x", "a.example")),)


@pytest.mark.parametrize(
    "href",
    [
        *("tel:+1-555-0100", "sms:+15550100", "ftp://a.example/b", "file:///C:/b.txt", "slack://open", "cid1"),
        *(
            "/hc/en-us/articles/1",
            "../up?x=1",
            "//a.example/b",
            "www.a.example/faq",
            "https:a.example",
            "https:///a.example",
        ),
        *("mailto:", "mailto:x", "mailto:a@b.example,c@d.example", "mailto:a@b.example?subject=Hi&body=you"),
        *("https://evil.example\\@paypal.com", "https://[::1", "https://[::g]/", "https://a:b/", "https://a b.example"),
        *("https://%65.example", "https://", "https://-a.example", "https://a.example:99999", "https://☃.example/b"),
        *("https://a\u200db.example", f"https://{'ä' * 99}.example", f"https://a.example/{'x' * 3000}"),
        f"https://a.example/{'é' * 999}",
    ],
)
def test_what_slack_can_not_link_is_text_behind_its_label(href: str) -> None:
    html = f'<p>x <a href="{escape(href)}">label</a>, y</p>'
    shown = text.one_line(href)
    (line,) = lines(richtext.from_html(html, limit=9999))
    assert {one["type"] for one in line} == {"text"}
    assert "".join(one["text"] for one in line) == f"x label ({shown}), y"
    assert richtext.html_to_text(html, limit=9999) == (f"x label ({shown}), y", 0)
    document = richtext.read_html(html)
    assert [span.style.link for block in document.blocks for span in block.spans if span.style.link] == []


@ours
@given(
    st.sampled_from(["tel:", "ftp://", "/", "//", "www.", "file:", "mailto:a@b.example?subject="]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"])),
)
def test_no_target_is_lost_whatever_is_in_it(scheme: str, rest: str) -> None:
    target = text.one_line(scheme + rest)
    html = f'<a href="{escape(scheme + rest)}">call me</a>'
    shown = "".join(one["text"] for line in lines(richtext.from_html(html, limit=99_999)) for one in line)
    assert shown.replace("\u2060", "") == f"call me ({target})"


@pytest.mark.parametrize(
    ("href", "label"),
    [
        ("tel:+15550100", "+1 (555) 0100"),
        ("www.a.example/faq", "www.a.example/faq"),
        ("mailto:a@b.example,c@d.example", "a@b.example, c@d.example"),
        ("ftp://a.example", "FTP://A.example"),
    ],
)
def test_a_target_that_is_the_label_is_not_shown_twice(href: str, label: str) -> None:
    assert richtext.html_to_text(f'<p><a href="{href}">{label}</a></p>', limit=99) == (label, 0)


@pytest.mark.parametrize("href", ["javascript:alert(1)", "java&#10;script:alert(1)", "data:text/html,x", "", "#top"])
def test_what_leads_nowhere_is_its_label(href: str) -> None:
    assert richtext.from_html(f'<a href="{href}">x</a>', limit=99).elements == (section(run("x")),)


@pytest.mark.parametrize("dot", [".", "。", "．", "｡", "․", "﹒", "۔", "٠", "ꓸ"])
def test_a_dot_that_looks_like_one_makes_an_address_too(dot: str) -> None:
    html = f'<a href="https://evil.example/">slack{dot}com</a>'
    assert richtext.from_html(html, limit=99).elements == (
        section(run(f"slack{dot}com"), run(" ("), link("https://evil.example/", "evil.example"), run(")")),
    )


@pytest.mark.parametrize(
    "typed",
    [
        *("<https://example.com/x?a=1>", "<tel:+1-555-0100>", "<mailto:jo@example.com>", "<Jo@Example.com>"),
        *("<www.example.com/faq>", "<//server/share>", r"<C:\files\a.txt>", "<ftp://a.example/b>", "<sip:jo>"),
    ],
)
def test_an_address_in_angle_brackets_is_no_tag(typed: str) -> None:
    html = f"<p>word{typed} and <b>more</b><o:p></o:p></p>"
    plain, _ = richtext.html_to_text(html, limit=99)
    assert plain.replace("\u2060", "") == f"word{typed} and more"


def test_an_image_that_can_not_be_linked_is_its_words() -> None:
    html = '<img src="cid:1" alt="logo"> <img src="data:x"><img src="https://counts.example" width=1>'
    assert richtext.from_html(html, limit=99).elements == (section(run("logo [image]")),)


def test_an_image_that_is_not_on_the_web_says_where_it_is() -> None:
    html = '<img src="/files/1.png" alt="chart"> <img src="//a.example/2.png">'
    assert richtext.html_to_text(html, limit=99) == ("chart (/files/1.png) [image] (//a.example/2.png)", 0)


def test_a_link_over_two_blocks_tells_its_host_in_both() -> None:
    item = section(*linked("https://a.example", "y", "a.example"))
    assert richtext.from_html('<a href="https://a.example">x<ul><li>y</ul></a>', limit=99).elements == (
        section(*linked("https://a.example", "x", "a.example")),
        {**bullets(), "elements": [item]},
    )


def test_a_link_in_a_link_ends_the_first() -> None:
    html = '<a href="https://a.example">x<a href="https://b.example">y</a>'
    first, second = linked("https://a.example", "x", "a.example"), linked("https://b.example", "y", "b.example")
    assert richtext.from_html(html, limit=99).elements == (section(*first, run(" "), *second),)


def test_a_link_that_is_cut_is_no_link() -> None:
    shown = richtext.from_html('see <a href="https://evil.example">https://good.example</a>', limit=24)
    assert shown.elements == (section(run("see "), run("https://good.example")),)
    assert shown.omitted == len(" (evil.example)")
