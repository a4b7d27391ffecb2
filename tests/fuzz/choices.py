"""Bytes as decisions. Where the bytes end, each decision is the first one: every input is a whole ticket or payload."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_DEEPEST = 4


@dataclass
class Choices:
    data: bytes
    _at: int = 0

    def number(self, below: int) -> int:
        if self._at >= len(self.data):
            return 0
        value = self.data[self._at]
        self._at += 1
        return value % below

    def pick(self, of: Sequence[T]) -> T:
        return of[self.number(len(of))]

    def text(self, words: Sequence[str] = ()) -> str:
        """Some of the `words`, or bytes as they are: UTF-8, with lone surrogates for what is none."""
        if words and self.number(3):
            return "".join(self.pick(words) for _ in range(self.number(12)))
        length = self.number(64)
        raw = self.data[self._at : self._at + length]
        self._at += length
        return raw.decode("utf-8", "surrogateescape")

    def rest(self) -> str:
        raw = self.data[self._at :]
        self._at = len(self.data)
        return raw.decode("utf-8", "surrogateescape")

    def json(self, words: Sequence[str] = (), depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        kind = self.number(8 if depth < _DEEPEST else 6)
        if kind == 6:
            return [self.json(words, depth + 1) for _ in range(self.number(4))]
        if kind == 7:
            return {self.text(words): self.json(words, depth + 1) for _ in range(self.number(4))}
        simple = (None, True, False, self.number(256) * 10 ** self.number(30), self.number(256) / 7)
        return simple[kind] if kind < len(simple) else self.text(words)
