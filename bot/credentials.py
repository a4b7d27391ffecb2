"""A stranger's JSON without what opens doors: credentials are shown, logged and kept nowhere."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_CREDENTIAL_KEY = re.compile(r"token|secret|password|passwd|api_?key|authorization|cookie", re.IGNORECASE)
_SHORTEST_CREDENTIAL = 8  # below it a value is too likely to be an ordinary word to be struck out everywhere
_STRUCK_OUT = "[left out]"
_CONTAINERS = (dict, list)
_DEEPEST = 50  # levels of a JSON, beyond any ticket and within every recursion limit


def without_credentials(data: object) -> object:
    """The same JSON without any key that holds a credential, and without its value wherever else that stands.

    `UserToken` stands in `AccountInfo` and `Statistics` today, and the free-form parts may hold it tomorrow. What is
    nested absurdly deep is left out as well.
    """
    return _kept(data, sorted(_credentials(data), key=len, reverse=True))


@lru_cache(maxsize=256)
def _is_credential(key: str) -> bool:
    return bool(_CREDENTIAL_KEY.search(key))


def _credentials(data: object) -> set[str]:
    found: set[str] = set()
    waiting = [data]
    for part in waiting:
        if isinstance(part, dict):
            for key, value in part.items():
                if _is_credential(key):
                    found.update(_held(value))
                if isinstance(value, _CONTAINERS):
                    waiting.append(value)
        elif isinstance(part, list):
            waiting += [item for item in part if isinstance(item, _CONTAINERS)]
    return found


def _held(credential: object) -> Iterator[str]:
    """The texts in the value of a credential's key, nested ones too."""
    rest = [credential]
    while rest:
        value = rest.pop()
        if isinstance(value, _CONTAINERS):
            rest.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, str | int) and len(str(value)) >= _SHORTEST_CREDENTIAL:
            yield str(value)


def _kept(data: object, credentials: Sequence[str], depth: int = 0) -> object:
    if isinstance(data, str):
        return _without(credentials, data)
    if not isinstance(data, _CONTAINERS):
        return data
    if depth > _DEEPEST:
        return None
    if isinstance(data, list):
        return [_kept(item, credentials, depth + 1) for item in data]
    return {
        _without(credentials, key): _kept(value, credentials, depth + 1)
        for key, value in data.items()
        if not _is_credential(key)
    }


def _without(credentials: Sequence[str], words: str) -> str:
    for credential in credentials:
        if credential in words:
            words = words.replace(credential, _STRUCK_OUT)
    return words
