"""What gives a credential away: the name that it has, or the shape of its value.

Every pattern takes linear time: a run that is read to its end is not read again from its middle.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

Span = tuple[int, int]
"""Where something stands in a text: first character, and the one after its last."""

_MAX_NAME_LENGTH = 60  # a longer key is a sentence, and each one is another: not worth remembering
SHORTEST_VALUE = 16  # that is known by its shape

_FEW_WORDS = 3

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile(
    r"token|secret(?!ar)|password|passwd|passphrase|passcode|passkey|credential|authorization|bearer|cookie|jwt"
    r"|(?:api|access|private|signing|encryption|master|ssh|pgp|gpg)key"
)
# Words of everyday language too, so only in a name of few words: a survey's question is a name as well.
_SHORT_NAME = re.compile(
    r"(?:o?auth2?(?!or)|session)[a-z]*|[th]?otp|(?:db|ftp|mail|smtp|user)?pass|pwd?s?|pins?code|sid|[cx]srf|2fa|mfa"
)
_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)*+", re.ASCII)
_JSON_HEAD = "eyJ"  # '{"' in base64: what every JSON Web Token begins with
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,60}-----.*?(?:-----END [A-Z0-9 ]{1,60}-----|\Z)", re.DOTALL)
# Each with what it has in it: to look for that takes a hundredth of the time.
_PREFIXED = {
    r"(?:AKIA|ASIA)[A-Z0-9]{16}": ("AKIA", "ASIA"),
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}|xapp-[\w-]{8,}": ("xox", "xapp-"),
    r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/]{8,}": ("hooks.slack",),
    r"(?:gh[a-z]|github_pat|npm|shp[a-z]{2}|whsec)_\w{16,}|[rs]k_(?:live|test)_\w{8,}": ("_",),
    r"glpat-[\w-]{16,}|sk-[\w-]{20,}|pypi-[\w-]{30,}": ("glpat-", "sk-", "pypi-"),
    r"AIza[\w-]{30,}|ya29\.[\w-]{16,}": ("AIza", "ya29."),
    r"SG\.[\w-]{16,}+\.[\w-]{16,}": ("SG.",),
    r"(?<=://)[^\s/?#@:\"'<>]*+:[^\s/?#@\"'<>]*+(?=@)": ("://",),
    r"(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{16,}": ("earer ", "asic "),
}
_SHAPES = [(re.compile(pattern, re.ASCII), hints) for pattern, hints in _PREFIXED.items()]

_DIGIT = re.compile(r"\d")  # "password: required" has none
_LONGEST_BEFORE = 64  # of what stands before "=" or ":", as far as it matters
_PARAMETER = re.compile(r"[?&;#]([\w.%~-]{1,60})$", re.ASCII)
_PARAMETER_VALUE = re.compile(r"[^\s&;#\"'<>]+")
_SIGNED = re.compile(r"(?:.*[-_.])?(?:sig|signature|hmac)|key|key-pair-id|googleaccessid", re.IGNORECASE)
_ENDS_A_NAME = re.compile(r"[a-z\"' ]\Z", re.IGNORECASE)
_VARIABLE = re.compile(
    r"(?:password|passwd|pwd|passphrase|token|secret|jwt|session[ _-]?id|(?:api|access|private|secret)[ _-]?key)"
    r"(?:\\?[\"'])?\s{0,3}\Z",
    re.IGNORECASE,
)
_VARIABLE_WORDS = ("passw", "pwd", "passphrase", "token", "secret", "jwt", "session", "key")  # one is in each
_VARIABLE_VALUE = re.compile(r"\s{0,3}(?:\\?[\"'])?([^\s\"'\\<>,;&]{6,})")


def is_credential_name(name: str) -> bool:
    return _is_short_credential_name(name) if len(name) <= _MAX_NAME_LENGTH else _names_one(name)


@lru_cache(maxsize=256)
def _is_short_credential_name(name: str) -> bool:
    return _names_one(name)


def _names_one(name: str) -> bool:
    words = _WORD.findall(_HUMP.sub("_", unicodedata.normalize("NFKC", name)).lower())
    if _NAME.search("".join(words)):
        return True
    return len(words) <= _FEW_WORDS and any(map(_SHORT_NAME.fullmatch, words))


def spans(text: str) -> Iterator[Span]:
    """Where something stands that has a credential's shape, in no order; nothing in what is below SHORTEST_VALUE."""
    if _JSON_HEAD in text:
        yield from _tokens(text)
    if "-----BEGIN" in text:
        yield from (found.span() for found in _PEM.finditer(text))
    for pattern, hints in _SHAPES:
        for hint in hints:
            if hint in text:
                yield from (found.span() for found in pattern.finditer(text))
                break
    if _may_assign(text):
        for sign in "=:":
            yield from _assigned(text, sign)


def _may_assign(text: str) -> bool:
    """Whether there is a URL's parameter, or a word of _VARIABLE: to look for both takes a tenth of the time."""
    if "=" not in text and ":" not in text:
        return False
    return any(sign in text for sign in "?&;#") or any(map(text.casefold().__contains__, _VARIABLE_WORDS))


def _tokens(text: str) -> Iterator[Span]:
    """JSON in base64, with what is joined to it by dots: a token, whatever stands right before it."""
    for run in _DOTTED.finditer(text):
        at = run[0].find(_JSON_HEAD)
        if at >= 0 and len(run[0]) - at >= SHORTEST_VALUE:
            yield run.start() + at, run.end()


def _assigned(text: str, sign: str) -> Iterator[Span]:
    """The values of a URL's parameters that open something, and of what is called like a credential."""
    at = text.find(sign)
    while at >= 0:
        value = _value_after(text, at)
        if value and (value.re is _PARAMETER_VALUE or _DIGIT.search(value[0])):
            yield value.span(value.re.groups)
        at = text.find(sign, max(at + 1, value.end() if value else 0))


def _value_after(text: str, at: int) -> re.Match[str] | None:
    if text[at] == ":" and text[at - 1 : at].isdigit():  # a time of day
        return None
    before = text[max(at - _LONGEST_BEFORE, 0) : at]
    if (name := _PARAMETER.search(before)) and _opens(unquote(name[1])):
        return _PARAMETER_VALUE.match(text, at + 1)
    if _ENDS_A_NAME.search(before) and _VARIABLE.search(before):
        return _VARIABLE_VALUE.match(text, at + 1)
    return None


def _opens(parameter: str) -> bool:
    """Whether a URL with this parameter opens something to whoever has it."""
    return bool(_SIGNED.fullmatch(parameter)) or is_credential_name(parameter)
