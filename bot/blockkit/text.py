"""A stranger's text made safe and short, for every place in Slack where text can stand.

`plain` is for plain_text objects, `mrkdwn` for mrkdwn ones and for a message's top-level text. Lengths are in UTF-16
code units: Slack doesn't say how it counts, and no way of counting gives more.
"""

import re
import unicodedata
from collections.abc import Callable

from bot.blockkit.invisible import JOINERS, without_invisible

_MARKS_PER_BASE = 4  # the most that written languages stack up
_INPUT_LENGTH = 50_000  # of what is cut to a line; nothing shown is a tenth as long
_MAX_CLUSTER = 32  # how far a cut steps back so as not to split what is seen as one character
_VIRAMA_CLASS = 9  # combining class of a sign that joins the consonants on its two sides

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_SPACE = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_RUN_OF_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MARKS_PER_BASE + 1},}}")  # or of other signs: see _limit_marks

_WORD_JOINER = "\u2060"
_EMOJI_CODE = re.compile(r":(?=[^\s:/.\u2060][^\s:/.]{,99}:)")  # not in https://example.com:80/
_EMOJI_ALONE = re.compile(rf"(?<![\w/:]){_EMOJI_CODE.pattern}")
_BROADCAST = re.compile(r"(?<!\w)@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
_BROADCAST_ALONE = re.compile(rf"(?<!/){_BROADCAST.pattern}", re.IGNORECASE)
_REFERENCE = re.compile(r"<(?=[!@#]|[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
_CHANNEL = re.compile(r"(?<!\w)#(?=\w)")
_FORMATTING = re.compile(r"(?<![A-Za-z0-9])[*_~＊＿～]|[*_~＊＿～](?![A-Za-z0-9])|[`｀]")
_LOOK_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "＊": "∗", "＿": "ˍ", "～": "∼", "｀": "ˋ"}
_ACTIVE = re.compile(r"[*_~`＊＿～｀:@#&<>＞]")
_QUOTE = re.compile(r"^([ ]*)(?=&gt;|＞)", re.MULTILINE)


def replace_surrogates(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-8 can't hold."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def clean(text: str) -> str:
    """Without what can't be seen, reorders what is read, or spills over its line; every line break is a newline.

    What a script or an emoji needs stays: see bot.blockkit.invisible.
    """
    if text.isascii() and text.isprintable():
        return text
    text = replace_surrogates(text)
    text = _SPACE.sub(" ", _NEWLINE.sub("\n", text))
    return _RUN_OF_MARKS.sub(_limit_marks, without_invisible(text))


def _limit_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in run.group():
        marks = marks + is_mark(char) if is_mark(char) or char in JOINERS else 0
        if marks <= _MARKS_PER_BASE:
            kept.append(char)
    return "".join(kept)


def is_mark(char: str) -> bool:
    """Whether it is drawn onto the character before it."""
    return unicodedata.category(char).startswith("M")


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def utf16_len(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_characters(text: str) -> int:
    """As a person counts them: an emoji of several parts is one, and so is a letter with its marks."""
    text = _FLAG.sub("\u2691", text)  # else each letter of a flag would look for all those before it
    return sum(at == 0 or not _belongs_together(text, at) for at in range(len(text)))


def truncate(text: str, limit: int) -> str:
    """At most `limit` units; if shortened, then with an ellipsis, after a word where one ends in the second half."""
    if utf16_len(text) <= limit:
        return text
    if limit < 1:
        return ""
    text = replace_surrogates(text)
    room = text[:limit].encode("utf-16-le")[: 2 * (limit - 1)]
    end = _cluster_start(text, len(room.decode("utf-16-le", "ignore")))
    if not text[end].isspace():
        word = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = word if word > end // 2 else end
    return text[:end].rstrip() + "…"


def _cluster_start(text: str, end: int) -> int:
    for at in range(end, max(end - _MAX_CLUSTER, 0), -1):
        if not _belongs_together(text, at):
            return at
    return end if end > _MAX_CLUSTER else 0


def _belongs_together(text: str, at: int) -> bool:
    """Whether the characters on the two sides of `at` are seen as one."""
    before, after = text[at - 1], text[at]
    if after in JOINERS or before == "\u200d" or is_mark(after) or _is_skin_tone(after) or _is_tag(after):
        return True
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return after.isalpha()
    return _is_flag_letter(after) and _flag_letters_before(text, at) % 2 == 1


def _is_skin_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_tag(char: str) -> bool:
    return "\U000e0020" <= char <= "\U000e007f"


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start


def neutralize(text: str) -> str:
    """What Slack may take for its own, broken by a word joiner: unseen, and not breaking a line.

    These are `:emoji:` codes, words that would call a channel, and `<!here>`, `<@U…>`, `<#C…>` and `<url|label>`,
    which no text object but an unescaped mrkdwn one should ever decode. Times, addresses and URLs stay as they are:
    they are there to be copied.
    """
    return _break_up(text, _EMOJI_ALONE, _BROADCAST_ALONE)


def _break_up(text: str, emoji: re.Pattern[str], broadcast: re.Pattern[str]) -> str:
    if ":" in text:
        text = emoji.sub(":" + _WORD_JOINER, text)
    if "<" in text:
        text = _REFERENCE.sub("<" + _WORD_JOINER, text)
    return broadcast.sub("@" + _WORD_JOINER, text) if "@" in text else text


def escape(text: str) -> str:
    """Clean text as mrkdwn that reads the same and does nothing.

    Slack escapes `&`, `<` and `>` and nothing else. A zero-width character beside `*`, `_`, `~` or a backtick does not
    help: Slack takes it for the edge of a word, where formatting begins. So these become look-alikes, but only where
    formatting could begin or end: `snake_case` and `2*3` stay, and can be copied. Elsewhere a word joiner is enough:
    in `:emoji:`, `@here` and `#channel`, and before a `>` that would make a quote of its line. Slack also obeys the
    full-width forms of these signs. Bare URLs are left to the text object's `verbatim`.
    """
    if not _ACTIVE.search(text):
        return text
    text = _FORMATTING.sub(lambda sign: _LOOK_ALIKE[sign.group()], _break_up(text, _EMOJI_CODE, _BROADCAST))
    text = _CHANNEL.sub("#" + _WORD_JOINER, text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _QUOTE.sub(rf"\1{_WORD_JOINER}", text)


def mrkdwn(text: str, limit: int) -> str:
    """For a mrkdwn object, on one line, at most `limit` units after escaping."""
    return _fit(one_line(text[:_INPUT_LENGTH]), limit, escape)


def plain(text: str, limit: int) -> str:
    """For a plain_text object: nothing is decoded there, so nothing is escaped. Nothing in, nothing out."""
    return _fit(one_line(text[:_INPUT_LENGTH]), limit, neutralize)


def _fit(text: str, limit: int, make_safe: Callable[[str], str]) -> str:
    """Cut before it is made safe, so that nothing of that is cut, and as often as it takes."""
    room = limit
    safe = make_safe(truncate(text, room))
    while safe and (length := utf16_len(safe)) > limit:
        room = min(room - 1, room * limit // length)
        safe = make_safe(truncate(text, room))
    return safe
