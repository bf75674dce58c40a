"""Where an ambiguous name stands in a text, and what else the text says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_REACH = 14
_OPENING = re.compile(r"(?:\A|(?<!e\.g)(?<!i\.e)(?<!\bvs)\.|[!?:;•|—–|])[^\w.!?:;,]*\Z")
LEAD = re.compile(r"[\W_\d]*\Z")
LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?\.?")


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence of an ambiguous name; `text` and all that is read from it is masked and in simplified script."""

    text: str
    sentence: tuple[int, int]
    start: int
    end: int
    alias: str
    others: tuple[tuple[int, int], ...]
    """Spans of the other names in the same sentence."""
    same_brand: bool
    """Another, unambiguous form of the brand stands in the text."""
    same_plain: bool
    """The nearest other place of the same word in the sentence has its everyday sense."""
    brands: int
    """Other brands named in the text beyond doubt."""
    topical: bool
    """The text has a topic word of the workspace."""

    beside_own_name: bool = False
    """Another form of the brand, or its product, stands right before or after it."""
    listed: bool = False
    """The name leads an item or row, and other brands lead items or rows of the same list."""
    prior: float = 0.0
    """-1..1: how far the answers of the workspace use the name as the brand."""
    doubtful: tuple[tuple[int, int], ...] = ()
    """Spans of the neighbouring names of other brands that are everyday words too."""

    @property
    def opens_sentence(self) -> bool:
        """Whether nothing but marks, or the end of a sentence, stands before the name or the word before it."""
        left = self.text[self.sentence[0] : self.start]
        return _OPENING.search(left) is not None

    @property
    def written(self) -> str:
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        return self.text[max(self.sentence[0], self.start - _REACH) : self.start]

    @property
    def after(self) -> str:
        return self.text[self.end : min(self.sentence[1], self.end + _REACH)]

    @property
    def whole(self) -> str:
        return self.text[self.sentence[0] : self.sentence[1]]


Evidence = Callable[[Place], tuple[float, str] | None]
"""A feature that a place has: its strength, mostly 1, and its name; None where the rule finds nothing."""


def opens(text: str) -> bool:
    """Whether a word after this text begins a sentence."""
    return _OPENING.search(text) is not None
