"""Which names are also everyday words, in English and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import cache, lru_cache

from geo_tracker.extract.data import lines, words
from geo_tracker.extract.text.folding import fold_name
from geo_tracker.extract.text.segmentation import dictionary, has_word, is_han

_COMMON_FREQUENCY = 14
_EVERYDAY_FREQUENCY = 100
_COMMON_NAME_FREQUENCY = 280
_FUNCTION_FREQUENCY = 11_000
"""Of characters so common that side by side they are more often two words than a name: 美的, 一加."""
_MORPHEME_FREQUENCY = 1_500
"""Of characters that make everyday compounds: 蓝 in 蓝月亮."""
_ACRONYM = re.compile(r"[A-Z]{2,4}")
_LETTERS = re.compile(r"[A-Za-z]+")
_NAME_TAGS = ("nr", "ns", "nt", "nz", "j")
_ENDINGS = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("s", ("", "e")),
    ("es", ("", "e")),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
    ("er", ("", "e")),
    ("est", ("", "e")),
    ("ly", ("", "le")),
    ("ness", ("",)),
)


class Kind(Enum):
    """How much a name says by itself."""

    NAME = "name"
    """Nothing but a name."""
    ACRONYM = "acronym"
    """Two to four capitals: a name only in capitals."""
    PHRASE = "phrase"
    """Several everyday words: a name when written as one."""
    WORD = "word"
    """An everyday word: the context decides."""
    RARE = "rare"
    """Hardly anything but a name, though made of dictionary words: its case or the words beside it may say no."""
    CALENDAR = "calendar"
    """A day or month: capitals say nothing."""


def kind_of(alias: str) -> Kind:
    """What kind of name an alias is."""
    if any(map(is_han, alias)):
        return _chinese_kind(fold_name(alias))
    tokens = _LETTERS.findall(alias)
    if not tokens or max(map(len, tokens)) == 1 or any(c.isdigit() for c in alias):
        return Kind.NAME
    if _ACRONYM.fullmatch(alias):
        return Kind.ACRONYM
    if not all(is_english_word(token.lower()) for token in tokens):
        return _latin_name(fold_name(alias))
    if len(tokens) > 1:
        return Kind.PHRASE
    return Kind.WORD


def _latin_name(name: str) -> Kind:
    if name in words("en/calendar_words"):
        return Kind.CALENDAR
    return Kind.RARE if name in _rare_words() and name not in words("any/names") else Kind.NAME


def _chinese_kind(name: str) -> Kind:
    if not all(map(is_han, name)):
        return Kind.NAME
    if name in words("zh/calendar"):
        return Kind.WORD
    if name in words("any/names"):
        return _plain_or_rare(name)
    jieba = dictionary()
    if len(name) == 1 or all(frequency(character) >= _FUNCTION_FREQUENCY for character in name):
        return Kind.WORD
    if len(name) > 2 and name.endswith(lines("zh/heads")):
        return Kind.NAME
    if jieba.has_word(name):
        (_, tag), *_ = jieba.tag(name)
        least = _COMMON_NAME_FREQUENCY if tag.startswith(_NAME_TAGS) else _COMMON_FREQUENCY
        return Kind.WORD if frequency(name) >= least else _plain_or_rare(name)
    parts = jieba.cut(name, False)
    everyday = all(len(part) > 1 and frequency(part) >= _EVERYDAY_FREQUENCY for part in parts)
    return Kind.PHRASE if everyday else _plain_or_rare(name)


def _plain_or_rare(name: str) -> Kind:
    """Whether a name may be read as everyday words too: 三只松鼠, 蓝月亮, but not 拼多多 or 理肤泉."""
    if len(name) == 2:
        return Kind.RARE if has_word(name) else Kind.NAME
    parts = dictionary().cut(name, False)
    if len(parts) == 1:
        return (
            Kind.RARE if any(_everyday((name[:at], name[at:])) for at in range(1, len(name))) else Kind.NAME
        )
    return Kind.RARE if len(parts) < len(name) and _everyday(parts) else Kind.NAME


def _everyday(parts: Iterable[str]) -> bool:
    return all(
        frequency(part) >= (_COMMON_FREQUENCY if len(part) > 1 else _MORPHEME_FREQUENCY) for part in parts
    )


def frequency(word: str) -> int:
    """Occurrences in the Chinese dictionary's corpus of 60 million words; about 1 when it is not in it."""
    return int(dictionary().suggest_freq(word))


@cache
def _english_words() -> frozenset[str]:
    return frozenset(lines("en/words"))


@cache
def _rare_words() -> frozenset[str]:
    return frozenset(lines("en/rare_words"))


@lru_cache(maxsize=100_000)
def is_english_word(word: str) -> bool:
    """Whether a lower-case word, or the word it is inflected from, is in the English word list."""
    if len(word) == 1 or word in _english_words():
        return True
    for ending, replacements in _ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            doubled = stem[:-1] if len(stem) > 3 and stem[-1:] == stem[-2:-1] else stem
            bases = {stem + r for r in replacements} | {doubled}
            if any(len(base) > 2 and base in _english_words() for base in bases):
                return True
    return False
