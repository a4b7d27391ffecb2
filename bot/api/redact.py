"""A stranger's JSON without what opens doors: credentials are shown, logged and kept nowhere."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from bot.api import credentials
from bot.api.credentials import SHORTEST_VALUE, Span, is_credential_name
from bot.tickets import contacts

LEFT_OUT = "[left out]"
_SHORTEST = 8  # below it a value is too likely to be an ordinary word to be struck out everywhere
_MAX_PART = 40  # of a longer one every part of that length is looked for: a part so long is no ordinary text either
_FEW = 16  # up to so many are looked for one by one
_CONTAINERS = (dict, list)
_MAX_DEPTH = 50  # levels of a JSON, beyond any ticket and within every recursion limit

_MESSAGE_LENGTH = 300  # of the API's own sentence
_MESSAGE_INPUT = 5_000
_RUN = re.compile(r"[\w.~+/=*-]{10,}+")
_LONG_RUN = 32


def redact(data: object) -> object:
    """The same JSON without any key that holds a credential, and without its value wherever else that stands.

    `UserToken` stands in `AccountInfo` and `Statistics` today, and the free-form parts may hold it tomorrow. What has
    the shape of a credential is left out too, and so is what is nested absurdly deep.
    """
    return _redacted(data, _Credentials(_found(data)))


def redact_message(message: str, own_secrets: Iterable[str]) -> str:
    """The API's own sentence, fit to be shown: it may quote the key that we sent, or somebody's data."""
    words = message[:_MESSAGE_INPUT]
    if len(words) < len(message):  # half a key is not known for one
        words = words.rpartition(" ")[0]
    own = _Credentials(spelled for secret in own_secrets if secret for spelled in _spellings(secret))
    return _RUN.sub(_unless_a_word, contacts.mask(own.redact_text(words)))[:_MESSAGE_LENGTH]


def _unless_a_word(run: re.Match[str]) -> str:
    """Letters and digits together are a key, or might be; so is what no word is as long as."""
    looks_like_a_key = any(map(str.isdigit, run[0])) and any(map(str.isalpha, run[0]))
    return LEFT_OUT if looks_like_a_key or len(run[0]) >= _LONG_RUN else run[0]


def _found(data: object) -> Iterator[str]:
    waiting = [data]
    for part in waiting:
        if isinstance(part, dict):
            for key, value in part.items():
                if is_credential_name(key):
                    yield from _values_of(value)
                elif isinstance(value, _CONTAINERS):
                    waiting.append(value)
        elif isinstance(part, list):
            waiting += [item for item in part if isinstance(item, _CONTAINERS)]


def _values_of(credential: object) -> Iterator[str]:
    """The texts in the value of a credential's key, nested ones too, in every spelling."""
    rest = [credential]
    while rest:
        value = rest.pop()
        if isinstance(value, _CONTAINERS):
            rest.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, str | int | float) and len(bare := str(value).strip()) >= _SHORTEST:
            yield from _spellings(bare)


def _spellings(secret: str) -> Iterator[str]:
    """As it is, and as HTML and a URL spell it."""
    yield from (secret, escape(secret), quote(secret, safe="", errors="replace"))


class _Credentials:
    """Values to be left out of any text. To look for them takes time in proportion to the text, however many."""

    def __init__(self, found: Iterable[str]) -> None:
        self._parts = {part for value in found for part in _parts(value)}
        self._shortest = min([SHORTEST_VALUE, *map(len, self._parts)])
        self._lengths: dict[str, list[int]] = {}
        if len(self._parts) > _FEW:
            lengths: dict[str, set[int]] = defaultdict(set)
            for part in self._parts:
                lengths[part[:_SHORTEST]].add(len(part))
            self._lengths = {head: sorted(of_head, reverse=True) for head, of_head in lengths.items()}

    def redact_text(self, text: str) -> str:
        if len(text) < self._shortest:
            return text
        found = list(credentials.spans(text)) if len(text) >= SHORTEST_VALUE else []
        found += self._candidates(text)
        return _without(text, sorted(found)) if found else text

    def _candidates(self, text: str) -> list[Span]:
        if self._lengths:
            return list(self._of_many(text))
        return [span for part in self._parts if part in text for span in _occurrences(part, text)]

    def _of_many(self, text: str) -> Iterator[Span]:
        """At each place at most as many look-ups as there are lengths."""
        for at in range(len(text) - _SHORTEST + 1):
            for length in self._lengths.get(text[at : at + _SHORTEST], ()):
                if text[at : at + length] in self._parts:
                    yield at, at + length
                    break


def _occurrences(part: str, text: str) -> Iterator[Span]:
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


def _parts(value: str) -> Iterator[str]:
    """The value, or parts of it that cover it."""
    last = max(len(value) - _MAX_PART, 0)
    yield from (value[at : at + _MAX_PART] for at in (*range(0, last, _MAX_PART), last))


def _without(text: str, found: Iterable[Span]) -> str:
    """One mark for what stands together."""
    kept, end = [], -1
    for start, stop in found:
        if start > end:
            kept += [text[max(end, 0) : start], LEFT_OUT]
        end = max(end, stop)
    return "".join([*kept, text[end:]])


def _redacted(data: object, found: _Credentials, depth: int = 0) -> object:
    if isinstance(data, str):
        return found.redact_text(data)
    if not isinstance(data, _CONTAINERS):
        number = "" if data is None or isinstance(data, bool) else str(data)
        return data if found.redact_text(number) == number else LEFT_OUT
    if depth > _MAX_DEPTH:
        return None
    if isinstance(data, list):
        return [_redacted(item, found, depth + 1) for item in data]
    return {
        found.redact_text(key) if depth else key: _redacted(value, found, depth + 1)
        for key, value in data.items()
        if not is_credential_name(key)
    }
