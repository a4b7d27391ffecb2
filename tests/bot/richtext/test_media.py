"""Pictures, videos, frames."""

import pytest

from bot import richtext
from bot.richtext.source import INPUT_LENGTH
from tests.bot.richtext.strange_html import link, run, section, words

_DATA = "data:image/png;base64," + "iVBORw0KGgo" * 6_000


def plain(html: str) -> str:
    return richtext.html_to_text(html, limit=3000)[0]


@pytest.mark.parametrize(
    "attributes",
    [
        *('width="1" height="1"', 'width="0"', 'width="1px"', 'style="width:1px;height:1px"', 'style="height: 0.5px"'),
        *('style="display:none"', "hidden", 'style="visibility: hidden; width: 300px"'),
    ],
)
def test_a_picture_that_can_not_be_seen_is_nothing(attributes: str) -> None:
    assert plain(f'<p>a<img {attributes} src="https://counts.example/?id=7" alt="x">b</p>') == "ab"


@pytest.mark.parametrize("attributes", ['width="10"', 'style="width:100%"', 'style="max-width:100%"', 'height="16"'])
def test_a_picture_of_any_size_that_can_be_seen_is_there(attributes: str) -> None:
    assert plain(f'<img {attributes} src="https://a.example/b.png" alt="x">') == "x (a.example)"


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ('alt="🎉"', "🎉"),
        ('alt="👍🏽"', "👍🏽"),
        ('alt="❤️"', "❤️"),
        ('class="emoji" alt=" :shipit: "', ":shipit:"),
        ('class="wp-smiley" alt=":)"', ":)"),
        ('alt=":+1:"', ":+1:"),
        ('data-emoji="😀" alt=""', "😀"),
    ],
)
def test_an_emoji_that_is_a_picture_is_the_emoji(attributes: str, shown: str) -> None:
    assert plain(f'<p>well<img {attributes} src="https://cdn.example/1f389.png"></p>') == f"well{shown}"


@pytest.mark.parametrize(
    "tag",
    [
        f'<img src="{_DATA}">',
        f"<img alt='' class=x src='{_DATA}'>",
        f"<img src={_DATA}>",
        f'<IMG SRC = "{_DATA.replace("data", "DATA", 1)}" />',
        f'<img src=" {_DATA}">',
        "<img src=\"data:image/svg+xml;utf8,<svg xmlns='x'>" + "<g></g>" * 10_000 + '</svg>">',
        f'<img src="cid:1"><p style="background:url(&quot;{_DATA}&quot;)">',
        f"<img src='cid:1'><p style='background:url( {_DATA} )'>",
    ],
    ids=["double", "single", "bare", "capitals", "spaced", "svg", "css quoted", "css"],
)
def test_a_picture_written_into_the_html_hides_no_text_behind_it(tag: str) -> None:
    html = f"<p>before</p>{tag} <b>behind</b>"
    assert len(html) > INPUT_LENGTH
    shown = richtext.from_html(html, limit=700)
    assert words(shown).split() == ["before", "[image]", "behind"]
    assert shown.omitted == 0
    assert plain(html).split() == ["before", "[image]", "behind"]
    assert richtext.note_to_text(html, limit=99)[0].split() == ["before", "[image]", "behind"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<!--[if gte mso 9]><xml>{}</xml><![endif]-->",
        "<style><!-- {} --></style>",
        "<STYLE type='text/css' >{}</STYLE >",
        "<script>{}</script>",
        "<!-- {} --><!-- {} --><xml>{}</xml>",
    ],
)
def test_what_word_writes_for_itself_hides_no_text_behind_it(unseen: str) -> None:
    html = f"<html><p>before</p>{unseen.replace('{}', 'p.MsoNormal {margin:0} ' * 3_000)}<p>behind</p>"
    assert richtext.html_to_text(html, limit=99) == ("before\n\nbehind", 0)


def test_a_comment_that_never_ends_hides_the_rest_as_in_a_browser() -> None:
    shown, omitted = richtext.html_to_text(f"<p>before</p>{'<!-- <style> x ' * 30_000}", limit=99)
    assert shown == "before"
    assert omitted > 0


@pytest.mark.parametrize(
    "typed", ["see data:image/png;base64,AAAA", "&lt;img src='data:AAAA'&gt; <b>so</b>", "data: x"]
)
def test_data_that_is_text_stays(typed: str) -> None:
    shown = typed.replace("&lt;", "<").replace("&gt;", ">").replace("<b>", "").replace("</b>", "")
    assert plain(f"<p>{typed}</p>") == shown


@pytest.mark.parametrize(
    ("html", "url", "word"),
    [
        ('<video src="https://a.example/b.mp4" controls>no video</video>', "https://a.example/b.mp4", "video"),
        ('<video><source src="https://a.example/b.webm"></video>', "https://a.example/b.webm", "video"),
        ('<audio src="https://a.example/b.mp3"></audio>', "https://a.example/b.mp3", "audio"),
        ('<iframe class="ql-video" src="https://a.example/embed/1"></iframe>', "https://a.example/embed/1", "video"),
        ('<iframe src="https://a.example/form" title="The  form"></iframe>', "https://a.example/form", "The form"),
        ('<iframe src="https://a.example/x"></iframe>', "https://a.example/x", "embedded page"),
        ('<object data="https://a.example/b.pdf"><p>old</p></object>', "https://a.example/b.pdf", "embedded file"),
        ('<embed src="https://a.example/b.pdf">', "https://a.example/b.pdf", "embedded file"),
    ],
)
def test_a_video_or_a_frame_leaves_a_word_and_its_address(html: str, url: str, word: str) -> None:
    shown = richtext.from_html(f"<p>a</p>{html}<p>b</p>", limit=99).elements
    assert shown == (section(run("a\n\n"), link(url, word), run(" (a.example)"), run("\n\nb")),)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<iframe src="/embed/7"></iframe>', "embedded page (/embed/7)"),
        ('<iframe src="https://t.example" width="0" height="0"></iframe>', ""),
        ('<iframe src="about:blank"></iframe><video></video><iframe></iframe>', ""),
        ("<object><p>instead</p></object>", "instead"),
    ],
)
def test_a_frame_without_an_address_on_the_web_says_what_it_has(html: str, shown: str) -> None:
    assert plain(f"<div>{html}</div>") == shown
