"""Where a name stands in Chinese text that has no spaces: on word boundaries, or cut out of other words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rjieba

_REACH = 12
_NAME_FREQUENCY = 2000
"""Of a name in the dictionary's counts (60 million in all): beats single characters, loses to everyday words."""

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_RUN = re.compile(r"[\w]*")


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or _HAN.match(character) is not None


def has_han(text: str) -> bool:
    return not text.isascii() and _HAN.search(text) is not None


@cache
def dictionary() -> rjieba.Jieba:
    """The general Chinese dictionary, without anybody's names."""
    import rjieba  # its library holds the dictionary: half of what a command loads that reads no text

    return rjieba.Jieba()


def has_word(word: str) -> bool:
    """Whether the general Chinese dictionary has the word."""
    return bool(dictionary().has_word(word))


def is_personal_name(word: str) -> bool:
    """Whether the dictionary lists a word as a person's name only."""
    (_, tag), *_ = dictionary().tag(word)
    return bool(tag.startswith("nr"))


def is_adjective(word: str) -> bool:
    """Whether the dictionary lists a word of two characters as an adjective."""
    if len(word) < 2 or not has_word(word):
        return False
    (_, tag), *_ = dictionary().tag(word)
    return bool(tag in ("a", "ad", "an", "z"))


@lru_cache(maxsize=2)
def _with_names(names: frozenset[str]) -> rjieba.Jieba:
    """The dictionary with these names; to load it takes 0.1 s."""
    import rjieba

    jieba = rjieba.Jieba()
    for name in sorted(names):
        jieba.add_word(name, _NAME_FREQUENCY, "nz")
    return jieba


class Segmenter:
    """Chinese words, with a workspace's names among them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._jieba = _with_names(frozenset(name for name in names if not has_word(name)))

    def words_around(self, text: str, start: int, end: int) -> list[tuple[str, int, int]]:
        """Words of the run of letters around a span: word, start, end in `text`."""
        left = max(0, start - _REACH)
        while left < start and not text[left].isalnum():
            left += 1
        first = start
        while first > left and text[first - 1].isalnum():
            first -= 1
        found = _RUN.match(text, end, end + _REACH)
        last = found.end() if found else end
        return [
            (word, first + a, first + b)
            for word, a, b in self._jieba.tokenize(text[first:last], "default", False)
        ]
