"""Runs of words as features of a learned weight: `words`, and runs of up to so many of them under a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from geo_tracker.extract.data import NAME, OTHER_NAME

_WORD = re.compile(
    rf"[{NAME}{OTHER_NAME}]|[a-z]+(?:['’][a-z]+)?|\d[\d.,]*|[\u3400-\u9fff]|[^\sa-z\d\u3400-\u9fff]"
)


def words(text: str) -> list[str]:
    """Latin words, Chinese characters and marks of a text in lower case; all numbers are one."""
    return ["#" if word[0].isdigit() else word for word in _WORD.findall(text)]


def runs(parts: Sequence[str], longest: int, label: str, between: str = "_") -> Iterator[str]:
    """Every run of one to `longest` parts, written with its label before it."""
    for length in range(1, longest + 1):
        for start in range(len(parts) - length + 1):
            yield label + between.join(parts[start : start + length])


def letters(coded: str, shortest: int, longest: int, label: str) -> Iterator[str]:
    """Every run of letters of a row of word classes, its ends marked `^` and `$`."""
    ended = f"^{coded}$"
    for length in range(shortest, longest + 1):
        for start in range(len(ended) - length + 1):
            yield label + ended[start : start + length]
