"""The words around a span, as evidence on one line."""

from __future__ import annotations

import re

from geo_tracker.extract.text.sentences import read

WINDOW = 2_000
"""Characters looked at on each side: a sentence that is longer is cut anyway."""

_EMPTY = re.compile(r"\*\*|__|[(（\[【]\s*[)）\]】]")
_LOOSE = re.compile(r"\s+(?=[:：,，.。!！?？;；])")
_MARKS = " -*#>|:：·•"


def plain(text: str) -> str:
    """On one line, without the marks that stand around it."""
    bare = _EMPTY.sub(" ", text.replace("\0", " "))
    return _LOOSE.sub("", " ".join(bare.split())).strip(_MARKS)


def quotation(text: str, start: int, end: int, limit: int = 240) -> str:
    """The words of `excerpt` as they are quoted: without markers of sources, addresses and marks of layout."""
    offset = max(0, start - WINDOW)
    window = read(text[offset : end + WINDOW])
    at = start - offset
    around = next((s for s in window.sentences if s.start <= at < s.end), None)
    first, last = (around.start, around.end) if around else (at, end - offset)
    words = plain(window.clean[first:last])
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


def excerpt(text: str, start: int, end: int, limit: int = 240) -> str:
    """The sentence that holds `start`, white space folded; what is longer than `limit` is cut around the span."""
    offset = max(0, start - WINDOW)
    window = text[offset : end + WINDOW]
    start, end = start - offset, end - offset
    around = next((s for s in read(window).sentences if s.start <= start < s.end), None)
    first, last = (around.start, max(around.end, end)) if around else (0, len(window))
    spare = max(0, limit - (end - start))
    cut_first = max(first, min(start - spare // 2, last - limit))
    cut_last = min(last, max(end, cut_first + limit))
    before, after = "…" if cut_first > first else "", "…" if cut_last < last else ""
    return before + " ".join(window[cut_first:cut_last].split()) + after
