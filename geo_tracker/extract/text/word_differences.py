"""Two texts word by word: what stands in both, and what in one only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel

from geo_tracker.extract.text.excerpts import CELLS, plain
from geo_tracker.extract.text.segmentation import dictionary, has_han
from geo_tracker.extract.text.sentences import read

Where = Literal["both", "first", "second"]
_PARTS = re.compile(r"\n+|[^\S\n]+|[^\W_]+|.", re.DOTALL)
WORDS = 6_000
"""Words of each text that are compared: what lies behind them is told apart as a whole."""


class Part(NamedTuple):
    """A run of words, and in which of the two texts it stands."""

    where: Where
    text: str


def differences(first: str, second: str) -> list[Part]:
    """The parts of both texts in order: each text is its own parts and the common ones, joined.

    The longest common subsequence of words decides; Chinese is cut into words by the segmenter.
    """
    one, two = list(words(first)), list(words(second))
    parts: list[Part] = []
    only: tuple[list[str], list[str]] = ([], [])
    for step in Indel.opcodes(one[:WORDS], two[:WORDS]):
        if step.tag == "equal":
            _tell_apart(parts, only)
            parts.append(Part("both", "".join(one[step.src_start : step.src_end])))
        else:
            only[0].extend(one[step.src_start : step.src_end])
            only[1].extend(two[step.dest_start : step.dest_end])
    only[0].extend(one[WORDS:])
    only[1].extend(two[WORDS:])
    _tell_apart(parts, only)
    return parts


def words(text: str) -> Iterator[str]:
    """The text in pieces: words, runs of white space and single marks; joined they are the text."""
    for found in _PARTS.finditer(text):
        piece = found.group()
        if has_han(piece):
            yield from dictionary().cut(piece, False)
        else:
            yield piece


def prose(text: str) -> str:
    """What a reader reads of an answer: its sentences a line each, without addresses and marks of sources."""
    document = read(text)
    lines = (CELLS.sub(" · ", plain(document.clean[s.start : s.end])) for s in document.sentences)
    return "\n".join(lines)


def _tell_apart(parts: list[Part], only: tuple[list[str], list[str]]) -> None:
    """What stands in one text only between two common parts, the first text's before the second's."""
    sides: tuple[Where, Where] = ("first", "second")
    for where, of in zip(sides, only, strict=True):
        if of:
            parts.append(Part(where, "".join(of)))
            of.clear()
