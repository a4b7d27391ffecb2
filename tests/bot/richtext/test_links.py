import re

import pytest
from hypothesis import example, given

from bot import richtext
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
        ('<a href="mailto:a@b.example?subject=x">write</a>', "mailto:a@b.example", "write", "a@b.example"),
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
def test_a_host_in_disguise_is_told_by_its_name(href: str, url: str, host: str) -> None:
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
    "href",
    [
        *("javascript:alert(1)", "java&#10;script:alert(1)", "data:text/html,x", "ftp://a.example", "slack://open"),
        *(
            "/path",
            "//a.example",
            "https:a.example",
            "https:///a.example",
            "www.a.example",
            "",
            "#top",
            "mailto:",
            "mailto:x",
        ),
        *(
            "https://evil.example\\@paypal.com",
            "https://[::1",
            "https://a:b/",
            "https://a b.example",
            "https://%65.example",
        ),
        *(
            "https://",
            "https://-a.example",
            "https://a.example:99999",
            "https://" + "ä" * 99 + ".example",
            "https://\ud800",
        ),
        *(f"https://a.example/{'x' * 3000}", f"https://a.example/{'é' * 999}"),
    ],
)
def test_what_can_not_be_told_for_certain_is_no_link(href: str) -> None:
    assert richtext.from_html(f'<a href="{href}">x</a>', limit=99).elements == (section(run("x")),)


def test_an_image_that_can_not_be_linked_is_its_words() -> None:
    html = '<img src="cid:1" alt="logo"> <img src="data:x"><img src="https://counts.example" width=1>'
    assert richtext.from_html(html, limit=99).elements == (section(run("logo [image]")),)


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
