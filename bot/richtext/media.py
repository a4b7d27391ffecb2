"""Pictures, videos and frames: a word, and where they are."""

import re
import unicodedata

from bot.blockkit import text
from bot.richtext import css, links
from bot.richtext.state import Element, State, write
from bot.richtext.writer import Writer

_EMOJI_LENGTH = 16
_EMOJI_CLASS = re.compile(r"emoji|emoticon|smiley", re.IGNORECASE)
_EMOJI_CODE = re.compile(r":[\w+-]+:")
_VIDEO = re.compile(r"ql-video|youtu\.?be|vimeo\.com", re.IGNORECASE)
_WORDS = {"video": "video", "audio": "audio", "object": "embedded file", "embed": "embedded file"}


def image(element: Element, state: State, writer: Writer) -> State | None:
    """A link to it; inside of a link, and where it can't be followed, its alternative text."""
    if _is_pixel(element) or element.attribute("aria-roledescription") == "checkbox":  # counts readers, or is a box
        return None
    alt = text.one_line(element.attribute("alt") or element.attribute("data-emoji"))
    if alt and _is_emoji(alt, element):
        write(alt, state, writer)
        return None
    link = state.style.link or links.target(element.attribute("src"))
    words = alt or ("image" if link and link.url else "[image]")
    write(words, state._replace(style=state.style._replace(link=link)), writer)
    return None


def embedded(element: Element, state: State, writer: Writer) -> State | None:
    """What is in it is for programs that can't show it; without an address it has nothing else."""
    link = links.target(_address(element))
    if link is None:
        return state if element.tag == "object" else None
    if not _is_pixel(element):
        writer.line()
        words = text.one_line(element.attribute("title")) or _word(element)
        write(words, state._replace(style=state.style._replace(link=link)), writer)
        writer.line()
    return None


def _address(element: Element) -> str:
    source = None if element.tag == "object" else element.node.css_first("source[src]")
    inner = source.attributes.get("src") if source else None
    return element.attribute("src") or element.attribute("data") or inner or ""


def _word(element: Element) -> str:
    if _VIDEO.search(f"{element.attribute('class')} {element.attribute('src')}"):
        return "video"
    return _WORDS.get(element.tag, "embedded page")


def _is_pixel(element: Element) -> bool:
    return element.css.is_pixel or any(css.is_pixel(element.attributes.get(side)) for side in ("width", "height"))


def _is_emoji(alt: str, element: Element) -> bool:
    names = f"{element.attribute('class')} {element.attribute('src')}"
    if "data-emoji" in element.attributes or _EMOJI_CLASS.search(names) or _EMOJI_CODE.fullmatch(alt):
        return True
    signs = [unicodedata.category(char) for char in alt]
    return len(alt) <= _EMOJI_LENGTH and "So" in signs and not any(sign[0] in "LZ" for sign in signs)
