"""A stranger's JSON without what opens doors: credentials are shown, logged and kept nowhere."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from urllib.parse import quote

_KEY = re.compile(
    r"token|secret|password|passwd|\bpwd\b|api[\s_-]?key|authorization|bearer|credential|cookie", re.IGNORECASE
)
_SHORTEST = 8  # below it a value is too likely to be an ordinary word to be struck out everywhere
_FEW = 16  # up to so many are looked for one by one
_STRUCK_OUT = "[left out]"
_CONTAINERS = (dict, list)
_DEEPEST = 50  # levels of a JSON, beyond any ticket and within every recursion limit


def redact(data: object) -> object:
    """The same JSON without any key that holds a credential, and without its value wherever else that stands.

    `UserToken` stands in `AccountInfo` and `Statistics` today, and the free-form parts may hold it tomorrow. What is
    nested absurdly deep is left out as well.
    """
    return _kept(data, _Credentials(_found(data)))


@lru_cache(maxsize=256)
def _is_credential(key: str) -> bool:
    return bool(_KEY.search(key))


def _found(data: object) -> Iterator[str]:
    waiting = [data]
    for part in waiting:
        if isinstance(part, dict):
            for key, value in part.items():
                if _is_credential(key):
                    yield from _held(value)
                elif isinstance(value, _CONTAINERS):
                    waiting.append(value)
        elif isinstance(part, list):
            waiting += [item for item in part if isinstance(item, _CONTAINERS)]


def _held(credential: object) -> Iterator[str]:
    """The texts in the value of a credential's key, nested ones too, as they are and as HTML and a URL spell them."""
    rest = [credential]
    while rest:
        value = rest.pop()
        if isinstance(value, _CONTAINERS):
            rest.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, str | int | float) and len(bare := str(value).strip()) >= _SHORTEST:
            yield from (bare, escape(bare), quote(bare, safe="", errors="replace"))


class _Credentials:
    def __init__(self, found: Iterable[str]) -> None:
        self._longest_first = sorted(set(found), key=len, reverse=True)
        self._by_head: dict[str, set[str]] = defaultdict(set)
        if len(self._longest_first) > _FEW:
            for one in self._longest_first:
                self._by_head[one[:_SHORTEST]].add(one)
        self._lengths = {head: {len(one) for one in those} for head, those in self._by_head.items()}

    def struck_out_of(self, words: str) -> str:
        for credential in self._standing_in(words) if self._by_head else self._longest_first:
            if credential in words:
                words = words.replace(credential, _STRUCK_OUT)
        return words

    def _standing_in(self, words: str) -> list[str]:
        """Those that may; to look for each of many would take too long where there are many texts as well."""
        found: set[str] = set()
        heads = ((at, words[at : at + _SHORTEST]) for at in range(len(words) - _SHORTEST + 1))
        whole: set[str] = set()
        for at, head in heads:
            if head not in self._by_head or head in whole:
                continue
            those, lengths = self._by_head[head], self._lengths[head]
            if len(lengths) > _FEW:
                whole.add(head)
                found.update(those)
            else:
                found.update(part for length in lengths if (part := words[at : at + length]) in those)
        return sorted(found, key=len, reverse=True)


def _kept(data: object, credentials: _Credentials, depth: int = 0) -> object:
    if isinstance(data, str):
        return credentials.struck_out_of(data)
    if not isinstance(data, _CONTAINERS):
        number = "" if data is None or isinstance(data, bool) else str(data)
        return data if credentials.struck_out_of(number) == number else _STRUCK_OUT
    if depth > _DEEPEST:
        return None
    if isinstance(data, list):
        return [_kept(item, credentials, depth + 1) for item in data]
    return {
        credentials.struck_out_of(key) if depth else key: _kept(value, credentials, depth + 1)
        for key, value in data.items()
        if not _is_credential(key)
    }
