"""Chinese dictionaries that share the general words: to load them takes 0.1 s, and tests make hundreds."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any, ClassVar

import rjieba

LOADED = rjieba.Jieba
"""The library's own, which loads the general words each time."""


class Shared:
    """As the library's own: the same words, tags and cuts, whatever names other dictionaries have."""

    _lock = Lock()
    _in: ClassVar[dict[str, int]] = {}
    """The names that stand in the shared dictionary now."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._own: rjieba.Jieba | None = None

    def add_word(self, word: str, frequency: int, tag: str) -> int:
        if self._own is None and not _can_leave(word):
            self._own = LOADED()
            for name, often in self._names.items():
                self._own.add_word(name, often, tag)
        if self._own is not None:
            return int(self._own.add_word(word, frequency, tag))
        self._names[word] = frequency
        return frequency

    def has_word(self, word: str) -> bool:
        return word in self._names or bool((self._own or _general()).has_word(word))

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked of the general words."""
        assert not self._names, f"nobody asks for {name} where there are names"
        return getattr(self._own or _general(), name)

    def tokenize(self, text: str, mode: str, hmm: bool) -> list[tuple[str, int, int]]:
        if self._own is not None or not self._names:
            return list((self._own or _general()).tokenize(text, mode, hmm))
        with self._lock:
            if Shared._in != self._names:
                gone = dict.fromkeys(Shared._in.keys() - self._names.keys(), 0)
                for name, frequency in (gone | self._names).items():
                    _named().add_word(name, frequency, "nz")
                Shared._in = dict(self._names)
            return list(_named().tokenize(text, mode, hmm))


def _can_leave(word: str) -> bool:
    """Whether a name with the frequency 0 is as one that is not there: its characters are then the likelier cut."""
    return not _general().has_word(word) and bool(_general().has_word(word[0]))


@cache
def _general() -> rjieba.Jieba:
    return LOADED()


@cache
def _named() -> rjieba.Jieba:
    """Where names come and go."""
    return LOADED()
