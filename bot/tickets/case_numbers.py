"""A case number: as a person types it, as an answer of the API has it, and as it stands in what people write."""

import re
from collections.abc import Iterable
from typing import Annotated, NewType

from pydantic import AfterValidator

CaseNumber = NewType("CaseNumber", str)
"""Seven letters or digits, upper case: `CaseNumber`, `caseNumber` and `CaseId` of the API are one identifier."""

CASE_NUMBER_LENGTH = 7
_CASE_NUMBER = re.compile(rf"[A-Z0-9]{{{CASE_NUMBER_LENGTH}}}")

# What people type or paste around a case number: white space of every kind, signs that join words or set their
# direction and can't be seen, quotes of all kinds, code marks, `#`, Slack's `<…>`.
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u115f\u1160\u2800\u3164\uffa0"
_UNSEEN = "\xad\u034f\u061c\u180e\u200b\u200c\u200d\ufe0e\ufe0f\ufeff" + "".join(
    map(chr, (*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
)
_STRIPPED = f"{_WHITE_SPACE}{_UNSEEN}`'\"“”‘’‛‟«»‹›„‚「」『』′″´#＃<>*_~"


def strip_case_number(text: str) -> str:
    """What is left of a text without all that is forgiven around a case number."""
    return text.strip(_STRIPPED)


def parse_case_number(text: str) -> CaseNumber | None:
    """The case number that a person meant, None if the text isn't one."""
    bare = strip_case_number(text)
    # ASCII first: upper() makes two S of a ß, and an S of a long one
    number = bare.upper() if bare.isascii() else ""
    return CaseNumber(number) if _CASE_NUMBER.fullmatch(number) else None


def _exact(value: str) -> str:
    if parse_case_number(value) != value:
        raise ValueError("no case number")
    return value


ExactCaseNumber = Annotated[CaseNumber, AfterValidator(_exact)]
"""A field of a pydantic model that takes a case number as this bot writes one, and nothing that is like one."""


def case_number_from_json(value: object) -> CaseNumber:
    """The case number in an answer: a number that lost its leading zeros on the way is seven digits again.

    Raises ValueError where there is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**CASE_NUMBER_LENGTH:
        return CaseNumber(f"{value:0{CASE_NUMBER_LENGTH}}")
    if isinstance(value, str):
        digits = value.strip()
        padded = digits.zfill(CASE_NUMBER_LENGTH) if digits.isascii() and digits.isdigit() else digits
        if number := parse_case_number(padded):
            return number
    raise ValueError("no usable case number")


# A word that stands alone: what touches it is no letter, no digit, and nothing that makes one word of two, as the dot
# of a file name, the @ of an address or a mention, the + of a telephone number. Signs around it, `_` among them, may be
# formatting.
_ALNUM = r"[^\W_]"
_WORD = re.compile(
    rf"(?<!{_ALNUM})(?<!{_ALNUM}[_.\-])(?<![@+%^])(?<!<\#)"
    rf"[A-Za-z0-9]{{{CASE_NUMBER_LENGTH}}}"
    rf"(?!{_ALNUM})(?![_.\-]{_ALNUM})(?!@)"
)


_URL = re.compile(r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]*://\S+")


def find_case_numbers(text: str) -> list[CaseNumber]:
    """Each once, in order. A word without a digit is taken for one only if it's all upper case."""
    return _case_numbers(word for word in _WORD.findall(text) if word.isupper() or any(map(str.isdigit, word)))


def find_possible_case_numbers(text: str) -> list[CaseNumber]:
    """Words of seven lower-case letters: each once, in order. Most likely they are just words."""
    words = _WORD.findall(_URL.sub(" ", text))
    return _case_numbers(word for word in words if word.isalpha() and word.islower())


def _case_numbers(words: Iterable[str]) -> list[CaseNumber]:
    return list(dict.fromkeys(CaseNumber(word.upper()) for word in words))
