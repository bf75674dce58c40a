"""Words of a list found in a text, all at once: leftmost longest, Latin ones as whole words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from geo_tracker.extract.text.folding import fold

V = TypeVar("V")


def is_latin(character: str) -> bool:
    """Whether a character, or none, is a Latin letter or a digit of a folded text."""
    return character.isascii() and character.isalnum()


class Lexicon(Generic[V]):
    """A value for each folded word."""

    def __init__(self, values: Mapping[str, V]) -> None:
        self._values = list(values.values())
        self._latin = [(is_latin(word[0]), is_latin(word[-1])) for word in values]
        self._automaton = AhoCorasick(list(values), matchkind=MatchKind.LeftmostLongest, store_patterns=False)

    def find(self, clean: str) -> list[tuple[int, int, V]]:
        """Start, end and value of each word of a masked text, in order; offsets of the text."""
        folded = fold(clean)
        text = folded.text
        values, latin = self._values, self._latin
        found = [
            (start, end, values[index])
            for index, start, end in self._automaton.find_matches_as_indexes(text)
            if not (latin[index][0] and start and is_latin(text[start - 1]))
            and not (latin[index][1] and is_latin(text[end : end + 1]))
        ]
        if folded.edits is None:
            return found
        return [(folded.start(start), folded.end(end), value) for start, end, value in found]
