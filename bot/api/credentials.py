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

_LONGEST_NAME = 60  # a longer key is a sentence, and each one is another: not worth remembering
_SHORTEST_VALUE = 16

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
_SIGNED = re.compile(r"(?:.*[-_.])?(?:sig|signature|hmac)|key|key-pair-id|googleaccessid", re.IGNORECASE)

_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)*+", re.ASCII)
_JSON_HEAD = "eyJ"  # '{"' in base64: what every JSON Web Token begins with
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,60}-----.*?(?:-----END [A-Z0-9 ]{1,60}-----|\Z)", re.DOTALL)
_PREFIXES = {
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}": ("AKIA", "ASIA", "ABIA", "ACCA"),
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}|xapp-[\w-]{8,}": ("xox", "xapp-"),
    r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/]{8,}": ("hooks.slack",),
    r"gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_", "glpat-"),
    r"[rs]k_(?:live|test)_\w{8,}|whsec_\w{16,}|sk-[\w-]{20,}": ("k_live_", "k_test_", "whsec_", "sk-"),
    r"AIza[\w-]{30,}|ya29\.[\w-]{16,}": ("AIza", "ya29."),
    r"SG\.[\w-]{16,}+\.[\w-]{16,}|npm_\w{30,}|pypi-[\w-]{30,}|shp[a-z]{2}_\w{24,}": ("SG.", "npm_", "pypi-", "shp"),
    r"(?<=://)[^\s/?#@:\"'<>]*+:[^\s/?#@\"'<>]*+(?=@)": ("://",),
    r"(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{16,}": ("earer ", "EARER ", "asic ", "ASIC "),
}
_SHAPES = [(re.compile(pattern, re.ASCII), hints) for pattern, hints in _PREFIXES.items()]
_QUERY = re.compile(r"(?<=[?&;#])([\w.%~-]{1,60})=([^\s&;#\"'<>]++)", re.ASCII)
_ASSIGNED = re.compile(
    r"(?i:password|passwd|pwd|passphrase|token|secret|jwt|session[ _-]?id|(?:api|access|private|secret)[ _-]?key)"
    r"(?:\\?[\"'])?\s{0,3}[:=]\s{0,3}(?:\\?[\"'])?([^\s\"'\\<>,;&]{6,})"
)


def is_credential_name(name: str) -> bool:
    return _is_short_credential_name(name) if len(name) <= _LONGEST_NAME else _names_one(name)


@lru_cache(maxsize=256)
def _is_short_credential_name(name: str) -> bool:
    return _names_one(name)


def _names_one(name: str) -> bool:
    words = _WORD.findall(_HUMP.sub("_", unicodedata.normalize("NFKC", name)).lower())
    if _NAME.search("".join(words)):
        return True
    return len(words) <= _FEW_WORDS and any(map(_SHORT_NAME.fullmatch, words))


def spans(text: str) -> Iterator[Span]:
    """Where something stands that has a credential's shape, in no order."""
    if len(text) < _SHORTEST_VALUE:
        return
    if _JSON_HEAD in text:
        yield from _tokens(text)
    if "-----BEGIN" in text:
        yield from (found.span() for found in _PEM.finditer(text))
    for pattern, hints in _SHAPES:
        if any(hint in text for hint in hints):
            yield from (found.span() for found in pattern.finditer(text))
    if "=" in text or ":" in text:
        yield from (found.span(2) for found in _QUERY.finditer(text) if _opens(unquote(found[1])))
        yield from (found.span(1) for found in _ASSIGNED.finditer(text) if any(map(str.isdigit, found[1])))


def _tokens(text: str) -> Iterator[Span]:
    """JSON in base64, with what is joined to it by dots: a token, whatever stands right before it."""
    for run in _DOTTED.finditer(text):
        at = run[0].find(_JSON_HEAD)
        if at >= 0 and len(run[0]) - at >= _SHORTEST_VALUE:
            yield run.start() + at, run.end()


def _opens(parameter: str) -> bool:
    """Whether a URL with this parameter opens something to whoever has it."""
    return bool(_SIGNED.fullmatch(parameter)) or is_credential_name(parameter)
