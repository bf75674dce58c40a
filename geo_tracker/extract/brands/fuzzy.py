"""Misspelt names: one slip in a name that is nothing else, in a word that is no other word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick
from rapidfuzz.distance import OSA

from geo_tracker.extract.brands.common_words import Kind, frequency, is_english_word
from geo_tracker.extract.brands.patterns import OTHER, Pattern
from geo_tracker.extract.data import words
from geo_tracker.extract.text.segmentation import Segmenter, has_han, has_word, is_han, is_personal_name

_FUNCTION = 11_000
"""Frequency of a Chinese character from which it is a word by itself."""

_LATIN_WORD = re.compile(r"[a-z]{5,24}")
_OPENS = r"(?<![a-z0-9@./_-])"
_CLOSES = r"(?![a-z0-9@_/]|\.[a-z]|-[a-z])"
_SHORTEST_LATIN = 5
_REMEMBERED = 20_000
"""Words whose answer is kept; answers of one topic repeat theirs."""
_SURE_LATIN = 7
_SHORTEST_HAN = 3
_SURE_HAN = 4
"""Of three characters with one replaced too little is left: 欧莱克 is another name than 欧莱雅."""
_EVERYDAY = 100
"""Frequency of a Chinese word from which it is everyday."""


class Misspelling(NamedTuple):
    """A misspelt name in folded text."""

    start: int
    end: int
    pattern: Pattern
    confidence: float


class Misspellings:
    """Finds names written with one letter wrong, missing, doubled or swapped, or one Han character replaced."""

    def __init__(self, owners: Mapping[str, Sequence[Pattern]]) -> None:
        self._name_of = lru_cache(maxsize=_REMEMBERED)(self._nearest)
        self._known = set(owners) | words("any/names")
        self._latin: defaultdict[str, list[str]] = defaultdict(list)
        self._places: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
        self._gapped: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._owner: dict[str, Pattern] = {}
        for name, patterns in owners.items():
            pattern = patterns[0]
            if _coined(pattern) and pattern.brand != OTHER and not pattern.domain:
                self._add(name, pattern)
        pairs = list(self._places)
        self._automaton = AhoCorasick(pairs, store_patterns=False) if pairs else None
        self._in_names = list(self._places.values())

    def _add(self, name: str, pattern: Pattern) -> None:
        if name.isascii() and name.isalpha() and len(name) >= _SHORTEST_LATIN:
            self._owner[name] = pattern
            for key in _deletions(name):
                self._latin[key].append(name)
        elif len(name) >= _SHORTEST_HAN and all(map(is_han, name)) and frequency(name) < _EVERYDAY:
            self._owner[name] = pattern
            for at in range(len(name)):
                self._gapped[name[:at], name[at + 1 :]].append(name)
                pair = name[at : at + 2]
                if len(pair) == 2 and (not has_word(pair) or is_personal_name(pair)):
                    self._places[pair].add((at, len(name)))

    def find(self, text: str, segmenter: Segmenter | None) -> Iterator[Misspelling]:
        """Slips in folded text."""
        if self._latin:
            yield from self._find_latin(text)
        if self._automaton is not None and segmenter is not None:
            yield from self._find_han(self._automaton, text, segmenter)

    def _find_latin(self, text: str) -> Iterator[Misspelling]:
        for word in set(_LATIN_WORD.findall(text)):
            name = self._name_of(word)
            if name is None:
                continue
            confidence = 0.7 if len(name) >= _SURE_LATIN else 0.4
            for found in re.finditer(rf"{_OPENS}{word}{_CLOSES}", text):
                yield Misspelling(found.start(), found.end(), self._owner[name], confidence)

    def _nearest(self, word: str) -> str | None:
        """The one name at distance one of a word that is no other."""
        if word in self._known or is_english_word(word):
            return None
        names = {name for key in _deletions(word) for name in self._latin.get(key, ())}
        near = [
            name
            for name in names
            if name[0] == word[0]
            and not _longer_form(name, word)
            and OSA.distance(name, word, score_cutoff=1) <= 1
        ]
        return near[0] if len(near) == 1 else None

    def _find_han(self, automaton: AhoCorasick, text: str, segmenter: Segmenter) -> Iterator[Misspelling]:
        """Windows around a pair of a name's characters that are a name but for one character."""
        windows: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for index, start, _ in automaton.find_matches_as_indexes(text, overlapping=True):
            for at, length in self._in_names[index]:
                windows[start - at, start - at + length].add(at)
        for (first, last), pairs in windows.items():
            window = text[first:last] if first >= 0 else ""
            if len(window) < last - first or window in self._known:
                continue
            near = self._one_replaced(window, pairs)
            if len(near) != 1:
                continue
            ((wrong, name),) = near
            if _loose(segmenter.words_around(text, first, last), first, last, first + wrong):
                confidence = 0.65 if len(name) >= _SURE_HAN else 0.4
                yield Misspelling(first, last, self._owner[name], confidence)

    def _one_replaced(self, window: str, pairs: set[int]) -> list[tuple[int, str]]:
        """Names that differ from the window in one character, with its place, outside one of the pairs."""
        return [
            (at, name)
            for at, character in enumerate(window)
            if any(at not in (pair, pair + 1) for pair in pairs)
            for name in self._gapped.get((window[:at], window[at + 1 :]), ())
            if _may_be_wrong(character)
        ]


def _coined(pattern: Pattern) -> bool:
    """Whether a name is one that a slip leaves recognisable: a rare English word becomes another word."""
    return pattern.kind is Kind.NAME or (pattern.kind is Kind.RARE and has_han(pattern.alias.text))


def _deletions(word: str) -> Iterable[str]:
    """The word, and the word with each one letter left out."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _longer_form(name: str, word: str) -> bool:
    """Whether the word goes on where the name ends, as another name may: KeePassX; a doubled letter is a slip."""
    return word.startswith(name) and word[-1] != name[-1]


def _may_be_wrong(character: str) -> bool:
    """Whether a character may stand in another's place: a Han character that is no everyday word by itself."""
    return is_han(character) and frequency(character) < _FUNCTION


def _loose(found: Iterable[tuple[str, int, int]], first: int, last: int, wrong: int) -> bool:
    """Whether no word crosses the window's edges and the wrong character is in no everyday word."""
    for word, a, b in found:
        if b - a > 1 and (a < first < b or a < last < b or (a <= wrong < b and frequency(word) >= _EVERYDAY)):
            return False
    return True
