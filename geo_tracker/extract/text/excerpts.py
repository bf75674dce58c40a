"""The words around a span, as they are quoted."""

from __future__ import annotations

import re

from geo_tracker.extract.text.sentences import read

WINDOW = 2_000
"""Characters looked at on each side: a sentence that is longer is cut anyway."""

_EMPTY = re.compile(r"\*\*|__|~~|`+|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)|[(（\[【]\s*[)）\]】]")
_LOOSE = re.compile(r"\s+(?=[:：,，.。!！?？;；])")
_MARKS = " -*#>|:：·•"
CELLS = re.compile(r"\s*\|\s*")
_LAYOUT = re.compile(r"\A\d{1,2}[.、)]\s*")


def plain(text: str) -> str:
    """On one line, without the marks that stand around it."""
    bare = _EMPTY.sub(" ", text.replace("\0", " "))
    return _LOOSE.sub("", " ".join(bare.split())).strip(_MARKS)


def bare(text: str) -> str:
    """A sentence as it is shown where nothing is cut: as `plain`, and what stood between table bars apart by dots."""
    return CELLS.sub(" · ", plain(text)).strip(" ·")


def quotation(text: str, start: int, end: int, limit: int = 240) -> str:
    """The sentence that holds `start` as it is quoted: on one line, without markers of sources, addresses and layout.

    What is longer than `limit` is cut around the span. The one way in which words of answers and pages are quoted.
    """
    offset = max(0, start - WINDOW)
    window = read(text[offset : end + WINDOW])
    at = start - offset
    around = next((s for s in window.sentences if s.start <= at < s.end), None)
    first, last = (around.start, around.end) if around else (at, end - offset)
    words = _LAYOUT.sub("", CELLS.sub(" · ", plain(window.clean[first:last])))
    words = words or CELLS.sub(" ", plain(text[start:end]))  # what is no prose is quoted by its span alone
    return words if len(words) <= limit else _cut(words, plain(window.clean[at : end - offset]), limit)


def _cut(words: str, clause: str, limit: int) -> str:
    """The part of the words around a clause, broken where a word ends if there are any."""
    middle = max(words.find(clause[:40]), 0) + len(clause) // 2
    first = min(max(0, middle - limit // 2), len(words) - limit)
    part = words[first : first + limit]
    if first and " " in part[:20]:
        part = part[part.index(" ") + 1 :]
    if first + limit < len(words) and " " in part[-20:]:
        part = part[: part.rindex(" ")]
    return ("…" if first else "") + part.strip(_MARKS) + ("…" if first + limit < len(words) else "")
