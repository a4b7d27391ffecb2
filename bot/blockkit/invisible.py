"""Characters that can't be seen: out with them, but for those without which a word or an emoji reads differently.

Sources: Unicode Standard 14, chapters 9, 12 and 13 (joiners), 23.2 and 23.4 (variation selectors), and UTS 51 (emoji,
and flags made of tags).
"""

import re

JOINERS = "\u200c\u200d"
"""A zero-width non-joiner and a zero-width joiner."""

_EMOJI = (
    r"[©®‼⁉™ℹ\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    r"\U0001f000-\U0001faff]"
)
# A black flag, the letters of a part of a country, and the end: England is "gbeng".
_FLAG = r"\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f"

_MONGOLIAN = r"[\u1820-\u1878\u1887-\u18aa]"
# Letters that join their neighbours: Arabic, Syriac, N'Ko, Mandaic, Mongolian, Adlam, Rohingya; and marks upon them.
_CURSIVE = (
    r"[\u0620-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0710\u0712-\u072f\u074d-\u077f"
    r"\u07ca-\u07ea\u0840-\u0858\u0860-\u086a\u08a0-\u08c9\u1820-\u1878\u1887-\u18aa\U00010d00-\U00010d23"
    r"\U0001e900-\U0001e943]"
)
_CURSIVE_MARK = (
    r"[\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08ff]"
)
# Signs that take the vowel from a consonant (combining class 9), and two of Khmer that behave alike.
_VIRAMA = (
    r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a"
    r"\u1714\u1715\u1734\u17c9\u17ca\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953"
    r"\ua9c0\uaaf6\uabed\U00010a3f\U00011046\U00011070\U0001107f\U000110b9\U00011133\U00011134\U000111c0"
    r"\U00011235\U000112ea\U0001134d\U00011442\U000114c2\U000115bf\U0001163f\U000116b6\U0001172b\U00011839"
    r"\U0001193d\U0001193e\U000119e0\U00011a34\U00011a47\U00011a99\U00011c3f\U00011d44\U00011d45\U00011d97"
    r"\U00011f41\U00011f42\U000113ce\U000113cf\U000113d0\U0001612f]"  # those of Unicode 15 and 16, too
)
_NUKTA = r"[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc]"  # a dot that makes another consonant of one
_IDEOGRAPH = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_IDEOGRAPH_VARIANT = r"[\ufe00-\ufe02\U000e0100-\U000e01ef]"

# Behind a character of _UNSEEN: what stands before it (itself included), and what follows.
_NEEDED = (
    rf"(?<={_EMOJI}\ufe0f)",
    r"(?<=[0-9#*]\ufe0f)(?=\u20e3)",
    rf"(?<={_EMOJI}\u200d)(?={_EMOJI})",
    rf"(?<={_EMOJI}\ufe0f\u200d)(?={_EMOJI})",
    *(rf"(?<={_CURSIVE}{marks}\u200c)(?={_CURSIVE})" for marks in ("", _CURSIVE_MARK, _CURSIVE_MARK * 2)),
    *(rf"(?<={_CURSIVE}{marks}\u200d)" for marks in ("", _CURSIVE_MARK, _CURSIVE_MARK * 2)),
    rf"(?<=\u200d)(?={_CURSIVE})",
    *(rf"(?<=\w{nukta}{_VIRAMA}[{JOINERS}])" for nukta in ("", _NUKTA)),
    *(rf"(?<=\w{nukta}[{JOINERS}])(?={_VIRAMA})" for nukta in ("", _NUKTA)),
    rf"(?<={_MONGOLIAN}[\u180b-\u180d\u180f])",
    *(rf"(?<={_MONGOLIAN}{variant}\u180e)(?={_MONGOLIAN})" for variant in ("", r"[\u180b-\u180d\u180f]")),
    rf"(?<={_IDEOGRAPH}{_IDEOGRAPH_VARIANT})",
)
# What hides, reorders, spills, or is drawn as nothing; some of these stand for no character at all.
_UNSEEN = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f"
    r"\U00013441\U00013442\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_INVISIBLE = re.compile(rf"({_FLAG})|{_UNSEEN}(?!{'|'.join(_NEEDED)})")


def without_invisible(text: str) -> str:
    return _INVISIBLE.sub(r"\1", text)
