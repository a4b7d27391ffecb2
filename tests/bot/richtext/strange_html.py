"""HTML as strangers write it, and short names for the rich text that comes of it."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from bot.richtext import RichText

ours = settings(deadline=None, max_examples=150)

_NAMES = """a b i s u p br div ul ol li pre code blockquote table tr td th h1 h3 hr img q dl dt dd span script style svg
textarea select option button template font x-unknown jo@example.com sup sub math msup video iframe input del
tel:+15550100 https://example.com/x"""
TAGS = _NAMES.split()
STYLED = [
    *('li data-list="checked" class="ql-indent-3"', "li data-list=ordered class=ql-indent-1", "li value=7 type=i"),
    *("ol reversed type=a", "ol start=-2", "ul data-checked=true", "input type=checkbox checked", "p class=MsoNormal"),
    *('p class=MsoListParagraph style="mso-list:l0 level3 lfo1"', 'div style="border-left:solid 1px"', "p hidden"),
    *('b style="font-weight:normal"', 'span style="font-weight:700;text-decoration:line-through"', "td width=1"),
    *('p style="white-space:pre-wrap"', 'p style="white-space:pre-line;margin:0"', 'span style="vertical-align:super"'),
    *("div class=ql-code-block", "span aria-hidden=true", 'td style="display:none"', "table role=presentation"),
    *(
        'img src="data:image/png;base64,AAAA"',
        'img alt="😀" src="https://example.com/e.png"',
        'a href="tel:+1 555 0100"',
    ),
]
_HREFS = """https://example.com/a?b=c https://paypal.com@evil.example/ https://evil.example\\@paypal.com
javascript:alert(1) https://раypal.com mailto:a@b.example?cc=c@d.example http://[::1 //example.com tel:+15550100
https://faß.example/<>"`{}|^ https://☃.example www.example.com/faq ftp://example.com mailto:a@b.example"""
HREFS = [*_HREFS.split(), "https://" + "x" * 3000]
_WORDS = """·&nbsp;&nbsp;word o&nbsp;&nbsp;x 10 slack。com word paypal.com &amp; &#8238; &#0; &lt;b&gt; <!-- --> < > "
\\ 😀 <!channel> @here :tada: <@U1>"""
WORDS = [*_WORDS.split(), *HREFS, " ", "\n", "\n\n\n", "\ud800", "\u202e", "\u0301" * 9, "\u200d", "x" * 50]

_LINKS = st.builds(
    '<{0} href="{1}" src="{1}" alt="{2}" start=7>'.format,
    st.sampled_from(["a", "img", "ol"]),
    st.sampled_from(HREFS),
    st.text(max_size=9),
)
_TAGS = st.builds("<{}{}>".format, st.sampled_from(["", "/"]), st.sampled_from(TAGS + STYLED))
_PIECES = st.one_of(_TAGS, _LINKS, st.sampled_from(WORDS), st.text(max_size=9))
HTML = st.one_of(st.text(st.characters()), st.lists(_PIECES, max_size=40).map("".join))
LIMITS = st.sampled_from([0, 1, 2, 7, 20, 100, 3000, 100_000])

Element = dict[str, Any]


def lines(shown: RichText) -> list[list[Element]]:
    """The runs of every section, quote, list item and preformatted text."""
    inner = [part["elements"] if part["type"] == "rich_text_list" else [part] for part in shown.elements]
    return [part["elements"] for parts in inner for part in parts]


def words(shown: RichText) -> str:
    return "".join(run["text"] for line in lines(shown) for run in line)


def run(words: str, **style: bool) -> Element:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def link(url: str, words: str) -> Element:
    return {"type": "link", "url": url, "text": words}


def section(*inner: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(inner)}


def bullets(*items: str, **more: object) -> Element:
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "indent": 0,
        "elements": [section(run(i)) for i in items],
        **more,
    }
