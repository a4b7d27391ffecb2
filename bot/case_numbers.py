"""Case numbers in what people write."""

import re

from bot.tickets import CASE_NUMBER_LENGTH, CaseNumber, parse_case_number

# A word that stands alone: what touches it is no letter, no digit, and nothing that makes one word of two, as the dot
# of a file name, the @ of an address or a mention, the + of a telephone number. Signs around it, `_` among them, may be
# formatting.
_ALNUM = r"[^\W_]"
_WORD = re.compile(
    rf"(?<!{_ALNUM})(?<!{_ALNUM}[_.\-])(?<![@+%^])(?<!<\#)"
    rf"[A-Za-z0-9]{{{CASE_NUMBER_LENGTH}}}"
    rf"(?!{_ALNUM})(?![_.\-]{_ALNUM})(?!@)"
)


def find(text: str) -> list[CaseNumber]:
    """Each once, in order. A word without a digit is taken for one only if it's all upper case."""
    words = (word for word in _WORD.findall(text) if word.isupper() or any(map(str.isdigit, word)))
    return list(dict.fromkeys(number for word in words if (number := parse_case_number(word))))
