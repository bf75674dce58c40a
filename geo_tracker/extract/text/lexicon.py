"""Words of a list found in a text, all at once: leftmost longest, Latin ones as whole words."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase, digits
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from geo_tracker.extract.text.folding import fold

V = TypeVar("V")


LATIN = frozenset(ascii_lowercase + digits)
"""Latin letters and digits of a folded text."""


def is_latin(character: str) -> bool:
    """Whether a character, or none, is a Latin letter or a digit of a folded text."""
    return character in LATIN


class Lexicon(Generic[V]):
    """A value for each folded word."""

    def __init__(self, values: Mapping[str, V]) -> None:
        self._values = list(values.values())
        self._begins = [is_latin(word[0]) for word in values]
        self._ends = [is_latin(word[-1]) for word in values]
        self._automaton = AhoCorasick(list(values), matchkind=MatchKind.LeftmostLongest, store_patterns=False)

    def find(self, clean: str) -> list[tuple[int, int, V]]:
        """Start, end and value of each word of a masked text, in order; offsets of the text."""
        folded = fold(clean)
        found = self.find_folded(folded.text)
        if folded.edits is None:
            return found
        return [(folded.start(start), folded.end(end), value) for start, end, value in found]

    def find_folded(self, text: str) -> list[tuple[int, int, V]]:
        """As `find`, of a text that is folded."""
        begins, ends, values = self._begins, self._ends, self._values
        bounded = f"{text} "  # the character before the first is the last
        return [
            (start, end, values[index])
            for index, start, end in self._automaton.find_matches_as_indexes(text)
            if not (begins[index] and bounded[start - 1] in LATIN)
            and not (ends[index] and bounded[end] in LATIN)
        ]
